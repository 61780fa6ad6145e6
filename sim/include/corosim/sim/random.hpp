#pragma once

#include <array>
#include <cstdint>

#include <corosim/runtime/assert.hpp>

namespace corosim::sim {

/// Seeds a run: everything that it leaves to chance follows from this number.
using Seed = std::uint64_t;

/// Mixes the bits of `x`: neighbouring inputs give unrelated outputs. SplitMix64's finaliser (Steele et al., 2014).
constexpr std::uint64_t mix(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31);
}

/// A generator of our own, the same on every compiler and library: xoshiro256++ (Blackman and Vigna, 2019).
///
/// Each consumer of randomness has a stream of its own, so that a draw more in one place shifts no other.
class Random {
 public:
  /// Generators of one seed and different streams are unrelated.
  Random(Seed seed, std::uint64_t stream);

  std::uint64_t next() {
    const std::uint64_t result = rotate(state_[0] + state_[3], 23) + state_[0];
    const std::uint64_t shifted = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = rotate(state_[3], 45);
    return result;
  }
  /// Uniform in [0, bound). Lemire's method, without a division in the common case. REQUIRES: bound > 0.
  std::uint64_t below(std::uint64_t bound) {
    COROSIM_ASSERT_CMP(bound, >, std::uint64_t{0});
    __extension__ using Wide = unsigned __int128;
    const Wide product = Wide{next()} * bound;
    if (static_cast<std::uint64_t>(product) < bound) [[unlikely]] {
      return below_again(bound, static_cast<std::uint64_t>(product), static_cast<std::uint64_t>(product >> 64));
    }
    return static_cast<std::uint64_t>(product >> 64);
  }

 private:
  /// Goes on until the lower half of the product is not among those that would come too often.
  std::uint64_t below_again(std::uint64_t bound, std::uint64_t lower, std::uint64_t upper);
  static constexpr std::uint64_t rotate(std::uint64_t x, int bits) { return (x << bits) | (x >> (64 - bits)); }

  std::array<std::uint64_t, 4> state_;
};

/// Streams of a run's seed, by consumer.
inline constexpr std::uint64_t kScheduleStream = 1;
inline constexpr std::uint64_t kProgramStream = 2;
inline constexpr std::uint64_t kExecutorStream = 3;
inline constexpr std::uint64_t kChanceStream = 4;
inline constexpr std::uint64_t kLatencyStream = 5;
inline constexpr std::uint64_t kJitterStream = 6;

}  // namespace corosim::sim
