#include <corosim/sim/random.hpp>

#include <corosim/runtime/assert.hpp>

namespace corosim::sim {

Random::Random(Seed seed, std::uint64_t stream) {
  constexpr std::uint64_t kGolden = 0x9e3779b97f4a7c15U;
  std::uint64_t x = mix(seed + kGolden) ^ mix(stream * kGolden);
  for (auto& word : state_) word = mix(x += kGolden);
}

std::uint64_t Random::below(std::uint64_t bound) {
  COROSIM_ASSERT_CMP(bound, >, std::uint64_t{0});
  __extension__ using Wide = unsigned __int128;
  Wide product = Wide{next()} * bound;
  if (static_cast<std::uint64_t>(product) < bound) {
    const std::uint64_t threshold = (0 - bound) % bound;
    while (static_cast<std::uint64_t>(product) < threshold) product = Wide{next()} * bound;
  }
  return static_cast<std::uint64_t>(product >> 64);
}

}  // namespace corosim::sim
