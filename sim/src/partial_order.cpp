#include <corosim/sim/partial_order.hpp>

#include <corosim/runtime/assert.hpp>

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
    const bool upgrade = !first && object.access == Access::kRead && touch.access != Access::kRead;
    if (!first && !upgrade) continue;
    object.step = step.number;
    object.access = touch.access;
    past.touch(touch.object, touch.access, object.last_write);
    if (touch.access != Access::kRead) reads += PastHash::read_of(touch.object, object.reads);
  }
  const std::uint64_t hash = past.finish(reads);
  for (const detail::Touch& touch : step.touches) {
    ObjectState& object = objects_[touch.object];
    if (object.step != step.number) continue;
    object.step = 0;  // done
    if (object.access == Access::kRead) {
      object.reads += hash;
    } else {
      object.last_write = hash;
      object.reads = 0;
    }
  }
  steps_.push_back(hash);
  previous = hash;
  value_ += mix(hash);
}

}  // namespace corosim::sim
