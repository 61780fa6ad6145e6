#include <corosim/sim/latency.hpp>

#include <bit>

#include <corosim/runtime/errors.hpp>
#include <corosim/sim/random.hpp>
#include <corosim/sim/world.hpp>

#include <fmt/format.h>

namespace corosim {

namespace {

constexpr Duration kLongestMean = std::chrono::hours(24 * 365);

// What `sample` makes of a stream, as a decision below `bound` where a simulation runs.
template <class Sample>
std::uint64_t decide(sim::DrawKind kind, std::uint64_t bound, Sample sample) {
  if (sim::World* world = sim::World::current()) return world->draw(kind, bound, sample);
  thread_local sim::Random outside(0, sim::kLatencyStream);
  return sample(outside);
}

}  // namespace

Distribution constant(Duration time) { return {Distribution::Shape::kConstant, time, Duration::zero()}; }

Distribution uniform(Duration shortest, Duration longest) {
  if (shortest > longest) {
    throw ValueError(
        fmt::format("uniform: the shortest time {} ns is above the longest {} ns", shortest.count(), longest.count()));
  }
  return {Distribution::Shape::kUniform, shortest, longest - shortest};
}

Distribution exponential(Duration mean, Duration shortest) {
  if (mean < Duration::zero() || mean > kLongestMean) {
    throw ValueError(fmt::format("exponential: the mean is {} ns: expected from 0 to a year", mean.count()));
  }
  return {Distribution::Shape::kExponential, shortest, mean};
}

// By inversion: -mean * ln(u), u = word / 2^64, in fixed point. The logarithm's whole part is the number of leading
// zero bits; its fraction comes bit by bit from squaring what is left (Knuth, The Art of Computer Programming
// 1, 1.2.2).
Duration detail::exponential_of(std::uint64_t word, Duration mean) {
  __extension__ using Wide = unsigned __int128;
  constexpr int kBits = 32;
  constexpr std::uint64_t kLn2 = 2977044472;  // of 2^32
  if (word == 0) word = 1;
  const int zeros = std::countl_zero(word);
  std::uint64_t mantissa = (word << zeros) >> kBits;  // from 2^31 up to 2^32
  std::uint64_t fraction = 0;
  for (int bit = 0; bit < kBits; ++bit) {
    mantissa = mantissa * mantissa;
    const bool above_two = mantissa >> 63U != 0;
    mantissa >>= above_two ? kBits : kBits - 1;
    fraction = fraction << 1U | (above_two ? 1U : 0U);
  }
  const std::uint64_t minus_log2 = ((static_cast<std::uint64_t>(zeros) + 1) << kBits) - fraction;
  const Wide minus_ln = Wide{minus_log2} * kLn2 >> kBits;
  return Duration(static_cast<Duration::rep>(minus_ln * static_cast<std::uint64_t>(mean.count()) >> kBits));
}

Duration random_duration(const Distribution& distribution) {
  const auto spread = static_cast<std::uint64_t>(distribution.spread().count());
  std::uint64_t extra = 0;
  switch (distribution.shape()) {
    case Distribution::Shape::kConstant:
      return distribution.shortest();
    case Distribution::Shape::kUniform: {
      const auto sample = [spread](sim::Random& random) { return random.below(spread + 1); };
      extra = decide(sim::DrawKind::kLatency, spread + 1, sample);
      break;
    }
    case Distribution::Shape::kExponential: {
      const auto sample = [&](sim::Random& random) {
        return static_cast<std::uint64_t>(detail::exponential_of(random.next(), distribution.spread()).count());
      };
      const auto most = static_cast<std::uint64_t>(detail::exponential_of(0, distribution.spread()).count());
      extra = decide(sim::DrawKind::kLatency, most + 1, sample);
      break;
    }
  }
  return distribution.shortest() + Duration(static_cast<Duration::rep>(extra));
}

bool chance(std::uint64_t times, std::uint64_t out_of) {
  if (out_of == 0 || times > out_of) {
    throw ValueError(fmt::format("chance: {} times out of {} is no probability", times, out_of));
  }
  const auto sample = [=](sim::Random& random) { return std::uint64_t{random.below(out_of) < times ? 1U : 0U}; };
  return decide(sim::DrawKind::kChance, 2, sample) != 0;
}

}  // namespace corosim
