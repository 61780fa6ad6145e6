#include "bounded.hpp"

#include <algorithm>
#include <functional>

namespace corosim::sim {

namespace {

// Where `actor` stands; place 0, the one that has been ready longest, where it is not ready.
std::size_t place_of(const ReadySet& ready, Actor actor) {
  for (std::size_t place = 0; place < ready.size(); ++place) {
    if (ready.actor(place) == actor) return place;
  }
  return 0;
}

}  // namespace

void DelayBoundedStrategy::begin(Seed seed) {
  random_ = Random(seed, kScheduleStream);
  running_ = 0;
  points_ = 0;
  delayed_.clear();
  for (std::uint32_t i = 0; i < delays_; ++i) delayed_.push_back(1 + random_.below(most_points_));
  std::sort(delayed_.begin(), delayed_.end(), std::greater<>());
}

std::size_t DelayBoundedStrategy::pick(const ReadySet& ready) {
  ++points_;
  std::size_t place = place_of(ready, running_);
  while (!delayed_.empty() && delayed_.back() <= points_) {
    delayed_.pop_back();
    place = (place + 1) % ready.size();
  }
  running_ = ready.actor(place);
  return place;
}

void DelayBoundedStrategy::end(bool) { most_points_ = std::max(most_points_, points_); }

std::size_t RoundRobinStrategy::pick(const ReadySet& ready) {
  // The next higher number, or, past the highest, the lowest.
  std::size_t best = 0;
  for (std::size_t place = 1; place < ready.size(); ++place) {
    if (ready.actor(place) - last_ - 1 < ready.actor(best) - last_ - 1) best = place;
  }
  last_ = ready.actor(best);
  return best;
}

void LockStepStrategy::begin(Seed) {
  latest_.clear();
  points_ = 0;
}

std::uint64_t& LockStepStrategy::latest(Actor actor) {
  if (actor >= latest_.size()) latest_.resize(actor + 1);
  return latest_[actor];
}

std::size_t LockStepStrategy::pick(const ReadySet& ready) {
  std::size_t best = 0;
  for (std::size_t place = 1; place < ready.size(); ++place) {
    const Actor actor = ready.actor(place);
    const std::uint64_t waits_since = latest(actor);
    const std::uint64_t best_waits_since = latest(ready.actor(best));
    const bool as_long = waits_since == best_waits_since;
    if (as_long ? actor > ready.actor(best) : waits_since < best_waits_since) best = place;
  }
  latest(ready.actor(best)) = ++points_;
  return best;
}

std::size_t StickyStrategy::pick(const ReadySet& ready) {
  const bool moves = random_.below(10) < 3;
  const std::size_t place = moves ? static_cast<std::size_t>(random_.below(ready.size())) : place_of(ready, running_);
  running_ = ready.actor(place);
  return place;
}

}  // namespace corosim::sim
