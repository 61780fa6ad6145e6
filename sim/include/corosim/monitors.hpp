#pragma once

#include <cstdint>
#include <functional>
#include <source_location>
#include <string>
#include <utility>

#include <corosim/runtime/coro.hpp>

/// What has to hold between the steps of a program, and not only where it checks:
///
///     const auto kept = always("the balance is not negative", [&] { return balance.get() >= 0; });
///     ...
///     co_await eventually("all clients are served", [&] { return served.get() == 3; });
///
/// A failure is told as that of any check, with the line of the monitor. Where nobody monitors, nothing is paid.
/// Outside of a simulation always() and never() do nothing.

namespace corosim {

/// Monitors as long as it lives, and then no more.
class [[nodiscard]] Monitor {
 public:
  Monitor() = default;
  explicit Monitor(std::uint64_t id) : id_(id) {}
  Monitor(Monitor&& other) noexcept : id_(std::exchange(other.id_, 0)) {}
  Monitor& operator=(Monitor&& other) noexcept {
    std::swap(id_, other.id_);
    return *this;
  }
  /// Asks a last time, for what the step under way has done.
  ~Monitor();

 private:
  std::uint64_t id_ = 0;
};

/// The run fails unless `predicate` holds now, after each step, and where the Monitor ends. It may read what it wants,
/// and changes nothing. Declare the Monitor behind what the predicate reads, so that it ends first.
Monitor always(std::string name, std::function<bool()> predicate,
               std::source_location where = std::source_location::current());
/// The run fails where `predicate` holds.
Monitor never(std::string name, std::function<bool()> predicate,
              std::source_location where = std::source_location::current());

/// Awaited: from here on to its end the run has no faults: chance() is false, timers are exact, and no cancellation is
/// injected. Returns when `predicate` holds after a step; where it does not within so many rounds, the run fails.
///
/// A round is over when all that was ready at its beginning has run. A step while nothing else is ready is one, so a
/// program that has to wait long, with something that ticks, needs more of them. A schedule that leaves a task out ends
/// no round: the run then comes to its limit of steps, and the report says that the schedule is unfair.
///
/// Outside of a simulation it looks each millisecond, for ever.
Coro<void> eventually(std::string name, std::function<bool()> predicate, std::uint64_t rounds = 1000,
                      std::source_location where = std::source_location::current());

namespace detail {

struct MarkSite {
  const char* name;
  const char* file;
  std::uint32_t line;
};
/// Returns its number.
std::uint32_t declare_mark(const MarkSite& site);
void reach_mark(std::uint32_t number);

// Declares the mark before main(), whether or not anything comes to it.
template <class Site>
struct Mark {
  static inline const std::uint32_t kNumber = declare_mark(Site()());
};

}  // namespace detail
}  // namespace corosim

/// Some run of an exploration should come here: explorations count in how many, and say which marks none came to.
///
///     COROSIM_SOMETIMES("retry path");
#define COROSIM_SOMETIMES(name)                                       \
  ::corosim::detail::reach_mark(::corosim::detail::Mark<decltype([] { \
    return ::corosim::detail::MarkSite{name, __FILE__, __LINE__};     \
  })>::kNumber)
