#pragma once

#include <coroutine>
#include <cstdint>
#include <exception>
#include <optional>
#include <source_location>
#include <type_traits>
#include <utility>

#include <corosim/runtime/coro.hpp>

/// The machinery behind AsyncGenerator: its frame, and the awaits that run it.

namespace corosim {

template <class T>
class AsyncGenerator;

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

  ObjectId id_ = new_object_id();
  State state_ = State::kNotStarted;
  GeneratorRun* run_ = nullptr;  // the await that drives the frame; null while it rests
  List<GeneratorRun> asked_;     // what may outlive the generator: a next() or aclose() that was handed on
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

/// Drives a generator's frame inside the awaiting task until it yields or ends. May be moved until then.
class [[nodiscard("a generator is asked only when this is awaited")]] GeneratorRun : public ListNode, public Call {
 public:
  using CorosimAwaiter = void;

  GeneratorRun& operator=(const GeneratorRun&) = delete;

  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> caller) {
    start(caller.promise());
  }

 protected:
  using State = GeneratorPromiseBase::State;

  /// `state` is the generator's while it runs: kRunning, or kClosing.
  GeneratorRun(GeneratorPromiseBase* generator, State state, std::source_location where)
      : Call(where), generator_(generator), state_(state) {}
  GeneratorRun(GeneratorRun&& other) noexcept;
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
  State state_;  // kClosed: the generator was destroyed before this was awaited
  bool started_ = false;
};

template <class T>
class NextItem final : public GeneratorRun {
 public:
  static constexpr const char* kFunction = "AsyncGenerator.next";

  NextItem(GeneratorPromiseBase* generator, std::source_location where)
      : GeneratorRun(generator, State::kRunning, where) {}
  bool await_ready() const { return ended("anext()"); }
  std::optional<T> await_resume() {
    if (!started()) return std::nullopt;
    if (std::exception_ptr error = finish()) std::rethrow_exception(std::move(error));
    return static_cast<GeneratorPromise<T>*>(generator_)->take_item();
  }
};

class CloseGenerator final : public GeneratorRun {
 public:
  static constexpr const char* kFunction = "AsyncGenerator.aclose";

  CloseGenerator(GeneratorPromiseBase* generator, std::source_location where)
      : GeneratorRun(generator, State::kClosing, where) {}
  bool await_ready();
  void await_resume();
};

}  // namespace detail

}  // namespace corosim
