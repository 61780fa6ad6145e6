#pragma once

#include <chrono>
#include <cmath>
#include <coroutine>
#include <source_location>
#include <type_traits>
#include <utility>

#include <corosim/runtime/parking.hpp>
#include <corosim/runtime/runnable.hpp>
#include <corosim/runtime/task_state.hpp>

namespace corosim {

namespace detail {

/// Stands for a delay that is not a number, which is an error when it is awaited.
inline constexpr Duration kNotANumber = Duration::min();

/// Waits for an instant. CPython 3.14 `tasks.py`, sleep: the timer's handle completes the wait, the task goes on a pass
/// later. A delay of zero or less is a bare yield, for which nothing of the timer is set up.
class [[nodiscard("nothing sleeps until this is awaited")]] Sleep : public Waiter, public TimerNode, public Call {
 public:
  static constexpr const char* kFunction = "sleep";

  Sleep(Duration delay, std::source_location where) : Call(where), delay_(delay) {}
  // NOLINTNEXTLINE(bugprone-use-after-move): Waiter takes its own part only, and the timer is idle.
  Sleep(Sleep&& other) noexcept : Waiter(std::move(other)), Call(other), delay_(other.delay_) {}
  ~Sleep() override { stop_timer(); }

  bool await_ready() const { return false; }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> handle) {
    FrameBase& frame = handle.promise();
    if (delay_ > Duration::zero() || delay_ == kNotANumber) {
      suspend(frame);
    } else {
      task_ = frame.task;
      task_->rest(nullptr);
    }
  }
  [[gnu::always_inline]] void await_resume() {
    stop_timer();
    if (status_ == Status::kCancelled || task_->interrupted()) finish_wait();
  }
  std::string_view waits_for() const override { return "sleep"; }

  // The timer's handle.
  void run() override;
  Site site() const override { return task_->site(); }
  std::uint64_t identity() const override { return mix_name(task_->control()); }
  void fetch() const override { task_->fetch(); }

 protected:
  const TaskState* acts_for() const override { return task_; }
  void stop_timer() {
    if (scheduled_ || ready_) take_timer_back();
  }

 private:
  void suspend(FrameBase& frame);
  void take_timer_back();

  Duration delay_;
};

template <class T>
class SleepFor : public Sleep {
 public:
  SleepFor(Duration delay, T result, std::source_location where) : Sleep(delay, where), result_(std::move(result)) {}
  T await_resume() {
    Sleep::await_resume();
    return std::move(result_);
  }

 private:
  T result_;
};

template <class Rep, class Period>
Duration delay_of(std::chrono::duration<Rep, Period> delay) {
  if constexpr (std::is_floating_point_v<Rep>) {
    if (std::isnan(delay.count())) return kNotANumber;
  }
  return std::chrono::duration_cast<Duration>(delay);
}

}  // namespace detail

/// Rests for `delay` on the loop's clock, never shorter; with zero or less lets everything else that is ready run once.
/// Cancelling the task ends the rest. Throws ValueError when it is awaited and `delay` is not a number. Takes
/// std::chrono durations only: `sleep(1)` would be POSIX sleep.
template <class Rep, class Period>
detail::Sleep sleep(std::chrono::duration<Rep, Period> delay,
                    std::source_location where = std::source_location::current()) {
  return detail::Sleep(detail::delay_of(delay), where);
}
/// The same, and gives `result`.
template <class Rep, class Period, class T>
detail::SleepFor<T> sleep(std::chrono::duration<Rep, Period> delay, T result,
                          std::source_location where = std::source_location::current()) {
  return detail::SleepFor<T>(detail::delay_of(delay), std::move(result), where);
}

}  // namespace corosim
