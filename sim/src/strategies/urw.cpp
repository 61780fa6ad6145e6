#include "urw.hpp"

#include "weighted.hpp"

namespace corosim::sim {

void UrwStrategy::begin(Seed seed) {
  random_ = Random(seed, kScheduleStream);
  remaining_.begin(profile_, [this](Actor actor) { return profile_.steps(actor); });
}

std::size_t UrwStrategy::pick(const ReadySet& ready) {
  constexpr double kUnknown = 1;  // it is ready, so there is a step at least
  return pick_weighted(random_, ready.size(), [&](std::size_t place) {
    const double left = remaining_.of(ready.actor(place));
    return left > kUnknown ? left : kUnknown;
  });
}

}  // namespace corosim::sim
