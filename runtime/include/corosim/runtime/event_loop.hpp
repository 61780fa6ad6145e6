#pragma once

#include <atomic>
#include <concepts>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <source_location>
#include <string>
#include <utility>
#include <vector>

#include <corosim/runtime/assert.hpp>
#include <corosim/runtime/awaitable.hpp>
#include <corosim/runtime/coro.hpp>
#include <corosim/runtime/handle.hpp>
#include <corosim/runtime/ready_queue.hpp>
#include <corosim/runtime/seams.hpp>
#include <corosim/runtime/task_state.hpp>
#include <corosim/runtime/timer_queue.hpp>

namespace corosim {

class AnyFuture;
class AnyTask;
class Executor;
template <class T>
class Future;
template <class T>
class Task;

/// How bad it is: in Python, a warning goes to the warnings module.
enum class Severity : std::uint8_t { kWarning, kError };

/// What the loop can call. Not a coroutine function, whose coroutine would never run: give that to create_task().
template <class F>
concept PlainCallback = std::invocable<F&> && !detail::is_coro<std::invoke_result_t<F&>>;

/// What the loop's exception handler is given: an exception that nobody can catch, or a coroutine that nobody awaited.
struct ExceptionContext {
  std::string message;           // "Exception in callback", "coroutine 'deposit' was never awaited"
  std::exception_ptr exception;  // may be null
  Site site;                     // where the callback, task or future was made; the coroutine's function
  Severity severity = Severity::kError;
};

/// Raised by the run functions when nothing is ready, no timer is pending and the clock says that nothing else can
/// happen: only under virtual time. (asyncio would hang.)
class DeadlockError : public RuntimeError {
 public:
  DeadlockError() : RuntimeError("deadlock: nothing is ready and no timer is pending") {}
};

/// Raised by the run functions when the ready policy ended the run.
class RunEndedError : public RuntimeError {
 public:
  RunEndedError() : RuntimeError("the ready policy ended the run") {}
};

/// The three seams of a loop; see seams.hpp. None of them is owned, but for the clock; all outlive the loop.
class LoopOptions {
 public:
  LoopOptions() = default;
  LoopOptions& clock(Clock& value) {
    clock_ = &value;
    return *this;
  }
  LoopOptions& policy(ReadyPolicy& value) {
    policy_ = &value;
    return *this;
  }
  LoopOptions& instrument(Instrument& value) {
    instrument_ = &value;
    return *this;
  }
  /// The default executor; a pool of threads where none is given. Not owned.
  LoopOptions& executor(Executor& value) {
    executor_ = &value;
    return *this;
  }

 private:
  friend class EventLoop;
  Clock* clock_ = nullptr;
  ReadyPolicy* policy_ = nullptr;
  Instrument* instrument_ = nullptr;
  Executor* executor_ = nullptr;
};

class EventLoop;

namespace detail {
struct CloseLoop {
  void operator()(EventLoop* loop) const;
};
inline constinit thread_local EventLoop* running_loop = nullptr;
/// Whether this thread destroys what a loop was running: nothing that is dropped meanwhile is the program's doing.
inline constinit thread_local bool destroying_loop = false;
}  // namespace detail

/// Owns a loop; closes it at the end. Futures may outlive it.
using EventLoopPtr = std::unique_ptr<EventLoop, detail::CloseLoop>;

/// A loop in real time, or with the seams of `options`.
EventLoopPtr new_event_loop(LoopOptions options = {});

/// The loop that runs on this thread. Throws RuntimeError where none does.
EventLoop& get_running_loop();

/// Runs handles one at a time, on one thread. CPython 3.14 `base_events.py`, class BaseEventLoop: the same passes, in
/// the same order.
///
/// Owns every task that is not done. Closing or destroying the loop destroys their frames where they stand, innermost
/// first, running destructors but no handlers.
class EventLoop {
 public:
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  // Running ---------------------------------------------------------------------------------------------------------
  /// Runs until stop(). Throws DeadlockError or RunEndedError when the run cannot go on.
  void run_forever();
  /// Runs until `future` is done, and returns its result or throws its exception. A coroutine becomes a task first.
  /// Throws ValueError when the future is another loop's.
  template <class T>
  T run_until_complete(Future<T> future);
  template <Coroutine C>
  Awaited<C> run_until_complete(C coro, std::source_location where = std::source_location::current());
  /// Ends run_forever after the pass that runs now; called between runs, after the next one's first pass.
  void stop() { stopping_ = true; }
  /// Destroys what is left and refuses new work. Without effect when closed. Throws RuntimeError while running.
  void close();
  bool is_running() const { return running_; }
  bool is_closed() const { return closed_; }

  // Scheduling ------------------------------------------------------------------------------------------------------
  TimePoint time() const { return clock_->now(); }
  /// `callback()` runs in the next pass, after all that were given before.
  template <PlainCallback F>
  Handle call_soon(F callback, Context context = copy_context(),
                   std::source_location where = std::source_location::current());
  /// `callback()` runs at `when` on the loop's clock; timers of one instant in the order of their scheduling.
  template <PlainCallback F>
  TimerHandle call_at(TimePoint when, F callback, Context context = copy_context(),
                      std::source_location where = std::source_location::current());
  template <PlainCallback F>
  TimerHandle call_later(Duration delay, F callback, Context context = copy_context(),
                         std::source_location where = std::source_location::current()) {
    return call_at(time() + delay, std::move(callback), std::move(context), where);
  }
  /// As call_soon, from any thread.
  template <PlainCallback F>
  ThreadSafeHandle call_soon_threadsafe(F callback, Context context = copy_context(),
                                        std::source_location where = std::source_location::current()) {
    return add_threadsafe_callback(ThreadSafeHandle(std::move(callback), std::move(context), where));
  }

  // Tasks and futures -----------------------------------------------------------------------------------------------
  template <class T = void>
  Future<T> create_future(std::source_location where = std::source_location::current());
  /// Schedules `coro` to run as a task.
  template <Coroutine C>
  Task<Awaited<C>> create_task(C coro, const TaskOptions& options = {},
                               std::source_location where = std::source_location::current());
  /// Whether tasks start inside create_task unless their options say otherwise; Python's eager_task_factory.
  void set_eager_tasks(bool eager) {
    detail::touch_write(detail::kAllTasks, "set_eager_tasks");
    eager_tasks_ = eager;
  }
  bool eager_tasks() const { return eager_tasks_; }
  /// The tasks that are not done, in the order of their creation.
  std::vector<AnyTask> all_tasks() const;

  // Errors that nobody can catch ------------------------------------------------------------------------------------
  using ExceptionHandler = std::function<void(EventLoop&, const ExceptionContext&)>;
  /// An empty handler restores the default, which prints to standard error.
  void set_exception_handler(ExceptionHandler handler) { exception_handler_ = std::move(handler); }
  const ExceptionHandler& get_exception_handler() const { return exception_handler_; }
  void call_exception_handler(const ExceptionContext& context) noexcept;
  static void default_exception_handler(const ExceptionContext& context);

  // Blocking functions (executor.hpp) -------------------------------------------------------------------------------
  /// A future of `function()`, called in `executor`. Cancelling the future drops a call that has not started; one that
  /// runs goes on, and its result is dropped.
  template <PlainCallback F>
  Future<std::invoke_result_t<F&>> run_in_executor(Executor& executor, F function);
  /// The same in the default executor. Throws RuntimeError after shutdown_default_executor().
  template <PlainCallback F>
  Future<std::invoke_result_t<F&>> run_in_executor(F function);
  /// What the second run_in_executor() and to_thread() use from now on. Not owned.
  void set_default_executor(Executor& executor) { executor_ = &executor; }
  /// A pool of threads is made when it is first asked for.
  Executor& default_executor();
  /// Waits until every call in the default executor has ended, for at most `limit`; reports to the exception handler
  /// when that is not enough. What run() does at its end.
  Coro<void> shutdown_default_executor(std::optional<Duration> limit = std::nullopt);

  // For the library -------------------------------------------------------------------------------------------------
  detail::TaskState* current_task() const { return current_task_; }
  Instrument* instrument() const { return instrument_; }
  detail::TaskState* first_task() const { return tasks_.first(); }
  detail::TaskState* next_task(const detail::TaskState& task) const { return tasks_.next(task); }

  /// Puts `handle` at the end of the ready set. REQUIRES: it is not ready. Without effect once the loop closes.
  void make_ready(detail::Runnable& handle) {
    handle.cause = steps_;
    push_ready(handle);
  }
  /// Schedules `timer` for `when`.
  void schedule_timer(detail::TimerNode& timer, TimePoint when);
  /// `timer` does not run any more, whether it was scheduled or ready.
  void cancel_timer(detail::TimerNode& timer);
  /// Takes `handle` out of the ready set if it is in it.
  void withdraw(detail::Runnable& handle);
  /// call_soon for a node that exists: the loop keeps a reference until it ran.
  void schedule_now(detail::HandleNode& node);
  void require_open() const;
  /// Whether a pass would run something, or a call in the default executor has not ended.
  bool anything_left() const;

  void retain() { ++references_; }
  void release() {
    if (--references_ == 0) delete this;
  }

 private:
  friend class detail::TaskState;
  friend class detail::HandleNode;
  friend EventLoopPtr new_event_loop(LoopOptions);
  friend struct detail::CloseLoop;

  explicit EventLoop(LoopOptions options);
  void report_unhandled(const ExceptionContext& context);
  ~EventLoop();

  void require_not_running() const;
  bool closing() const { return (attention_.load(std::memory_order_relaxed) & kClosing) != 0; }
  bool threadsafe_pending() const { return (attention_.load(std::memory_order_acquire) & kThreadsafePending) != 0; }
  void run_once();
  [[gnu::always_inline]] inline void run_handle(detail::Runnable& handle);
  std::size_t pass_length() const { return policy_ != nullptr ? policy_->pass_length() : ready_.size(); }
  void push_ready(detail::Runnable& handle) {
    if (attention_.load(std::memory_order_acquire) != 0) [[unlikely]] {
      if (closing()) return;
      take_threadsafe_callbacks();  // they came first
    }
    COROSIM_ASSERT(!handle.ready_);
    handle.ready_ = true;
    if (policy_ != nullptr) {
      policy_->push(handle);
    } else {
      ready_.push(handle);
    }
  }
  void wait_for_work();
  /// Whether there were any.
  bool move_due_timers();
  ThreadSafeHandle add_threadsafe_callback(ThreadSafeHandle handle);
  void take_threadsafe_callbacks();
  void executor_call_ended();
  void destroy_everything();
  void drop_handles();

  std::uint32_t register_task(detail::TaskState& task);
  void task_done(detail::TaskState& task);
  void run_until_done(detail::FutureState& future);

  detail::ReadyQueue ready_;  // used where there is no policy
  ReadyPolicy* policy_;
  Clock* clock_;
  Instrument* instrument_;
  detail::TimerQueue timers_;
  // Their names and kAllTasks are those of no other object.
  Lane callbacks_lane_{1};    // call_soon's: callbacks run in the order of their registration
  Lane late_timers_lane_{2};  // timers scheduled for an instant that had passed: by deadline
  detail::TaskState* current_task_ = nullptr;
  bool running_ = false;
  bool stopping_ = false;
  // What whoever makes a handle ready must look at, in one word. Other threads set the first bit.
  static constexpr std::uint8_t kThreadsafePending = 1;
  static constexpr std::uint8_t kClosing = 2;
  std::atomic<std::uint8_t> attention_ = 0;
  bool closed_ = false;
  bool eager_tasks_ = false;
  std::uint64_t steps_ = 0;  // handles run so far; the number of the one that runs now
  std::uint32_t tasks_created_ = 0;
  std::uint32_t references_ = 1;              // the owner's, and one for each future
  detail::List<detail::HandleLink> handles_;  // all that exist, so that closing can drop what they hold
  detail::List<detail::TaskState> tasks_;     // not done, in order of creation
  std::unique_ptr<Clock> own_clock_;
  Executor* executor_;
  std::unique_ptr<Executor> own_executor_;
  std::size_t executor_calls_ = 0;  // of the default executor, not ended
  bool executor_shut_down_ = false;
  std::vector<std::function<void()>> when_executor_is_idle_;
  ExceptionHandler exception_handler_;

  std::mutex threadsafe_mutex_;
  std::vector<ThreadSafeHandle> threadsafe_callbacks_;  // guarded by threadsafe_mutex_
};

inline std::uint32_t EventLoop::register_task(detail::TaskState& task) {
  detail::touch_add(detail::kAllTasks, "create_task");
  tasks_.push_back(task);
  task.future().retain();  // the loop's reference, until the task is done
  return ++tasks_created_;
}

inline void EventLoop::task_done(detail::TaskState& task) {
  COROSIM_ASSERT(task.future().done());
  detail::touch_add(detail::kAllTasks, "Task.end");
  if (instrument_ != nullptr) instrument_->task_ended(task);
  task.unlink();
}

// What each task goes through, from its making to its end, without a call.
namespace detail {

inline void TaskState::schedule(Lane* handle_lane) {
  lane = handle_lane;
  loop_.make_ready(*this);
}

inline void Waiter::park(FrameBase& frame) {
  COROSIM_ASSERT(status_ == Status::kIdle);
  task_ = frame.task;
  status_ = Status::kWaiting;
  task_->rest(this);
}

inline bool Waiter::wake(Lane* lane) {
  if (status_ == Status::kWoken) return false;  // as if it had left its line already
  touch_write(task_->control(), kWake);
  if (status_ != Status::kWaiting) return false;
  status_ = Status::kWoken;
  task_->schedule(lane);
  return true;
}

inline std::exception_ptr Waiter::take_interruption() {
  return task_ != nullptr && task_->interrupted() ? task_->take_interruption() : nullptr;
}

inline FutureState::FutureState(EventLoop& loop, Site made_at, OfTask)
    : loop_(loop), made_at_(made_at), is_task_(true) {
  Origin& maker = origin();
  maker.skip_object();
  origin_.name = maker.next_task();
  loop_.retain();
}

inline void FutureState::schedule_done_nodes() {
  // Telling a node never runs user code, so the list cannot change meanwhile but for the nodes that leave it.
  while (DoneNode* node = done_nodes_.first()) {
    node->unlink();
    node->future_done(*this);
  }
}

inline void FutureState::mark_finished() {
  touch_write(id(), is_task_ ? kTaskEnd : "Future.set_result");
  status_ = FutureStatus::kFinished;
  schedule_done_nodes();
}

inline bool TaskState::end_with_late_cancel() {
  if (!must_cancel_) return false;
  must_cancel_ = false;
  mark_cancelled(CancelMessage(cancel_message()));
  return true;
}

template <class F>
class CallbackNode final : public HandleNode {
 public:
  CallbackNode(EventLoop& loop, Context context, Site site, F callback)
      : HandleNode(loop, std::move(context), site), callback_(std::move(callback)) {}

 private:
  void invoke() override { (*callback_)(); }
  void clear() override { callback_.reset(); }
  std::optional<F> callback_;
};

}  // namespace detail

template <PlainCallback F>
Handle EventLoop::call_soon(F callback, Context context, std::source_location where) {
  require_open();
  auto* node = new detail::CallbackNode<F>(*this, std::move(context), where, std::move(callback));
  Handle handle(*node);
  schedule_now(*node);
  return handle;
}

template <PlainCallback F>
TimerHandle EventLoop::call_at(TimePoint when, F callback, Context context, std::source_location where) {
  require_open();
  auto* node = new detail::CallbackNode<F>(*this, std::move(context), where, std::move(callback));
  TimerHandle handle(*node);
  node->retain();  // the loop's reference
  node->kind_ = HandleKind::kTimer;
  node->when_ = when;
  schedule_timer(*node, when);
  return handle;
}

}  // namespace corosim
