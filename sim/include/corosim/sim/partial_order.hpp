#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include <corosim/sim/flat_map.hpp>
#include <corosim/sim/random.hpp>
#include <corosim/sim/step_watcher.hpp>

/// The partial order of a run as a number: equal for two runs in which the same steps were taken and dependent ones in
/// the same order, so that they differ in nothing but swaps of independent steps (Mazurkiewicz's traces).

namespace corosim::sim {

/// The hash of one step and of all that happened before it, built up in the order in which the step does things. Until
/// finish() it says what the step could know: equal pasts make a step do the same next.
class PastHash {
 public:
  PastHash() = default;
  /// A step that has touched nothing. `previous`: of the same actor, `cause`: that made it ready; hashes, 0 for none.
  PastHash(std::uint64_t name, HandleKind kind, TimePoint time, std::uint64_t previous, std::uint64_t cause)
      // What wakes a task writes something that the task's step reads; what starts one writes nothing.
      : value_(mix(mix(mix(name ^ previous) + static_cast<std::uint64_t>(time.time_since_epoch().count())) ^
                   (kind == HandleKind::kTaskResume ? 0 : cause))) {}

  /// The step touched `object`, which was in `state`.
  void touch(detail::ObjectId object, Access access, std::uint64_t state) {
    value_ = mix(mix(value_ ^ (object + static_cast<std::uint64_t>(access))) + state);
  }
  std::uint64_t value() const { return value_; }
  /// The step is over. `reads`: of ObjectHistory::reads_of(), for all that it touched, the sum.
  std::uint64_t finish(std::uint64_t reads) const { return mix(value_ + reads) | 1; }

 private:
  std::uint64_t value_ = 0;
};

/// What was done to an object, as hashes of the steps that did it. Steps whose order makes no difference, reads or
/// additions with nothing else in between, are summed up.
class ObjectHistory {
 public:
  /// What a step with this access could find.
  std::uint64_t state_for(Access access) const { return access == Access::kAdd && reads_ == 0 ? base_ : state(); }
  /// The reads that a step with this access comes after, without finding a trace of them.
  std::uint64_t reads_of(detail::ObjectId object, Access access) const {
    const std::uint64_t reads = access == Access::kRead                 ? 0
                                : access == Access::kAdd && reads_ == 0 ? earlier_reads_
                                                                        : reads_;
    return reads == 0 ? 0 : mix(object ^ reads);
  }
  void add(Access access, std::uint64_t step) {
    if (access == Access::kRead) {
      reads_ += step;
    } else if (access != Access::kAdd) {
      *this = ObjectHistory();
      base_ = step;
    } else {
      if (reads_ != 0) {
        base_ = state();
        earlier_reads_ = std::exchange(reads_, 0);
        added_ = 0;
      }
      added_ += step;
    }
  }

 private:
  std::uint64_t state() const { return added_ == 0 ? base_ : mix(base_ ^ added_); }

  std::uint64_t base_ = 0;           // the last write, and additions before the latest
  std::uint64_t earlier_reads_ = 0;  // sum of the reads between these and the latest
  std::uint64_t added_ = 0;          // sum of the latest additions
  std::uint64_t reads_ = 0;          // sum of the reads since
};

/// What a step did next, having seen what `past` says: touched an object, failed a check, or ended.
struct PastStep {
  std::uint64_t past;  // PastHash::value(), and the order of all steps of earlier instants
  std::uint64_t next;  // says which object and how; 0: the step was over
  bool is_telling;     // the next is a Shared or a failure: what the program does, not how the library does it
  bool is_failure;
  std::uint64_t step;  // its number
  Site where;          // it went on
};

/// Computes the hash of a run's partial order while it runs: O(accesses) per step, nothing allocated once it has seen a
/// run of that size. Names depend on no simulation, so hashes of different explorations can be compared.
class PartialOrderHash final : public StepWatcher {
 public:
  /// A run begins.
  void begin();
  void executed(const Executed& step) override;
  /// Of the steps so far.
  std::uint64_t value() const { return value_; }
  /// The hash of each step so far, from the first: of it and of all that happened before it.
  std::span<const std::uint64_t> steps() const { return std::span(steps_).subspan(1); }
  /// Have `into` hold what each step of the run did. Not owned.
  void keep_pasts(std::vector<PastStep>& into) { pasts_ = &into; }

 private:
  bool keep(const PastHash& past, const detail::Touch& touch, const Executed& step);
  std::uint64_t with_earlier_instants(const PastHash& past) const { return mix(past.value() ^ value_before_instant_); }

  struct ObjectState {
    ObjectHistory history;
    std::uint64_t step = 0;         // that touches it
    Access access = Access::kRead;  // by that step
  };

  struct ActorState {
    std::uint64_t run = 0;
    std::uint64_t hash = 0;  // of its latest step in that run
  };
  std::uint64_t& latest_of(Actor actor) {
    if (actor >= actors_.size()) actors_.resize(actor + 1);
    ActorState& state = actors_[actor];
    if (state.run != run_) state = {run_, 0};
    return state.hash;
  }

  FlatMap<ObjectState> objects_;
  std::vector<ObjectState*> touched_;  // scratch: by the step
  std::vector<ActorState> actors_;
  std::uint64_t run_ = 0;
  std::vector<std::uint64_t> steps_;  // hashes, by number
  std::uint64_t value_ = 0;
  TimePoint instant_{};
  std::uint64_t value_before_instant_ = 0;
  std::vector<PastStep>* pasts_ = nullptr;
};

}  // namespace corosim::sim
