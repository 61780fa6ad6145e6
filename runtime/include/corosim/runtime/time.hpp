#pragma once

#include <chrono>

namespace corosim {

/// Time within a run, in whole nanoseconds: integers, so that sums and ties are the same on every machine.
using Duration = std::chrono::nanoseconds;

/// The loop's clock: nanoseconds since the loop was made (virtual time), or since the real clock's epoch.
struct LoopClock {
  using rep = Duration::rep;
  using period = Duration::period;
  using duration = Duration;
  using time_point = std::chrono::time_point<LoopClock>;
  static constexpr bool is_steady = true;
};

/// An instant on the loop's clock.
using TimePoint = LoopClock::time_point;

}  // namespace corosim
