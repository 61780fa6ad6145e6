#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <corosim/sim/flat_map.hpp>
#include <corosim/sim/footprint.hpp>
#include <corosim/sim/partial_order.hpp>
#include <corosim/sim/step_memory.hpp>
#include <corosim/sim/step_watcher.hpp>

namespace corosim::sim {

/// Which steps of a run happened before which, and which pairs race: their order is the schedule's doing, not the
/// program's. Watches a run from its first step on; for strategies that explore, for shrinking and for the comparison
/// of runs.
///
/// A step happens before another if it is an earlier one of the same actor; made it ready; left the same lane before
/// it; touched an object that the other touches too, one of them writing; was at an earlier instant (time passes only
/// when nothing is ready); or does so through a third. Vector clocks (Fidge 1988, Mattern 1989), begun anew at each
/// instant.
class HappensBefore final : public StepWatcher {
 public:
  using Index = std::uint32_t;  // of a step in the run, from 0: its number - 1
  static constexpr Index kNone = static_cast<Index>(-1);

  struct Event {
    Actor actor;
    std::uint32_t nth;  // of the actor's steps, from 1
    HandleKind kind;
    std::uint64_t name;
    Site site;
    TimePoint time;
    Index previous;  // of the same actor
    Index cause;     // made it ready
    Index follows;   // left its lane before it
    Index instant;   // the first at the same time
    FootprintId footprint;
    std::uint64_t past;        // what the step had seen when it was over: PastHash's value
    std::uint64_t hash;        // of the step and its past: the same in every equivalent run
    std::uint64_t order_hash;  // of the run up to here; PartialOrderHash's

   private:
    friend class HappensBefore;
    std::uint32_t slot_;      // its actor's place in the clocks of this instant
    std::uint32_t position_;  // of the actor's steps at this instant, from 1
    std::uint32_t clock_;     // where its clock begins in clocks_
    std::uint32_t slots_;     // the size of its clock: of the actors seen at this instant so far
    std::uint32_t races_;     // where its races begin in races_
    std::uint32_t race_count_;
    std::uint32_t accesses_;  // where its accesses begin in accesses_
  };

  /// Has `memory` learn what each step does. Not owned.
  void remember(StepMemory& memory) { memory_ = &memory; }
  void executed(const Executed& step) override;
  /// The first step that did not do what another with the same past had done: kNone, as long as nothing is shared but
  /// what is told.
  Index unexplained() const { return unexplained_; }
  /// Forgets the steps from `size` on: what the next run has in common with this one need not be told again.
  void truncate(Index size);

  Index size() const { return static_cast<Index>(events_.size()); }
  const Event& operator[](Index index) const { return events_[index]; }
  /// Whether `before` happened before `after`. REQUIRES: before < after.
  bool ordered(Index before, Index after) const {
    const Event& first = events_[before];
    const Event& second = events_[after];
    if (first.instant != second.instant) return true;
    return first.slot_ < second.slots_ && clocks_[second.clock_ + first.slot_] >= first.position_;
  }
  /// The earlier steps that race with `index`: they happened before it for no other reason than that both touch an
  /// object, with no step in between, and `index` could have run before them. Latest first.
  std::span<const Index> races(Index index) const {
    return {races_.data() + events_[index].races_, events_[index].race_count_};
  }
  /// What a step could find in `object` (ObjectHistory::state_for) at the end of the run, had `without` not happened
  /// nor what happens after it.
  std::uint64_t state_without(Index without, const ObjectAccess& access);
  /// What step `index` found in an object that it touched.
  std::uint64_t state_seen(Index index, const ObjectAccess& access) const;

  /// The steps before `end`, at its instant, that happened before no other of them. Latest first.
  void maximal_before(Index end, std::vector<Index>& steps);
  /// The latest step of `actor` before step `end`; kNone: none.
  Index latest_of(Actor actor, Index end) const;
  Footprints& footprints() { return footprints_; }
  const Footprints& footprints() const { return footprints_; }

 private:
  static constexpr std::uint32_t kNoAccess = static_cast<std::uint32_t>(-1);
  // An access of a step, linked to the earlier ones of the same object.
  struct Record {
    std::uint32_t object;
    Access access;
    Index event;
    std::uint32_t before;      // the previous access; kNoAccess: none
    std::uint32_t other_kind;  // the latest before this one that it conflicts with; kNoAccess: none
    ObjectHistory found;       // before this access
    ObjectHistory left;        // after it
  };

  void join(Event& event, Index earlier);
  bool known(const Event& event, Index earlier) const;
  void find_conflicts(const Event& event, std::span<const ObjectAccess> accesses);
  std::uint32_t& head_of(std::uint32_t object);
  ObjectHistory history_without(Index without, std::uint32_t object);
  std::uint32_t latest_access(std::uint32_t object) const {
    return object < heads_.size() ? heads_[object] : kNoAccess;
  }

  Footprints footprints_;
  StepMemory* memory_ = nullptr;
  Index unexplained_ = kNone;
  std::vector<Event> events_;
  std::vector<std::uint32_t> clocks_;
  std::vector<Index> races_;
  std::vector<Record> accesses_;
  std::vector<std::uint32_t> heads_;    // by object: its latest access
  std::vector<Index> latest_;           // by actor: its latest step
  std::vector<Index> conflicts_;        // scratch: steps that the new one conflicts with
  std::vector<std::uint32_t> changes_;  // scratch: accesses, latest first
  std::vector<std::uint32_t> seen_;     // scratch: a clock
  std::vector<Index> grants_;           // scratch: steps whose write let the new one do its own
};

}  // namespace corosim::sim
