#pragma once

#include <concepts>
#include <coroutine>
#include <exception>
#include <utility>

#include <corosim/runtime/coro.hpp>
#include <corosim/runtime/future.hpp>
#include <corosim/runtime/outcome.hpp>
#include <corosim/runtime/sleep.hpp>

/// Errors and cancellations as values. A throw costs microseconds for each frame that it passes; code that expects many
/// cancellations awaits outcomes instead:
///
///     const Outcome<Reply> reply = co_await as_outcome(ask(server));
///     if (reply.cancelled()) co_return;

namespace corosim {

namespace detail {

template <class T>
Outcome<T> interrupted(std::exception_ptr interruption) {
  const bool cancelled = holds<CancelledError>(interruption);
  return {std::move(interruption), cancelled};
}

template <class T>
class CoroOutcomeAwaiter : public CoroAwaiter<T> {
 public:
  using CoroAwaiter<T>::CoroAwaiter;
  Outcome<T> await_resume() { return this->take_outcome(); }
};

template <class T>
class FutureOutcomeAwaiter : public FutureWaiter {
 public:
  explicit FutureOutcomeAwaiter(const Ref<FutureState>& future) : FutureWaiter(future) {}
  Outcome<T> await_resume() {
    future_->mark_retrieved();
    if (std::exception_ptr interruption = take_interruption()) return interrupted<T>(std::move(interruption));
    if (future_->cancelled()) return {future_->make_cancelled_error(), true};
    if (std::exception_ptr error = future_->exception()) return {error, future_->ends_in_cancellation()};
    return Outcome<T>(static_cast<ValueFutureState<T>&>(*future_).value.get());
  }
};

class SleepOutcomeAwaiter : public Sleep {
 public:
  explicit SleepOutcomeAwaiter(Duration delay) : Sleep(delay) {}
  Outcome<void> await_resume();
};

}  // namespace detail

/// Awaited: runs `coro` inside the awaiting task, and gives its result, or the exception or cancellation that it ended in.
/// A cancellation of the awaiting task that `coro` did not swallow is such an end: as with a handler for CancelledError,
/// the task goes on, and its count of requests stays.
template <class T>
detail::CoroOutcomeAwaiter<T> as_outcome(Coro<T> coro) {
  return detail::CoroOutcomeAwaiter<T>(coro.take());
}
/// The same for a future or task.
template <class T>
detail::FutureOutcomeAwaiter<T> as_outcome(const Future<T>& future) {
  return detail::FutureOutcomeAwaiter<T>(future.state());
}
/// sleep(delay), and whether it was cancelled.
template <class Rep, class Period>
detail::SleepOutcomeAwaiter sleep_outcome(std::chrono::duration<Rep, Period> delay) {
  return detail::SleepOutcomeAwaiter(detail::checked_delay(delay));
}

}  // namespace corosim
