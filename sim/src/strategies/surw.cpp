#include "surw.hpp"

#include <optional>

#include "weighted.hpp"

namespace corosim::sim {

void SurwStrategy::begin(Seed seed) {
  random_ = Random(seed, kScheduleStream);
  priorities_.begin(random_);
  intended_ = kNobody;
  ++hold_;
  object_ = choose_object();
  remaining_.begin(profile_, [this](Actor actor) {
    return chosen_ ? static_cast<double>(profile_.steps_touching(actor, object_)) : 0.0;
  });
}

// By the number of accesses, as in the paper, or each alike: half of the time either.
ObjectIndex SurwStrategy::choose_object() {
  const bool alike = random_.below(2) == 0;
  std::uint64_t total = 0;
  const auto weight = [&](ObjectIndex object) -> std::uint64_t {
    const std::uint32_t contention = profile_.contention(object);
    return alike ? (contention > 0 ? 1 : 0) : contention;
  };
  for (ObjectIndex object = 0; object < profile_.objects(); ++object) total += weight(object);
  chosen_ = total > 0;
  if (!chosen_) return 0;
  std::uint64_t left = random_.below(total);
  ObjectIndex object = 0;
  while (left >= weight(object)) left -= weight(object++);
  return object;
}

bool SurwStrategy::interesting(Actor actor) const {
  if (!chosen_) return false;
  for (const StepAccess& access : profile_.next(actor)) {
    if (access.object == object_) return true;
  }
  return false;
}

// What was intended of the parent may have been meant for the child.
void SurwStrategy::be_born(Actor actor) {
  if (intended_ != kNobody && actor < profile_.actors() && profile_.parent(actor) == intended_ && actor != intended_ &&
      unit(random_) * remaining_.of(intended_) < remaining_.whole(actor)) {
    intended_ = actor;
  }
  remaining_.of(actor);
}

void SurwStrategy::hold(Actor actor) {
  if (actor >= held_in_.size()) held_in_.resize(actor + 1);
  held_in_[actor] = hold_;
}

void SurwStrategy::intend(const ReadySet& ready) {
  double total = 0;
  for (std::size_t place = 0; place < ready.size(); ++place) total += remaining_.of(ready.actor(place));
  if (!(total > 0)) return;
  const std::size_t place =
      pick_weighted(random_, ready.size(), [&](std::size_t p) { return remaining_.of(ready.actor(p)); });
  intended_ = ready.actor(place);
}

std::size_t SurwStrategy::pick(const ReadySet& ready) {
  for (std::size_t place = 0; place < ready.size(); ++place) {
    if (!remaining_.born(ready.actor(place))) be_born(ready.actor(place));
  }
  while (true) {
    std::size_t best = ready.size();
    std::optional<std::uint64_t> highest;
    for (std::size_t place = 0; place < ready.size(); ++place) {
      const Actor actor = ready.actor(place);
      if (held(actor)) continue;
      if (best == ready.size()) {  // perhaps the only one: no need to draw for it yet
        best = place;
        continue;
      }
      const std::uint64_t priority = priorities_.of(actor);
      if (!highest) highest = priorities_.of(ready.actor(best));
      if (priority <= *highest) continue;
      best = place;
      highest = priority;
    }
    if (best == ready.size()) {  // the intended one cannot run: let the others
      ++hold_;
      intended_ = kNobody;
      continue;
    }
    const Actor actor = ready.actor(best);
    if (!interesting(actor)) return best;
    if (intended_ == kNobody) intend(ready);
    if (intended_ == kNobody || intended_ == actor) return best;
    hold(actor);
  }
}

void SurwStrategy::executed(const Executed& step) {
  priorities_.redraw(step.actor);
  bool touched = false;
  for (const StepAccess& access : profile_.latest()) touched = touched || access.object == object_;
  if (!touched || !chosen_) return;
  remaining_.take(step.actor, 1);
  if (intended_ != step.actor) return;
  intended_ = kNobody;
  ++hold_;
}

}  // namespace corosim::sim
