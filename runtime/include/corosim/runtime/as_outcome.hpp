#pragma once

#include <concepts>
#include <coroutine>
#include <exception>
#include <source_location>
#include <utility>

#include <corosim/runtime/awaitable.hpp>
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
class CoroOutcomeAwaiter : public CoroAwaiter<T>, public Call {
 public:
  static constexpr const char* kFunction = "as_outcome";

  CoroOutcomeAwaiter(std::coroutine_handle<CoroPromise<T>> child, std::source_location where)
      : CoroAwaiter<T>(child), Call(where) {}
  Outcome<T> await_resume() { return this->take_outcome(); }
};

template <class T>
class FutureOutcomeAwaiter : public FutureWaiter, public Call {
 public:
  static constexpr const char* kFunction = "as_outcome";

  FutureOutcomeAwaiter(const Ref<FutureState>& future, std::source_location where)
      : FutureWaiter(future), Call(where) {}
  Outcome<T> await_resume() {
    future_->mark_retrieved();
    if (std::exception_ptr interruption = take_interruption()) return interrupted<T>(std::move(interruption));
    if (future_->cancelled()) return {future_->make_cancelled_error(), true};
    if (std::exception_ptr error = future_->exception()) return {error, future_->ends_in_cancellation()};
    return Outcome<T>(share(value_of<T>(*future_)));
  }
};

class SleepOutcomeAwaiter : public Sleep {
 public:
  static constexpr const char* kFunction = "sleep_outcome";

  using Sleep::Sleep;
  Outcome<void> await_resume();
};

}  // namespace detail

/// Awaited: runs `coroutine` inside the awaiting task, and gives its result, or the exception or cancellation that it
/// ended in. A cancellation of the awaiting task that it did not swallow is such an end: as with a handler for
/// CancelledError, the task goes on, and its count of requests stays.
template <Coroutine C>
detail::CoroOutcomeAwaiter<Awaited<C>> as_outcome(C coroutine,
                                                  std::source_location where = std::source_location::current()) {
  return detail::CoroOutcomeAwaiter<Awaited<C>>(as_coro(std::move(coroutine)).take(), where);
}
/// The same for a future or task.
template <class T>
detail::FutureOutcomeAwaiter<T> as_outcome(const Future<T>& future,
                                           std::source_location where = std::source_location::current()) {
  return detail::FutureOutcomeAwaiter<T>(future.state(), where);
}
/// sleep(delay), and whether it was cancelled.
template <class Rep, class Period>
detail::SleepOutcomeAwaiter sleep_outcome(std::chrono::duration<Rep, Period> delay,
                                          std::source_location where = std::source_location::current()) {
  return detail::SleepOutcomeAwaiter(detail::delay_of(delay), where);
}

}  // namespace corosim
