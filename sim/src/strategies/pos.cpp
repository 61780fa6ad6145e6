#include "pos.hpp"

namespace corosim::sim {

void PosStrategy::begin(Seed seed) {
  random_ = Random(seed, kScheduleStream);
  priorities_.begin(random_);
}

std::size_t PosStrategy::pick(const ReadySet& ready) {
  std::size_t best = 0;
  for (std::size_t place = 1; place < ready.size(); ++place) {
    if (priorities_.of(ready[place].actor) > priorities_.of(ready[best].actor)) best = place;
  }
  const Actor runs = ready[best].actor;
  const auto touched = profile_.next(runs);
  for (std::size_t place = 0; place < ready.size(); ++place) {
    const Actor other = ready[place].actor;
    if (other == runs || conflict(touched, profile_.next(other))) priorities_.redraw(other);
  }
  return best;
}

}  // namespace corosim::sim
