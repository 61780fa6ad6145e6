#pragma once

#include <cstddef>

#include <corosim/sim/random.hpp>

namespace corosim::sim {

/// Uniform in [0, 1), in steps of 2^-53: the same on every machine.
inline double unit(Random& random) { return static_cast<double>(random.next() >> 11) * 0x1p-53; }

/// One of `count` places, with probability in proportion to `weight(place)`. REQUIRES: count > 0. Where all weights are
/// zero, each with equal probability.
template <class F>
std::size_t pick_weighted(Random& random, std::size_t count, F weight) {
  double total = 0;
  for (std::size_t place = 0; place < count; ++place) total += weight(place);
  if (!(total > 0)) return static_cast<std::size_t>(random.below(count));
  double left = unit(random) * total;
  for (std::size_t place = 0; place + 1 < count; ++place) {
    left -= weight(place);
    if (left < 0) return place;
  }
  return count - 1;
}

}  // namespace corosim::sim
