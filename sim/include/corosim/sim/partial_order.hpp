#pragma once

#include <cstdint>
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

  /// The step touched `object`, last written by the step with hash `last_write`.
  void touch(detail::ObjectId object, Access access, std::uint64_t last_write) {
    value_ = mix(mix(value_ ^ (object + static_cast<std::uint64_t>(access))) + last_write);
  }
  std::uint64_t value() const { return value_; }
  /// The step is over. `reads`: over the objects that it wrote, what read_of() gives, summed up.
  std::uint64_t finish(std::uint64_t reads) const { return mix(value_ + reads) | 1; }
  /// What `reads`, the sum of hashes of the steps that read `object` since its last write, contributes.
  static std::uint64_t read_of(detail::ObjectId object, std::uint64_t reads) {
    return reads == 0 ? 0 : mix(object ^ reads);
  }

 private:
  std::uint64_t value_ = 0;
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

 private:
  struct ObjectState {
    std::uint64_t last_write = 0;   // hash of the step
    std::uint64_t reads = 0;        // sum over the steps since
    std::uint64_t step = 0;         // that touched it last
    Access access = Access::kRead;  // by that step
  };

  FlatMap<ObjectState> objects_;
  FlatMap<std::uint64_t> actors_;     // hash of the latest step
  std::vector<std::uint64_t> steps_;  // hashes, by number
  std::uint64_t value_ = 0;
};

}  // namespace corosim::sim
