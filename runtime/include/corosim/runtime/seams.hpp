#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

#include <corosim/runtime/runnable.hpp>

/// The three places where the loop calls out. The simulator implements them for virtual time and chosen schedules; the
/// runtime itself carries the real clock, a first-in first-out ready queue, and no instrument.

namespace corosim {

struct ExceptionContext;

/// Time, and waiting for it.
class Clock {
 public:
  virtual ~Clock() = default;
  /// Never goes back.
  virtual TimePoint now() const = 0;
  /// When a timer that is set for `when` fires: a clock may be early or late.
  virtual TimePoint due(TimePoint when) { return when; }
  /// Called when nothing is ready. Returns at `deadline` or earlier (with no deadline: when interrupted). False means
  /// that nothing can ever become ready again: the loop ends its run there.
  virtual bool wait(std::optional<TimePoint> deadline) = 0;
  /// Makes a wait() of the loop's thread return. May be called from any thread.
  virtual void interrupt() = 0;
};

/// Steady time since the epoch of std::chrono::steady_clock.
std::unique_ptr<Clock> make_real_clock();

/// Holds the ready handles and says which runs next. Without one the loop runs them as asyncio does, first in first
/// out.
class ReadyPolicy {
 public:
  virtual ~ReadyPolicy() = default;
  /// `handle` became ready, made so by the step that runs now.
  virtual void push(detail::Runnable& handle) = 0;
  /// The handle that runs next, no longer in the set; null for the place of a withdrawn one, or when ended().
  /// REQUIRES: the set is not empty.
  virtual detail::Runnable* pop() = 0;
  /// `handle` is cancelled or about to be destroyed: it must not run any more. REQUIRES: it is in the set.
  virtual void withdraw(detail::Runnable& handle) = 0;
  /// Whether the loop's run ends at this point, with everything left as it is. Asked when pop() returned null.
  virtual bool ended() const = 0;
  /// How many handles the loop runs before it looks at stop() and the timers again; 0 where none is ready. asyncio: all
  /// that are.
  virtual std::size_t pass_length() const = 0;
};

/// What a task waits for that awaits the outer future of a shield().
inline constexpr std::string_view kShieldWait = "shield";

/// Told what just happened. Each call costs one branch where no instrument is set.
class Instrument {
 public:
  virtual ~Instrument() = default;
  /// Whether it is told of each step: task_resumed, step_ended.
  bool looks_at_steps() const { return looks_at_steps_; }
  /// Whether it is told of each wait: task_parked.
  bool looks_at_waits() const { return looks_at_waits_; }
  virtual void task_created(const detail::TaskState&) {}
  /// The task's coroutine is about to run: for the first time, or on from its wait.
  virtual void task_resumed(const detail::TaskState&) {}
  /// The task's step ended in a wait. Its await site is that of its innermost frame.
  virtual void task_parked(const detail::TaskState&) {}
  virtual void task_ended(const detail::TaskState&) {}
  virtual void cancel_requested(const detail::TaskState&) {}
  /// The handle that the policy chose last has run.
  virtual void step_ended() {}
  /// The program said something for the trace.
  virtual void mark(std::string_view) {}
  /// An exception that nobody can catch went to the loop, and the program has set no exception handler of its own, or
  /// that threw. True keeps it from being printed.
  virtual bool unhandled(const ExceptionContext&) { return false; }

 protected:
  void set_looks_at_steps(bool value) { looks_at_steps_ = value; }
  void set_looks_at_waits(bool value) { looks_at_waits_ = value; }

 private:
  bool looks_at_steps_ = true;
  bool looks_at_waits_ = true;
};

}  // namespace corosim
