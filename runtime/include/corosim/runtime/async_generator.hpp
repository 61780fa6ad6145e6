#pragma once

#include <concepts>
#include <coroutine>
#include <cstdint>
#include <exception>
#include <optional>
#include <source_location>
#include <type_traits>
#include <utility>

#include <corosim/runtime/coro.hpp>

namespace corosim {

template <class T>
class AsyncGenerator;

/// Thrown at the `co_yield` where a generator rests when aclose() ends it, so that its handlers and destructors run.
/// Not a std::exception, as Python's is no Exception: `catch (const std::exception&)` lets it pass.
class GeneratorExit final {};

namespace detail {

class GeneratorRun;

/// A generator's frame without its items' type. Runs in the await stack of the task that asks for an item, on top of
/// the frame that asks, and rests outside of any stack in between.
class GeneratorPromiseBase : public PromiseBase {
 public:
  GeneratorPromiseBase() { owned_by_stack = false; }

  std::suspend_always initial_suspend() const noexcept { return {}; }
  ReturnToCaller final_suspend() const noexcept { return {}; }
  void return_void() const noexcept {}
  void unhandled_exception() noexcept { error_ = std::current_exception(); }
  /// Ends a generator that has not been started. False, and no effect, on others.
  bool close_unstarted();

 protected:
  /// What co_yield awaits: control goes back to the frame that asked.
  class Yield {
   public:
    explicit Yield(GeneratorPromiseBase& promise) : promise_(promise) {}
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<>) const noexcept { promise_.pause(); }
    void await_resume() const { promise_.go_on(); }

   private:
    GeneratorPromiseBase& promise_;
  };

 private:
  friend class GeneratorRun;
  template <class T>
  friend class corosim::AsyncGenerator;
  enum class State : std::uint8_t { kNotStarted, kRunning, kAtYield, kClosing, kClosed };

  void pause() noexcept;
  void go_on() const;
  /// The generator object goes: takes the frame out of a task's await stack, should it run in one.
  void take_down();

  State state_ = State::kNotStarted;
  GeneratorRun* run_ = nullptr;  // the await that drives the frame; null while it rests
  std::exception_ptr error_;     // what the frame ended in, until it is thrown
};

template <class T>
class GeneratorPromise final : public GeneratorPromiseBase {
 public:
  AsyncGenerator<T> get_return_object(std::source_location function = std::source_location::current());
  template <class U = T>
    requires std::is_constructible_v<T, U&&>
  Yield yield_value(U&& item) {
    item_.emplace(std::forward<U>(item));
    return Yield(*this);
  }
  std::optional<T> take_item() { return std::exchange(item_, std::nullopt); }

 private:
  std::optional<T> item_;
};

/// Drives a generator's frame inside the awaiting task until it yields or ends.
class GeneratorRun {
 public:
  using CorosimAwaiter = void;

  GeneratorRun(const GeneratorRun&) = delete;
  GeneratorRun& operator=(const GeneratorRun&) = delete;

  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> caller) {
    start(caller.promise());
  }

 protected:
  using State = GeneratorPromiseBase::State;

  /// `state` is the generator's while it runs: kRunning, or kClosing.
  GeneratorRun(GeneratorPromiseBase* generator, State state) : generator_(generator), state_(state) {}
  ~GeneratorRun();

  /// Whether the generator has ended. Throws RuntimeError when it runs already, naming `operation`.
  bool ended(const char* operation) const;
  bool started() const { return started_; }
  void start(FrameBase& caller);
  /// The frame has yielded or ended: leaves it. Returns the exception that it ended in.
  std::exception_ptr finish();

  GeneratorPromiseBase* generator_;  // null where the generator object is gone

 private:
  friend class GeneratorPromiseBase;
  State state_;
  bool started_ = false;
};

template <class T>
class NextItem final : public GeneratorRun {
 public:
  explicit NextItem(GeneratorPromiseBase* generator) : GeneratorRun(generator, State::kRunning) {}
  bool await_ready() const { return ended("anext()"); }
  std::optional<T> await_resume() {
    if (!started()) return std::nullopt;
    if (std::exception_ptr error = finish()) std::rethrow_exception(std::move(error));
    return static_cast<GeneratorPromise<T>*>(generator_)->take_item();
  }
};

class CloseGenerator final : public GeneratorRun {
 public:
  explicit CloseGenerator(GeneratorPromiseBase* generator) : GeneratorRun(generator, State::kClosing) {}
  bool await_ready();
  void await_resume();
};

}  // namespace detail

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
/// let the generator await while it cleans up, use aclose() or aclosing(). A task that is inside next() then gets
/// RuntimeError there. asyncio closes forgotten generators when the loop ends; here they end with their owner.
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
  detail::NextItem<T> next() { return detail::NextItem<T>(promise_); }
  /// Awaited: ends the generator. One that rests at a `co_yield` gets GeneratorExit there, and runs to its end; one
  /// that was not started, or has ended, does nothing. Throws what leaves the generator, but for GeneratorExit;
  /// RuntimeError when it yields another item, or when another task is inside it.
  detail::CloseGenerator aclose() { return detail::CloseGenerator(promise_); }

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

/// `co_await body(item)` for each item of `generator`; Python's `async for`. A body that is a Coro<bool> ends the loop
/// by returning false: `break`. Does not close the generator, neither then nor when the body throws; see aclosing().
template <class T, std::invocable<T> Body>
Coro<void> for_each(AsyncGenerator<T>& generator, Body body) {
  while (true) {
    std::optional<T> item = co_await generator.next();
    if (!item) break;
    if constexpr (std::is_same_v<typename std::invoke_result_t<Body&, T>::ValueType, bool>) {
      const bool more = co_await body(std::move(*item));
      if (!more) break;
    } else {
      co_await body(std::move(*item));
    }
  }
}

/// Runs `body(generator)`, a coroutine, and closes the generator at the end, also when the body throws; returns the
/// body's result. Python's `contextlib.aclosing`.
template <class T, std::invocable<AsyncGenerator<T>&> Body>
auto aclosing(AsyncGenerator<T> generator, Body body) -> std::invoke_result_t<Body&, AsyncGenerator<T>&> {
  using R = typename std::invoke_result_t<Body&, AsyncGenerator<T>&>::ValueType;
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
