#include <corosim/sim/partial_order.hpp>

#include <corosim/runtime/assert.hpp>
#include <corosim/sim/footprint.hpp>

namespace corosim::sim {

void PartialOrderHash::begin() {
  objects_.clear();
  actors_.clear();
  steps_.assign(1, 0);
  value_ = 0;
}

void PartialOrderHash::executed(const Executed& step) {
  COROSIM_ASSERT_CMP(step.number, ==, steps_.size());
  std::uint64_t& previous = actors_[mix(step.actor)];
  PastHash past(step.name, step.kind, step.time, previous, steps_[step.cause]);
  std::uint64_t reads = 0;
  for (const detail::Touch& touch : step.touches) {
    ObjectState& object = objects_[touch.object];
    const bool first = object.step != step.number;
    const Access access = first ? touch.access : both(object.access, touch.access);
    if (!first && access == object.access) continue;
    object.step = step.number;
    object.access = access;
    past.touch(touch.object, touch.access, object.history.state_for(touch.access));
    reads += object.history.reads_of(touch.object, touch.access);
  }
  const std::uint64_t hash = past.finish(reads);
  for (const detail::Touch& touch : step.touches) {
    ObjectState& object = objects_[touch.object];
    if (object.step != step.number) continue;
    object.step = 0;  // done
    object.history.add(object.access, hash);
  }
  steps_.push_back(hash);
  previous = hash;
  value_ += mix(hash);
}

}  // namespace corosim::sim
