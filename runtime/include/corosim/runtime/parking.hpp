#pragma once

#include <coroutine>
#include <exception>
#include <source_location>
#include <string_view>
#include <utility>

#include <corosim/runtime/errors.hpp>
#include <corosim/runtime/future_state.hpp>
#include <corosim/runtime/seams.hpp>
#include <corosim/runtime/site.hpp>

/// How a coroutine comes to rest. Every leaf of the library (a sleep, a future, a lock, a queue) is a Waiter that lives
/// in the awaiting frame; parking, waking, withdrawing on cancellation, await stacks and deadlock reports exist once,
/// here.

namespace corosim::detail {

class TaskState;

/// What every coroutine frame of the library starts with. The frames of a task form its await stack, linked from the
/// innermost out.
struct FrameBase {
  std::coroutine_handle<> handle;
  FrameBase* caller = nullptr;  // the frame that awaits this one; null for a task's first
  TaskState* task = nullptr;    // set when the frame is first awaited or made a task
  FunctionSite born;            // the coroutine's function
  Site awaiting;                // its latest co_await
  bool owned_by_stack = true;   // false: a generator's frame, which outlives the await of one item
  bool ended_in_cancellation = false;
};

/// One task's wait for one thing: what CPython's primitives make a future for. May be moved until it waits.
class Waiter {
 public:
  enum class Status : std::uint8_t {
    kIdle,       // not yet waiting
    kWaiting,    // parked
    kWoken,      // its step is scheduled, or ran
    kCancelled,  // withdrawn by a cancellation; its step is scheduled, or ran
  };

  Waiter& operator=(const Waiter&) = delete;

  /// Future.set_result of the wait: schedules the task's step. False, and no effect, unless it is waiting. `lane` is
  /// the waker's, where the order of its wake-ups is promised.
  inline bool wake(Lane* lane = nullptr);
  /// Future.cancel of the wait: schedules the task's step, which will throw CancelledError. False, and no effect,
  /// unless it is waiting.
  virtual bool cancel(const CancelMessage& message);
  /// Whether the wait ends in a CancelledError of its own.
  virtual bool ends_in_cancellation() const { return status_ == Status::kCancelled; }
  /// What the task waits for: "sleep", "Lock 'db'", "Future", "Task", "shield". Static, or of the object waited on.
  virtual std::string_view waits_for() const = 0;
  /// The task that must act first, where that is known. May look at all tasks.
  virtual const TaskState* holder() const { return nullptr; }
  /// The future or task that is awaited, where that is what the wait is for.
  virtual FutureState* awaited_future() const { return nullptr; }

  Status status() const { return status_; }
  bool waiting() const { return status_ == Status::kWaiting; }
  /// CPython's `future.done()` of the wait.
  bool finished() const { return status_ == Status::kWoken || status_ == Status::kCancelled; }
  TaskState& task() const { return *task_; }

 protected:
  Waiter() = default;
  Waiter(Waiter&& other) noexcept { other.require_idle(); }
  virtual ~Waiter() = default;  // virtual for the containers in which they are handed on

  /// The one parking primitive: `frame`'s task rests until wake() or cancel(). What await_suspend calls.
  inline void park(FrameBase& frame);
  /// What await_resume calls: throws the cancellation or error that the task must see here. The throw stands in the
  /// awaiting coroutine itself: each function between costs as much again as the coroutine.
  [[gnu::always_inline]] void finish_wait() {
    if (must_throw()) throw CancelledError(take_message());
  }
  /// The same without the wait's own outcome: only what was sent to the task.
  void throw_if_interrupted();
  /// The same as a value; null for none.
  inline std::exception_ptr take_interruption();
  /// Whether the wait ends in a cancellation, the task's or its own. Throws an error that was sent to the task.
  bool must_throw();
  /// Of that cancellation.
  CancelMessage take_message();

  TaskState* task_ = nullptr;  // null until parked
  Status status_ = Status::kIdle;

 private:
  void require_idle() const;
};

/// What an awaiter that stands for a coroutine of asyncio's remembers: where it was called. Its `kFunction` names the
/// coroutine in reports.
class Call {
 public:
  std::source_location called_at() const { return called_at_; }

 protected:
  explicit Call(std::source_location where) : called_at_(where) {}
  ~Call() = default;

 private:
  std::source_location called_at_;
};

/// A wait in a line of waiters, first come first served.
class QueuedWaiter : public Waiter, public ListNode {
 protected:
  QueuedWaiter() = default;
  QueuedWaiter(QueuedWaiter&& other) noexcept : Waiter(std::move(other)) {}
  ~QueuedWaiter() override = default;
};

/// Waits for a future.
class FutureWaiter : public Waiter, public DoneNode {
 public:
  explicit FutureWaiter(Ref<FutureState> future) : future_(std::move(future)) {}
  // NOLINTNEXTLINE(bugprone-use-after-move): Waiter takes its own part only.
  FutureWaiter(FutureWaiter&& other) noexcept : Waiter(std::move(other)), future_(std::move(other.future_)) {}

  bool await_ready() const {
    touch_read(future_->id(), "await");
    return future_->done() || future_->refuses_awaits();
  }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> handle) {
    suspend(handle.promise());
  }
  /// Throws the future's exception or cancellation; returns when it has a value.
  [[gnu::always_inline]] void await_resume() {
    if (std::exception_ptr error = take_error()) std::rethrow_exception(std::move(error));
  }

  bool cancel(const CancelMessage& message) override { return future_->cancel(message); }
  FutureState* awaited_future() const override { return future_.get(); }
  bool ends_in_cancellation() const override { return future_->ends_in_cancellation(); }
  std::string_view waits_for() const override;
  const TaskState* holder() const override;
  void future_done(FutureState&) override;

 protected:
  Ref<FutureState> future_;

 private:
  void suspend(FrameBase& frame);
  std::exception_ptr take_error();
};

/// Lets everything else that is ready run once; Python's bare yield.
class Yield : public Waiter {
 public:
  bool await_ready() const { return false; }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> handle) {
    suspend(handle.promise());
  }
  void await_resume() { throw_if_interrupted(); }
  std::string_view waits_for() const override { return "yield"; }

 protected:
  void suspend(FrameBase& frame);
};

}  // namespace corosim::detail
