#pragma once

#include <concepts>
#include <coroutine>
#include <cstdint>
#include <exception>
#include <source_location>
#include <type_traits>
#include <utility>

#include <corosim/runtime/frame_pool.hpp>
#include <corosim/runtime/outcome.hpp>
#include <corosim/runtime/parking.hpp>
#include <corosim/runtime/task_state.hpp>

namespace corosim {

template <class T>
class Coro;
template <class T>
class Future;

namespace detail {

template <class T>
class CoroAwaiter;
template <class T>
class FutureAwaiter;

template <class T>
inline constexpr bool is_coro = false;
template <class T>
inline constexpr bool is_coro<Coro<T>> = true;

template <class T>
concept FutureLike = requires(const T& future) {
  typename T::ValueType;
  { future.state() } -> std::convertible_to<const Ref<FutureState>&>;
};

/// The library's own awaiters, whose parking the recorder sees.
template <class T>
concept LeafAwaiter = std::derived_from<T, Waiter> || requires { typename T::CorosimAwaiter; };

/// A library's own awaiter that stands for a coroutine of asyncio's: `lock.acquire()`, `sleep(1s)`. It can be handed on
/// until it is awaited.
template <class T>
concept LeafCoroutine = LeafAwaiter<T> && std::move_constructible<T> && requires(const T& leaf) {
  { leaf.called_at() } -> std::same_as<std::source_location>;
  { T::kFunction } -> std::convertible_to<const char*>;
};

/// Awaits an awaiter where it stands: g++ 12 copies what await_transform returns by reference.
template <class Awaiter>
class AwaiterReference {
 public:
  explicit AwaiterReference(Awaiter& awaiter) : awaiter_(awaiter) {}
  bool await_ready() { return awaiter_.await_ready(); }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> handle) {
    awaiter_.await_suspend(handle);
  }
  [[gnu::always_inline]] decltype(auto) await_resume() { return awaiter_.await_resume(); }

 private:
  Awaiter& awaiter_;
};

/// What the frame of a LeafCoroutine awaits: the leaf, as if at the place of its call.
template <class Leaf>
class AwaitedAtItsCall {
 public:
  explicit AwaitedAtItsCall(Leaf& leaf) : leaf_(leaf) {}
  Leaf& leaf() const { return leaf_; }

 private:
  Leaf& leaf_;
};

/// What the promises of all coroutine types share: pooled frames, and a closed world of awaitables, so that no wait
/// bypasses the scheduler.
class PromiseBase : public FrameBase {
 public:
  static void* operator new(std::size_t bytes) { return FramePool::allocate(bytes); }
  static void operator delete(void* frame, std::size_t bytes) noexcept { FramePool::deallocate(frame, bytes); }

  template <class A>
  decltype(auto) await_transform(A&& awaitable, std::source_location where = std::source_location::current()) {
    awaiting = where;
    using Plain = std::remove_cvref_t<A>;
    if constexpr (is_coro<Plain>) {
      return std::move(awaitable).start();
    } else if constexpr (FutureLike<Plain>) {
      return FutureAwaiter<typename Plain::ValueType>(awaitable.state());
    } else if constexpr (LeafAwaiter<Plain>) {
      return AwaiterReference<Plain>(awaitable);
    } else {
      static_assert(
          LeafAwaiter<Plain>,
          "this type cannot be awaited here: its waiting would bypass corosim's scheduler and recorder. Await a "
          "corosim::Coro, Task, Future or primitive; wrap foreign operations in a Future that they complete.");
    }
  }
  template <class Leaf>
  AwaiterReference<Leaf> await_transform(AwaitedAtItsCall<Leaf> awaited) {
    awaiting = awaited.leaf().called_at();
    return AwaiterReference<Leaf>(awaited.leaf());
  }
};

/// Gives control back to the caller's frame; the driver loop of the task goes on there.
struct ReturnToCaller {
  bool await_ready() const noexcept { return false; }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> handle) const noexcept {
    FrameBase& frame = handle.promise();
    frame.task->leave(frame);
  }
  void await_resume() const noexcept {}
};

/// The promise of a coroutine that comes to an end: its exception, or a value beside it.
class CompletionBase : public PromiseBase {
 public:
  void unhandled_exception() noexcept;
  bool threw() const { return exception_ != nullptr; }
  std::exception_ptr take_exception() { return std::move(exception_); }

 private:
  std::exception_ptr exception_;
};

template <class T>
class Completion : public CompletionBase {
 public:
  template <class U = T>
    requires std::is_constructible_v<Stored<T>, U&&> && (!std::is_reference_v<T>)
  void return_value(U&& result) {
    value_.emplace(std::forward<U>(result));
  }
  void return_value(std::remove_reference_t<T>& result)
    requires std::is_lvalue_reference_v<T>
  {
    value_.emplace(&result);
  }
  Stored<T>& value() { return value_.get(); }

 private:
  ValueSlot<T> value_;
};
template <>
class Completion<void> : public CompletionBase {
 public:
  void return_void() noexcept {}
  std::monostate& value() { return nothing_; }

 private:
  [[no_unique_address]] std::monostate nothing_;
};

template <class T>
class CoroPromise final : public Completion<T> {
 public:
  Coro<T> get_return_object(std::source_location function = std::source_location::current());
  std::suspend_always initial_suspend() const noexcept { return {}; }
  ReturnToCaller final_suspend() const noexcept { return {}; }
};

/// The frame of a coroutine is destroyed that nobody awaited: a warning to the running loop's exception handler, or on
/// standard error where none runs. Not while a loop is taken down.
void report_never_awaited(const FrameBase& frame) noexcept;

}  // namespace detail

/// A coroutine that has not run yet; Python's coroutine object. Lazy and move-only: it starts when it is awaited,
/// inside the awaiting task and without a scheduling point, or when create_task() makes a task of it.
///
/// Owns its frame until then; afterwards the task's await stack does. Of a Coro that is dropped without ever being
/// awaited nothing has run; it is reported to the loop's exception handler as a warning, "coroutine 'deposit' was never
/// awaited", unless it was closed.
template <class T = void>
class [[nodiscard("a coroutine does nothing until it is awaited or made a task")]] Coro {
 public:
  using promise_type = detail::CoroPromise<T>;
  using ValueType = T;

  Coro(Coro&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Coro& operator=(Coro&& other) noexcept {
    std::swap(handle_, other.handle_);
    return *this;
  }
  ~Coro() {
    if (handle_) drop();
  }

  /// Whether the coroutine can still be started; Python's CORO_CREATED.
  bool valid() const { return handle_ != nullptr; }
  /// Drops the coroutine, without a warning; Python's `close()` of one that never ran.
  void close() {
    if (handle_) std::exchange(handle_, nullptr).destroy();
  }
  /// The coroutine's function.
  FunctionSite born() const { return handle_ ? handle_.promise().born : FunctionSite(); }
  /// Names it as the library's own, called where `function` says. REQUIRES: valid().
  void set_born(FunctionSite function) { handle_.promise().born = function; }

  /// What co_await makes of it. Throws RuntimeError when it was awaited or moved from before.
  detail::CoroAwaiter<T> start() && { return detail::CoroAwaiter<T>(take()); }
  /// Gives the frame away, for a task to own. Throws RuntimeError when it is no longer there.
  std::coroutine_handle<promise_type> take() {
    if (!handle_) throw RuntimeError("cannot reuse already awaited coroutine");
    return std::exchange(handle_, nullptr);
  }

 private:
  friend promise_type;
  explicit Coro(std::coroutine_handle<promise_type> handle) : handle_(handle) {}
  void drop() noexcept {
    detail::report_never_awaited(handle_.promise());
    handle_.destroy();
  }

  std::coroutine_handle<promise_type> handle_;
};

namespace detail {

template <class T>
Coro<T> CoroPromise<T>::get_return_object(std::source_location function) {
  auto self = std::coroutine_handle<CoroPromise>::from_promise(*this);
  this->handle = self;
  this->born = function;
  return Coro<T>(self);
}

/// Runs a coroutine inside the awaiting task. Owns the frame before it starts and after it ended; in between the task's
/// await stack does, which is taken down from the innermost frame out.
template <class T>
class CoroAwaiter {
 public:
  using CorosimAwaiter = void;

  explicit CoroAwaiter(std::coroutine_handle<CoroPromise<T>> child) : child_(child) {}
  /// REQUIRES: `other` was not awaited.
  CoroAwaiter(CoroAwaiter&& other) noexcept : child_(std::exchange(other.child_, nullptr)) {}
  CoroAwaiter& operator=(const CoroAwaiter&) = delete;
  ~CoroAwaiter() {
    if (!child_ || state_ == State::kRunning) return;
    if (state_ == State::kNotStarted) report_never_awaited(child_.promise());
    child_.destroy();
  }

  bool await_ready() const noexcept { return false; }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> caller) noexcept {
    FrameBase& frame = caller.promise();
    CoroPromise<T>& promise = child_.promise();
    promise.caller = &frame;
    promise.task = frame.task;
    state_ = State::kRunning;
    frame.task->set_top(&promise);
  }
  [[gnu::always_inline]] T await_resume() {
    state_ = State::kEnded;
    CoroPromise<T>& promise = child_.promise();
    if (promise.threw()) {
      std::exception_ptr exception = promise.take_exception();
      std::exchange(child_, nullptr).destroy();
      std::rethrow_exception(std::move(exception));
    }
    if constexpr (std::is_reference_v<T>) {
      return *promise.value();
    } else if constexpr (!std::is_void_v<T>) {
      return std::move(promise.value());
    }
  }

 protected:
  /// How the child ended, as a value; destroys it.
  Outcome<T> take_outcome() {
    state_ = State::kEnded;
    CoroPromise<T>& promise = child_.promise();
    if (promise.threw()) return {promise.take_exception(), promise.ended_in_cancellation};
    return Outcome<T>(std::move(promise.value()));
  }

 private:
  enum class State : std::uint8_t { kNotStarted, kRunning, kEnded };

  std::coroutine_handle<CoroPromise<T>> child_;
  State state_ = State::kNotStarted;
};

}  // namespace detail

}  // namespace corosim
