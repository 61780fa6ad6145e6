#include "pos.hpp"

namespace corosim::sim {

void PosStrategy::begin(Seed seed) {
  random_ = Random(seed, kScheduleStream);
  priorities_.begin(random_);
  highest_.forget();
}

std::size_t PosStrategy::pick(const ReadySet& ready) {
  const std::size_t best = highest_.pick(ready, [this](Actor actor) { return priorities_.of(actor); });
  const Actor runs = ready.actor(best);
  priorities_.redraw(runs);
  const auto touched = profile_.next(runs);
  if (touched.empty()) return best;
  for (std::size_t place = 0; place < ready.size(); ++place) {
    const Actor other = ready.actor(place);
    if (other == runs || !conflict(touched, profile_.next(other))) continue;
    priorities_.redraw(other);
    highest_.forget();
  }
  return best;
}

}  // namespace corosim::sim
