#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <type_traits>
#include <utility>

#include <corosim/runtime/awaitable.hpp>
#include <corosim/runtime/task.hpp>

namespace corosim {

/// A deadline on a part of a task; Python's `asyncio.Timeout`. When it passes, the task is cancelled, and the scope
/// turns that cancellation, and no other, into TimeoutError. CPython 3.14 `timeouts.py`.
///
/// timeout() and timeout_at() run a body within a scope that they make; timeout() also within one that you keep.
class Timeout {
 public:
  /// No deadline: the scope never expires.
  explicit Timeout(std::optional<TimePoint> when) : when_(when) {}
  Timeout(const Timeout&) = delete;
  Timeout& operator=(const Timeout&) = delete;
  ~Timeout() { drop_timer(); }

  /// The deadline, if there is one.
  std::optional<TimePoint> when() const {
    detail::touch_read(id_, "Timeout.when");
    return when_;
  }
  /// Sets another deadline, or none. One that has passed expires the scope in the next pass. Throws RuntimeError unless
  /// the scope is active.
  void reschedule(std::optional<TimePoint> when);
  /// Whether the deadline passed within the scope.
  bool expired() const {
    detail::touch_read(id_, "Timeout.expired");
    return state_ == State::kExpiring || state_ == State::kExpired;
  }

  /// Starts the scope in the current task. Throws RuntimeError the second time, or outside of a task.
  void enter();
  /// Ends the scope. Returns whether a CancelledError that leaves it is the scope's own, and becomes a TimeoutError.
  /// `cancelled`: a CancelledError is leaving.
  bool exit(bool cancelled);

 private:
  enum class State : std::uint8_t { kCreated, kActive, kExpiring, kExpired, kFinished };
  static const char* word(State state);

  void on_timeout();
  void drop_timer();

  State state_ = State::kCreated;
  std::optional<TimePoint> when_;
  std::optional<Handle> timer_;
  AnyTask task_;
  detail::ObjectId id_ = detail::new_object_id();
  int cancelling_ = 0;  // the task's count of requests when the scope began
};

namespace detail {
/// timeout() and timeout_at(): `Given` is the deadline of a scope that lives here, or a reference to the caller's
/// scope.
template <class Given, class Body>
Coro<AwaitedResult<Body, Timeout&>> run_in_timeout(Given given, Body body) {
  using T = AwaitedResult<Body, Timeout&>;
  std::conditional_t<std::is_reference_v<Given>, Given, Timeout> scope(given);
  scope.enter();
  try {
    if constexpr (std::is_void_v<T>) {
      co_await body(scope);
      scope.exit(false);
      co_return;
    } else {
      T result = co_await body(scope);
      scope.exit(false);
      co_return result;
    }
  } catch (const CancelledError&) {
    if (scope.exit(true)) throw TimeoutError();
    throw;
  } catch (...) {
    scope.exit(false);
    throw;
  }
}
}  // namespace detail

/// Awaits `body(scope)`, and returns its result; throws TimeoutError when it is not done at `when`, after it has come
/// to its end. The body's own exceptions pass.
template <AwaitableFunction<Timeout&> Body>
Coro<AwaitedResult<Body, Timeout&>> timeout_at(std::optional<TimePoint> when, Body body) {
  return detail::run_in_timeout(when, std::move(body));
}

/// timeout_at() with a deadline `delay` from now; without a delay there is none.
///
///     int answer = co_await timeout(5s, [&](Timeout&) -> Coro<int> { co_return co_await ask(server); });
template <AwaitableFunction<Timeout&> Body>
Coro<AwaitedResult<Body, Timeout&>> timeout(std::optional<Duration> delay, Body body) {
  std::optional<TimePoint> when;
  if (delay) when = get_running_loop().time() + *delay;
  return timeout_at(when, std::move(body));
}

/// The same in a scope that the caller keeps, to ask expired() and when() afterwards. A scope is used once.
template <AwaitableFunction<Timeout&> Body>
Coro<AwaitedResult<Body, Timeout&>> timeout(Timeout& scope, Body body) {
  return detail::run_in_timeout<Timeout&>(scope, std::move(body));
}

namespace detail {
/// Cancels `future` and waits until it is done. CPython 3.14 `tasks.py`, _cancel_and_wait.
Coro<void> cancel_and_wait(AnyFuture future);
}  // namespace detail

/// Waits for `future` for at most `limit` (without one, as long as it takes). Then it is cancelled, and TimeoutError is
/// thrown when it has ended; if it ends in a result nevertheless, that is returned. Cancelling the waiting task cancels
/// it too; wrap it in shield() to prevent both. CPython 3.14 `tasks.py`, wait_for.
template <class T>
Coro<T> wait_for(Future<T> future, std::optional<Duration> limit) {
  if (limit && *limit <= Duration::zero()) {
    if (!future.done()) {
      co_await detail::cancel_and_wait(future);
      if (future.cancelled())
        future.state()->make_cancelled_error();  // CPython reads the result, and with it this error
      if (future.state()->ends_in_cancellation()) throw TimeoutError();
    }
    co_return co_await future;
  }
  auto body = [&future](Timeout&) -> Coro<T> { co_return co_await future; };
  co_return co_await timeout(limit, body);
}
/// The same for a coroutine, which runs inside the waiting task; with a limit of zero or less it does not start.
template <Coroutine C>
Coro<Awaited<C>> wait_for(C coro, std::optional<Duration> limit) {
  if (limit && *limit <= Duration::zero()) {
    Task<Awaited<C>> task = create_task(std::move(coro));
    co_return co_await wait_for(Future<Awaited<C>>(task), limit);
  }
  auto body = [&coro](Timeout&) -> Coro<Awaited<C>> { return as_coro(std::move(coro)); };
  co_return co_await timeout(limit, body);
}

}  // namespace corosim
