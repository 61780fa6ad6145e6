#include <corosim/sim/partial_order.hpp>

#include <corosim/runtime/assert.hpp>
#include <corosim/sim/check.hpp>
#include <corosim/sim/footprint.hpp>

namespace corosim::sim {

void PartialOrderHash::begin() {
  objects_.clear();
  ++run_;
  steps_.assign(1, 0);
  value_ = 0;
  instant_ = TimePoint();
  value_before_instant_ = 0;
  if (pasts_ != nullptr) pasts_->clear();
}

void PartialOrderHash::executed(const Executed& step) {
  COROSIM_ASSERT_CMP(step.number, ==, steps_.size());
  std::uint64_t& previous = latest_of(step.actor);
  PastHash past(step.name, step.kind, step.time, previous, steps_[step.cause]);
  std::uint64_t reads = 0;
  bool is_kept = pasts_ != nullptr;
  if (step.time != instant_) {
    instant_ = step.time;
    value_before_instant_ = value_;
  }
  objects_.make_room(step.touches.size());
  touched_.clear();
  for (const detail::Touch& touch : step.touches) {
    ObjectState& object = objects_[touch.object];
    const bool first = object.step != step.number;
    const Access access = first ? touch.access : both(object.access, touch.access);
    if (!first && access == object.access) continue;
    if (first) touched_.push_back(&object);
    object.step = step.number;
    object.access = access;
    if (is_kept) is_kept = keep(past, touch, step);
    past.touch(touch.object, touch.access, object.history.state_for(touch.access));
    reads += object.history.reads_of(touch.object, touch.access);
  }
  if (is_kept) pasts_->push_back({with_earlier_instants(past), 0, false, false, step.number, step.site});
  const std::uint64_t hash = past.finish(reads);
  for (ObjectState* const object : touched_) object->history.add(object->access, hash);
  steps_.push_back(hash);
  previous = hash;
  value_ += mix(hash);
}

// False where the rest of the step depends on more than what it touches: cancel() tells whether the task was done,
// which only some of its callers would find changed.
bool PartialOrderHash::keep(const PastHash& past, const detail::Touch& touch, const Executed& step) {
  const bool is_failure = touch.operation == detail::kFail;
  const bool is_shared =
      touch.operation == detail::kRead || touch.operation == detail::kWrite || touch.operation == detail::kEdit;
  const std::uint64_t next = mix(touch.object + static_cast<std::uint64_t>(touch.access)) | 1;
  pasts_->push_back({with_earlier_instants(past), next, is_failure || is_shared, is_failure, step.number, step.site});
  return touch.operation != detail::kTaskCancel;
}

}  // namespace corosim::sim
