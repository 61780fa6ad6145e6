#include "pct.hpp"

#include <algorithm>
#include <functional>

namespace corosim::sim {

void PctStrategy::begin(Seed seed) {
  random_ = Random(seed, kScheduleStream);
  const std::uint32_t depth = depths_[static_cast<std::size_t>(run_ % depths_.size())];
  ++run_;
  points_ = 0;
  highest_.forget();
  fallen_ = depth;
  changes_.clear();
  for (std::uint32_t i = 1; i < depth; ++i) changes_.push_back(1 + random_.below(most_points_));
  std::sort(changes_.begin(), changes_.end(), std::greater<>());
}

std::uint64_t& PctStrategy::priority_of(Actor actor) {
  if (actor >= priorities_.size()) priorities_.resize(actor + 1);
  ActorPriority& entry = priorities_[actor];
  // Above what the fallen have, which is below the depth.
  if (entry.run != run_) entry = {random_.next() | (std::uint64_t{1} << 63), run_};
  return entry.priority;
}

std::size_t PctStrategy::pick(const ReadySet& ready) {
  ++points_;
  const auto highest = [&] { return highest_.pick(ready, [this](Actor actor) { return priority_of(actor); }); };
  std::size_t best = highest();
  while (!changes_.empty() && changes_.back() <= points_) {
    changes_.pop_back();
    priority_of(ready.actor(best)) = --fallen_;
    highest_.forget();
    best = highest();
  }
  return best;
}

void PctStrategy::end(bool) { most_points_ = std::max(most_points_, points_); }

}  // namespace corosim::sim
