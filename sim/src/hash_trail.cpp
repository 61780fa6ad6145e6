#include <corosim/sim/hash_trail.hpp>

#include <algorithm>

#include <corosim/runtime/assert.hpp>

namespace corosim::sim {

void HashTrail::keep(std::uint64_t number, std::uint64_t hash) {
  if (kept_ == kMost) {  // every other one makes room
    for (std::size_t i = 0; i < kMost / 2; ++i) hashes_[i] = hashes_[2 * i];
    kept_ = kMost / 2;
    spacing_ *= 2;
  }
  COROSIM_ASSERT_CMP(number, ==, kept_ * spacing_);
  hashes_[kept_++] = hash;
}

HashTrail::Parting HashTrail::parting(const HashTrail& a, const HashTrail& b) {
  const std::uint64_t spacing = std::max(a.spacing_, b.spacing_);
  Parting result;
  for (std::uint64_t step = 0;; step += spacing) {
    const std::uint64_t in_a = step / a.spacing_;
    const std::uint64_t in_b = step / b.spacing_;
    if (in_a >= a.kept_ || in_b >= b.kept_) return result;
    if (a.hashes_[in_a] != b.hashes_[in_b]) {
      result.first_different = step;
      return result;
    }
    result.last_equal = step;
  }
}

}  // namespace corosim::sim
