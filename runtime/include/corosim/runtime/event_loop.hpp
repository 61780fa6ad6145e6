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
class Coro;
template <class T>
class Future;
template <class T>
class Task;

/// What the loop's exception handler is given: an exception that nobody can catch.
struct ExceptionContext {
  std::string message;           // "Exception in callback", "Task exception was never retrieved"
  std::exception_ptr exception;  // may be null
  Site site;                     // where the callback, task or future was made
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
  /// Where to_thread() runs; a pool of threads by default. Not owned.
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
  template <class T>
  T run_until_complete(Future<T> future);
  template <class T>
  T run_until_complete(Coro<T> coro, std::source_location where = std::source_location::current());
  /// Ends run_forever after the pass that runs now; called between runs, after the next one's first pass.
  void stop() { stopping_ = true; }
  /// Destroys what is left and refuses new work. Without effect when closed. Throws RuntimeError while running.
  void close();
  bool is_running() const { return running_; }
  bool is_closed() const { return closed_; }

  // Scheduling ------------------------------------------------------------------------------------------------------
  TimePoint time() const { return clock_->now(); }
  /// `callback()` runs in the next pass, after all that were given before.
  template <std::invocable F>
  Handle call_soon(F callback, Context context = copy_context(),
                   std::source_location where = std::source_location::current());
  /// `callback()` runs at `when` on the loop's clock; timers of one instant in the order of their scheduling.
  template <std::invocable F>
  TimerHandle call_at(TimePoint when, F callback, Context context = copy_context(),
                      std::source_location where = std::source_location::current());
  template <std::invocable F>
  TimerHandle call_later(Duration delay, F callback, Context context = copy_context(),
                         std::source_location where = std::source_location::current()) {
    return call_at(time() + delay, std::move(callback), std::move(context), where);
  }
  /// As call_soon, from any thread: the callback joins the ready handles at the next pass.
  void call_soon_threadsafe(std::function<void()> callback);

  // Tasks and futures -----------------------------------------------------------------------------------------------
  template <class T = void>
  Future<T> create_future(std::source_location where = std::source_location::current());
  /// Schedules `coro` to run as a task.
  template <class T>
  Task<T> create_task(Coro<T> coro, TaskOptions options = {},
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
  void default_exception_handler(const ExceptionContext& context);

  /// Runs blocking functions for to_thread(); a pool of threads is made when it is first asked for.
  Executor& executor();

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
  /// Schedules `timer` for timer.when.
  void schedule_timer(detail::TimerNode& timer);
  /// `timer` does not run any more, whether it was scheduled or ready.
  void cancel_timer(detail::TimerNode& timer);
  /// Takes `handle` out of the ready set if it is in it.
  void withdraw(detail::Runnable& handle);
  /// call_soon for a node that exists: the loop keeps a reference until it ran.
  void schedule_now(detail::HandleNode& node);
  void require_open() const;

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

  void run_once();
  void run_handle(detail::Runnable& handle);
  detail::Runnable* next_handle();
  bool anything_ready() const { return policy_ != nullptr ? !policy_->empty() : !ready_.empty(); }
  void push_ready(detail::Runnable& handle);
  void wait_for_work();
  void move_due_timers();
  void run_threadsafe_callbacks();
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
  bool closing_ = false;
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
  ExceptionHandler exception_handler_;

  std::mutex threadsafe_mutex_;
  std::vector<std::function<void()>> threadsafe_callbacks_;  // guarded by threadsafe_mutex_
  std::atomic<bool> threadsafe_pending_ = false;
};

namespace detail {

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

template <std::invocable F>
Handle EventLoop::call_soon(F callback, Context context, std::source_location where) {
  require_open();
  auto* node = new detail::CallbackNode<F>(*this, std::move(context), where, std::move(callback));
  Handle handle(*node);
  schedule_now(*node);
  return handle;
}

template <std::invocable F>
TimerHandle EventLoop::call_at(TimePoint when, F callback, Context context, std::source_location where) {
  require_open();
  auto* node = new detail::CallbackNode<F>(*this, std::move(context), where, std::move(callback));
  TimerHandle handle(*node);
  node->retain();  // the loop's reference
  node->timed_ = true;
  node->when = when;
  schedule_timer(*node);
  return handle;
}

}  // namespace corosim
