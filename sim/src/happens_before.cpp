#include <corosim/sim/happens_before.hpp>

#include <algorithm>
#include <functional>

#include <corosim/runtime/assert.hpp>
#include <corosim/sim/partial_order.hpp>

namespace corosim::sim {

void HappensBefore::executed(const Executed& step) {
  COROSIM_ASSERT_CMP(step.number, ==, events_.size() + 1);
  if (step.actor >= latest_.size()) latest_.resize(step.actor + 1, kNone);
  const Index index = size();
  const auto earlier = [](std::uint64_t number) { return number == 0 ? kNone : static_cast<Index>(number - 1); };
  Event event;
  event.actor = step.actor;
  event.nth = step.nth;
  event.kind = step.kind;
  event.name = step.name;
  event.site = step.site;
  event.time = step.time;
  event.previous = latest_[step.actor];
  event.cause = earlier(step.cause);
  event.follows = earlier(step.follows);
  event.footprint = footprints_.of(step.touches);

  // Its place in the clocks of its instant.
  const bool same_instant = index > 0 && events_[index - 1].time == step.time;
  const std::uint32_t slots = same_instant ? events_[index - 1].slots_ : 0;
  event.instant = same_instant ? events_[index - 1].instant : index;
  const bool first_here = event.previous == kNone || events_[event.previous].instant != event.instant;
  event.slot_ = first_here ? slots : events_[event.previous].slot_;
  event.slots_ = first_here ? slots + 1 : slots;
  event.position_ = first_here ? 1 : events_[event.previous].position_ + 1;
  event.clock_ = static_cast<std::uint32_t>(clocks_.size());
  clocks_.resize(clocks_.size() + event.slots_, 0);
  clocks_[event.clock_ + event.slot_] = event.position_;

  // What the program orders comes first; of the conflicts, those are races that it leaves open. A step that happened
  // before another is earlier, so going back from the latest, a step in between is always met first.
  const std::span<const ObjectAccess> accesses = footprints_.accesses(event.footprint);
  find_conflicts(event, accesses);
  for (const Index each : {event.previous, event.cause, event.follows}) {
    if (each != kNone) join(event, each);
  }
  for (const Index each : grants_) join(event, each);
  event.races_ = static_cast<std::uint32_t>(races_.size());
  for (const Index each : conflicts_) {
    if (known(event, each)) continue;
    join(event, each);
    races_.push_back(each);
  }
  event.race_count_ = static_cast<std::uint32_t>(races_.size()) - event.races_;

  const auto learn = [&](std::uint64_t seen, StepMemory::Next next) {
    if (memory_ != nullptr && !memory_->learn(seen, next) && unexplained_ == kNone) unexplained_ = index;
  };
  const auto hash_of = [this](Index of) { return of == kNone ? 0 : events_[of].hash; };
  PastHash past(event.name, event.kind, event.time, hash_of(event.previous), hash_of(event.cause));
  std::uint64_t reads = 0;
  event.accesses_ = static_cast<std::uint32_t>(accesses_.size());
  for (const ObjectAccess& each : accesses) {
    std::uint32_t& head = head_of(each.object);
    const bool again = head != kNoAccess && accesses_[head].event == index;
    if (again) {
      accesses_[head].access = both(accesses_[head].access, each.access);
    } else {
      Record record{each.object, each.access, index, head, head, {}, {}};
      if (head != kNoAccess) {
        record.found = accesses_[head].left;
        if (!conflicting(accesses_[head].access, each.access)) record.other_kind = accesses_[head].other_kind;
      }
      head = static_cast<std::uint32_t>(accesses_.size());
      accesses_.push_back(record);
    }
    const ObjectHistory& found = accesses_[head].found;
    const detail::ObjectId object = footprints_.object(each.object);
    learn(past.value(), StepMemory::Next(each));
    past.touch(object, each.access, found.state_for(each.access));
    reads += found.reads_of(object, each.access);
  }
  learn(past.value(), StepMemory::Next(event.footprint));
  event.past = past.value();
  event.hash = past.finish(reads);
  event.order_hash = (index == 0 ? 0 : events_[index - 1].order_hash) + mix(event.hash);
  for (std::size_t i = event.accesses_; i < accesses_.size(); ++i) {
    accesses_[i].left = accesses_[i].found;
    accesses_[i].left.add(accesses_[i].access, event.hash);
  }
  latest_[step.actor] = index;
  events_.push_back(event);
}

// Of each object the latest accesses of a kind that conflicts; only at this instant, as the clock orders the rest.
// Latest first.
void HappensBefore::find_conflicts(const Event& event, std::span<const ObjectAccess> accesses) {
  conflicts_.clear();
  grants_.clear();
  for (const ObjectAccess& each : accesses) {
    std::uint32_t at = latest_access(each.object);
    if (at == kNoAccess) continue;
    if (!conflicting(accesses_[at].access, each.access)) at = accesses_[at].other_kind;
    const Access kind = at == kNoAccess ? Access::kRead : accesses_[at].access;
    for (; at != kNoAccess && accesses_[at].event >= event.instant; at = accesses_[at].before) {
      if (accesses_[at].access != kind) break;
      (each.access == Access::kGrant ? grants_ : conflicts_).push_back(accesses_[at].event);
      if (conflicting(kind, kind)) break;
    }
  }
  std::sort(conflicts_.begin(), conflicts_.end(), std::greater<>());
}

void HappensBefore::join(Event& event, Index earlier) {
  const Event& other = events_[earlier];
  if (other.instant != event.instant) return;
  std::uint32_t* const own = clocks_.data() + event.clock_;
  const std::uint32_t* const others = clocks_.data() + other.clock_;
  for (std::uint32_t slot = 0; slot < other.slots_; ++slot) own[slot] = std::max(own[slot], others[slot]);
}

bool HappensBefore::known(const Event& event, Index earlier) const {
  const Event& other = events_[earlier];
  return clocks_[event.clock_ + other.slot_] >= other.position_;
}

std::uint32_t& HappensBefore::head_of(std::uint32_t object) {
  if (object >= heads_.size()) heads_.resize(footprints_.object_count(), kNoAccess);
  return heads_[object];
}

void HappensBefore::truncate(Index size) {
  if (size >= events_.size()) return;
  const Event& first = events_[size];
  for (std::size_t i = accesses_.size(); i > first.accesses_; --i) {
    const Record& record = accesses_[i - 1];
    heads_[record.object] = record.before;
  }
  for (Index i = this->size(); i > size; --i) latest_[events_[i - 1].actor] = events_[i - 1].previous;
  accesses_.resize(first.accesses_);
  clocks_.resize(first.clock_);
  races_.resize(first.races_);
  events_.resize(size);
}

std::uint64_t HappensBefore::state_without(Index without, const ObjectAccess& access) {
  return history_without(without, access.object).state_for(access.access);
}

ObjectHistory HappensBefore::history_without(Index without, std::uint32_t object) {
  changes_.clear();
  ObjectHistory history;
  for (std::uint32_t at = latest_access(object); at != kNoAccess; at = accesses_[at].before) {
    const Record& record = accesses_[at];
    if (record.event == without || (record.event > without && ordered(without, record.event))) continue;
    if (record.event < without) {  // nothing before it was left out
      history = record.left;
      break;
    }
    changes_.push_back(at);
    if (conflicting(record.access, record.access)) break;  // a write: what was before does not count
  }
  while (!changes_.empty()) {
    const Record& record = accesses_[changes_.back()];
    changes_.pop_back();
    history.add(record.access, events_[record.event].hash);
  }
  return history;
}

std::uint64_t HappensBefore::state_seen(Index index, const ObjectAccess& access) const {
  std::uint32_t at = events_[index].accesses_;
  while (accesses_[at].object != access.object) ++at;
  COROSIM_ASSERT_CMP(accesses_[at].event, ==, index);
  return accesses_[at].found.state_for(access.access);
}

void HappensBefore::maximal_before(Index end, std::vector<Index>& steps) {
  steps.clear();
  seen_.assign(events_[end].slots_, 0);
  for (Index index = end; index > events_[end].instant; --index) {
    const Event& event = events_[index - 1];
    if (seen_[event.slot_] >= event.position_) continue;
    steps.push_back(index - 1);
    const std::uint32_t* const clock = clocks_.data() + event.clock_;
    for (std::uint32_t slot = 0; slot < event.slots_; ++slot) seen_[slot] = std::max(seen_[slot], clock[slot]);
  }
}

HappensBefore::Index HappensBefore::latest_of(Actor actor, Index end) const {
  Index latest = actor < latest_.size() ? latest_[actor] : kNone;
  while (latest != kNone && latest >= end) latest = events_[latest].previous;
  return latest;
}

}  // namespace corosim::sim
