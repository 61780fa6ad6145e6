#include <corosim/sim/random.hpp>

namespace corosim::sim {

Random::Random(Seed seed, std::uint64_t stream) {
  constexpr std::uint64_t kGolden = 0x9e3779b97f4a7c15U;
  std::uint64_t x = mix(seed + kGolden) ^ mix(stream * kGolden);
  for (auto& word : state_) word = mix(x += kGolden);
}

std::uint64_t Random::below_again(std::uint64_t bound, std::uint64_t lower, std::uint64_t upper) {
  __extension__ using Wide = unsigned __int128;
  const std::uint64_t threshold = (0 - bound) % bound;
  while (lower < threshold) {
    const Wide product = Wide{next()} * bound;
    lower = static_cast<std::uint64_t>(product);
    upper = static_cast<std::uint64_t>(product >> 64);
  }
  return upper;
}

}  // namespace corosim::sim
