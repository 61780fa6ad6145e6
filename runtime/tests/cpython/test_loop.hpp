#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <corosim/runtime/run.hpp>
#include <corosim/runtime/seams.hpp>

/// What CPython's own asyncio tests get from `test_asyncio/utils.py`.

namespace corosim::testing {

/// A loop in virtual time; CPython's `test_utils.TestLoop`. Where that is told by a generator how far to move the
/// clock, this one moves it to the next deadline.
class TestLoop {
 public:
  TestLoop() : loop_(new_event_loop(LoopOptions().clock(clock_))) {}

  EventLoop& operator*() const { return *loop_; }
  EventLoop* operator->() const { return loop_.get(); }

  /// CPython's `test_utils.run_briefly`: two passes, since that is what it takes to run a coroutine that does nothing.
  void run_briefly() {
    const auto once = []() -> Coro<void> { co_return; };
    loop_->run_until_complete(once());
  }
  /// CPython's `GatherTestsBase._run_loop`: until nothing is ready. REQUIRES: no timer.
  void run_until_idle() { EXPECT_THROW(loop_->run_forever(), DeadlockError); }
  /// CPython's `TestLoop.advance_time`.
  void advance_time(Duration by) { clock_.advance(by); }
  /// The loop's time, which begins at zero.
  Duration time() const { return loop_->time().time_since_epoch(); }
  /// From now on, the messages that the exception handler is called with; CPython's mock handlers and mock loggers.
  const std::vector<std::string>& unhandled() {
    loop_->set_exception_handler(
        [this](EventLoop&, const ExceptionContext& context) { unhandled_.push_back(context.message); });
    return unhandled_;
  }

 private:
  class TestClock final : public Clock {
   public:
    TimePoint now() const override { return now_; }
    bool wait(std::optional<TimePoint> deadline) override {
      if (deadline && *deadline > now_) now_ = *deadline;
      return deadline.has_value();
    }
    void interrupt() override {}
    void advance(Duration by) { now_ += by; }

   private:
    TimePoint now_{};
  };

  TestClock clock_;
  std::vector<std::string> unhandled_;  // outlives the loop, which may still report
  EventLoopPtr loop_;
};

/// The message of the CancelledError that `function()` throws, "(none)" for one without; a failed check otherwise.
template <class F>
std::string cancelled_with(F&& function) {
  try {
    function();
  } catch (const CancelledError& error) {
    return error.message() ? error.message().text() : "(none)";
  }
  ADD_FAILURE() << "no CancelledError";
  return "(no CancelledError)";
}

/// Runs `future` to its end, in which it is cancelled; the message.
template <class T>
std::string run_cancelled(const TestLoop& loop, const Future<T>& future) {
  return cancelled_with([&] { loop->run_until_complete(future); });
}

}  // namespace corosim::testing
