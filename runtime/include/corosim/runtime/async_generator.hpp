#pragma once

#include <concepts>
#include <coroutine>
#include <exception>
#include <optional>
#include <source_location>
#include <type_traits>
#include <utility>

#include <corosim/runtime/awaitable.hpp>
#include <corosim/runtime/generator_run.hpp>

namespace corosim {

/// Thrown at the `co_yield` where a generator rests when aclose() ends it, so that its handlers and destructors run.
/// Not a std::exception, as Python's is no Exception: `catch (const std::exception&)` lets it pass.
class GeneratorExit final {};

/// Items that a coroutine makes one by one, with `co_yield`, awaiting in between; Python's asynchronous generator, PEP
/// 525.
///
///     AsyncGenerator<int> ticks(int count) {
///       for (int i = 0; i < count; ++i) { co_await sleep(1s); co_yield i; }
///     }
///     auto generator = ticks(9);
///     while (auto tick = co_await generator.next()) use(*tick);
///     co_await for_each(generator, [&](int tick) -> Coro<void> { ... });
///     co_await aclosing(ticks(9), [&](AsyncGenerator<int>& generator) -> Coro<void> { ... });
///
/// g++ 12 miscompiles the `while` form in a coroutine whose outermost block declares no variable (PR106188): where the
/// generator is a parameter, declare something first, or use for_each().
///
/// The generator runs inside the task that asks for an item; neither asking nor yielding is a scheduling point. An
/// exception that leaves it, CancelledError of an await within it included, leaves next(), and ends it.
///
/// Move-only; owns its frame. Destroying it destroys the frame, running destructors only: to have handlers run, and to
/// let the generator await while it cleans up, use aclose() or aclosing(). A task that is inside next(), or that was
/// made of one and has not started, then gets RuntimeError there. asyncio closes forgotten generators when the loop
/// ends; here they end with their owner.
template <class T>
class [[nodiscard("a generator makes its items only when it is asked for them")]] AsyncGenerator {
 public:
  static_assert(std::is_object_v<T>, "an AsyncGenerator yields values: for references, yield pointers");
  using promise_type = detail::GeneratorPromise<T>;
  using ValueType = T;

  AsyncGenerator(AsyncGenerator&& other) noexcept : promise_(std::exchange(other.promise_, nullptr)) {}
  AsyncGenerator& operator=(AsyncGenerator&& other) noexcept {
    std::swap(promise_, other.promise_);
    return *this;
  }
  ~AsyncGenerator() {
    if (promise_ == nullptr) return;
    promise_->take_down();
    const std::coroutine_handle<> frame = promise_->handle;  // the promise goes with the frame
    frame.destroy();
  }

  /// Awaited: the next item, or nothing when the generator has ended. Throws what leaves the generator; RuntimeError
  /// when another task is inside it.
  detail::NextItem<T> next(std::source_location where = std::source_location::current()) {
    return detail::NextItem<T>(promise_, where);
  }
  /// Awaited: ends the generator. One that rests at a `co_yield` gets GeneratorExit there, and runs to its end; one
  /// that was not started, or has ended, does nothing. Throws what leaves the generator, but for GeneratorExit;
  /// RuntimeError when it yields another item, or when another task is inside it.
  detail::CloseGenerator aclose(std::source_location where = std::source_location::current()) {
    return detail::CloseGenerator(promise_, where);
  }

 private:
  friend promise_type;
  explicit AsyncGenerator(promise_type& promise) : promise_(&promise) {}

  promise_type* promise_;
};

template <class T>
AsyncGenerator<T> detail::GeneratorPromise<T>::get_return_object(std::source_location function) {
  handle = std::coroutine_handle<GeneratorPromise>::from_promise(*this);
  born = function;
  return AsyncGenerator<T>(*this);
}

/// `co_await body(item)` for each item of `generator`; Python's `async for`. A body that gives a bool ends the loop
/// with false: `break`. Does not close the generator, neither then nor when the body throws; see aclosing().
template <class T, AwaitableFunction<T> Body>
Coro<void> for_each(AsyncGenerator<T>& generator, Body body) {
  while (true) {
    std::optional<T> item = co_await generator.next();
    if (!item) break;
    if constexpr (std::is_same_v<AwaitedResult<Body, T>, bool>) {
      const bool more = co_await body(std::move(*item));
      if (!more) break;
    } else {
      co_await body(std::move(*item));
    }
  }
}

/// Awaits `body(generator)`, and closes the generator at the end, also when the body throws; returns the body's result.
/// Python's `contextlib.aclosing`.
template <class T, AwaitableFunction<AsyncGenerator<T>&> Body>
Coro<AwaitedResult<Body, AsyncGenerator<T>&>> aclosing(AsyncGenerator<T> generator, Body body) {
  using R = AwaitedResult<Body, AsyncGenerator<T>&>;
  std::optional<detail::Stored<R>> result;
  std::exception_ptr error;
  try {
    if constexpr (std::is_void_v<R>) {
      co_await body(generator);
    } else {
      result.emplace(co_await body(generator));
    }
  } catch (...) {
    error = std::current_exception();
  }
  co_await generator.aclose();
  if (error) std::rethrow_exception(error);
  if constexpr (!std::is_void_v<R>) co_return std::move(*result);
}

}  // namespace corosim
