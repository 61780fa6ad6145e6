#include "race.hpp"

namespace corosim::sim {

namespace {
constexpr std::uint32_t kDraws = 12;  // orderings to choose the least tried from
}  // namespace

void RaceStrategy::begin(Seed seed) {
  random_ = Random(seed, kScheduleStream);
  priorities_.begin(random_);
  const std::uint64_t die = random_.below(4);
  base_ = die < 2 ? Base::kActors : die < 3 ? Base::kSteps : Base::kFifo;
  wanted_.clear();
  choose_ordering();
  if (random_.below(4) == 0) choose_ordering();
}

void RaceStrategy::choose_ordering() {
  Ordering best{};
  std::uint32_t least = 0;
  bool any = false;
  for (std::uint32_t i = 0; i < kDraws; ++i) {
    Ordering drawn{};
    if (!draw(drawn)) continue;
    const std::uint32_t* tried = tried_.find(drawn.lines);
    const std::uint32_t times = tried != nullptr ? *tried : 0;
    if (any && times >= least) continue;
    best = drawn;
    least = times;
    any = true;
  }
  if (!any) return;
  ++tried_[best.lines];
  wanted_.push_back(best);
}

// Two random steps that touch a random contended object.
bool RaceStrategy::draw(Ordering& ordering) {
  const ObjectIndex object = profile_.random_contended(random_);
  if (object == Profile::kNoObject) return false;
  const auto steps = profile_.steps_of(object);
  const auto& first = steps[static_cast<std::size_t>(random_.below(steps.size()))];
  const auto& second = steps[static_cast<std::size_t>(random_.below(steps.size()))];
  if (first.actor == second.actor || !(first.write || second.write)) return false;
  ordering = {first.actor, first.nth, second.actor, second.nth,
              mix((std::uint64_t{first.place} << 32 | second.place) + 1)};
  return true;
}

bool RaceStrategy::held(Actor actor) const {
  for (const Ordering& ordering : wanted_) {
    if (ordering.second == actor && profile_.taken(actor) + 1 == ordering.second_step &&
        profile_.taken(ordering.first) < ordering.first_step) {
      return true;
    }
  }
  return false;
}

std::size_t RaceStrategy::pick(const ReadySet& ready) {
  std::size_t best = ready.size();
  for (std::size_t place = 0; place < ready.size(); ++place) {
    const Actor actor = ready.actor(place);
    if (held(actor)) continue;
    if (best == ready.size()) {
      best = place;
    } else if (base_ != Base::kFifo && priorities_.of(actor) > priorities_.of(ready.actor(best))) {
      best = place;
    }
  }
  if (best == ready.size()) {  // it cannot be had
    wanted_.clear();
    return static_cast<std::size_t>(random_.below(ready.size()));
  }
  return best;
}

void RaceStrategy::executed(const Executed& step) {
  if (base_ == Base::kSteps) priorities_.redraw(step.actor);
}

}  // namespace corosim::sim
