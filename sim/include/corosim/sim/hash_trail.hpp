#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace corosim::sim {

/// The rolling hash of a run after some of its steps, evenly spread over the run: of constant size, and enough to say
/// between which steps two runs parted. Exact for runs of less than kMost steps.
class HashTrail {
 public:
  static constexpr std::size_t kMost = 64;

  void clear() {
    kept_ = 0;
    spacing_ = 1;
  }
  /// `hash` covers all that happened up to the end of step `number`. Called for 0, 1, 2, ... in order.
  void add(std::uint64_t number, std::uint64_t hash) {
    if ((number & (spacing_ - 1)) == 0) keep(number, hash);
  }

  /// Steps between which two runs parted.
  struct Parting {
    std::uint64_t last_equal = 0;  // all up to its end is the same
    std::optional<std::uint64_t>
        first_different;  // something up to its end is not; none: all that both tell is the same
  };
  static Parting parting(const HashTrail& a, const HashTrail& b);

 private:
  void keep(std::uint64_t number, std::uint64_t hash);

  std::array<std::uint64_t, kMost> hashes_{};  // of step i * spacing_, for i below kept_
  std::uint64_t spacing_ = 1;                  // a power of two
  std::size_t kept_ = 0;
};

}  // namespace corosim::sim
