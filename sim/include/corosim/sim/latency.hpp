#pragma once

#include <chrono>
#include <cstdint>

#include <corosim/runtime/sleep.hpp>
#include <corosim/runtime/time.hpp>

/// Chance in the program under test: latencies, durations, and events that may happen or not. Each draw is a decision:
/// it follows from the seed, from the task and from how often that one drew before, stands in the trace, and can be
/// overridden in a replay. Whole numbers only, so that every compiler and library draws the same.
///
///     co_await latency(uniform(1ms, 5ms));       // the network
///     if (chance(1, 100)) co_return;             // loses a message
///
/// Outside of a simulation they draw from a fixed seed.

namespace corosim {

/// How long something takes, as a distribution over durations.
class Distribution {
 public:
  enum class Shape : std::uint8_t { kConstant, kUniform, kExponential };

  Distribution(Shape shape, Duration shortest, Duration spread) : shape_(shape), shortest_(shortest), spread_(spread) {}

  Shape shape() const { return shape_; }
  /// What it takes at least, and where nothing is left to chance.
  Duration shortest() const { return shortest_; }
  /// Of a uniform one, how much longer it can take; of an exponential one, how much longer it takes on average.
  Duration spread() const { return spread_; }

 private:
  Shape shape_;
  Duration shortest_;
  Duration spread_;
};

/// Always this long; nothing is drawn.
Distribution constant(Duration time);
/// Any number of nanoseconds from `shortest` to `longest`, each with equal probability. Throws ValueError where it is
/// above.
Distribution uniform(Duration shortest, Duration longest);
/// `shortest`, and on top of it an exponentially distributed time of that mean: what is left of a wait says nothing
/// about what has passed. Up to 44 times the mean. Throws ValueError where `mean` is negative, or above a year.
Distribution exponential(Duration mean, Duration shortest = Duration::zero());

/// A duration drawn from the distribution.
Duration random_duration(const Distribution& distribution);
/// Awaited: rests for a duration drawn from the distribution, at once, here.
inline detail::Sleep latency(const Distribution& distribution) { return sleep(random_duration(distribution)); }

/// True with the given probability: `chance(1, 10)` once in ten times. Throws ValueError where that is no probability.
bool chance(std::uint64_t times, std::uint64_t out_of);

namespace detail {
/// An exponentially distributed time of that mean, from one random word; the less the word, the longer.
Duration exponential_of(std::uint64_t word, Duration mean);
}  // namespace detail
}  // namespace corosim
