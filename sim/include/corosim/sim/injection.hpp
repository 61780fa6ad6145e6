#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <corosim/sim/task_name.hpp>

namespace corosim::sim {

/// When a planned cancellation is requested, by what its task is doing about one of its waits. All but kResumed lie
/// between two steps. A bare yield is woken as soon as it rests: it has no kParked and no kIdle.
enum class Moment : std::uint8_t {
  kUnstarted,  // before the task's first step
  kParked,     // before its wake-up: at the end of the step in which it came to rest
  kIdle,       // before its wake-up: when nothing else can run at this instant of virtual time
  kWoken,      // during: at the end of the step that woke it
  kResuming,   // during: just before it goes on
  kResumed,    // after: while it runs again, so that its next wait gets the request
  kTwice,      // two requests as it comes to rest: the second before the first is delivered
  kAgain,      // one as it comes to rest, another at its next wait, after the first was delivered
};
inline constexpr std::array<Moment, 8> kAllMoments{Moment::kUnstarted, Moment::kParked,   Moment::kIdle,
                                                   Moment::kWoken,     Moment::kResuming, Moment::kResumed,
                                                   Moment::kTwice,     Moment::kAgain};
/// Whether a wait of that number has such a moment. Waits are counted from 1; wait 0 is before the first, where a task
/// is unstarted or in its first step.
bool has_moment(std::uint32_t wait, Moment moment);
/// "unstarted", "parked", ...
std::string_view to_string(Moment moment);

/// A planned cancellation: `task.cancel()`, as another task's step might call it, at one moment of one wait of one
/// task. Named by the task's path and the count of its waits, so that it means the same under every schedule.
class Injection {
 public:
  /// Throws ValueError where `wait` has no such moment.
  Injection(TaskName task, std::uint32_t wait, Moment moment);
  /// The same by a path: "main/deposit#2".
  Injection(std::string path, std::uint32_t wait, Moment moment) : Injection(TaskName(std::move(path)), wait, moment) {}

  const TaskName& task() const { return task_; }
  std::uint32_t wait() const { return wait_; }
  Moment moment() const { return moment_; }
  void set_task(TaskName task) { task_ = std::move(task); }

  /// "main/deposit#2@1:parked".
  std::string text() const;
  /// Throws ValueError, naming what was expected.
  static Injection parse(std::string_view text);

 private:
  TaskName task_;
  std::uint32_t wait_;
  Moment moment_;
};

}  // namespace corosim::sim
