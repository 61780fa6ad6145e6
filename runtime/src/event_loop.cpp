#include <corosim/runtime/event_loop.hpp>

#include <algorithm>
#include <cstdio>
#include <thread>

#include <corosim/runtime/executor.hpp>
#include <corosim/runtime/task.hpp>

namespace corosim {

namespace {

// Makes `loop` the running one of this thread, for a scope.
class RunningScope {
 public:
  explicit RunningScope(EventLoop& loop, bool& running) : running_(running) {
    detail::running_loop = &loop;
    running_ = true;
  }
  RunningScope(const RunningScope&) = delete;
  RunningScope& operator=(const RunningScope&) = delete;
  ~RunningScope() {
    running_ = false;
    detail::running_loop = nullptr;
  }

 private:
  bool& running_;
};

// Sets a flag until the end of a scope.
class FlagScope {
 public:
  explicit FlagScope(bool& flag) : flag_(flag), before_(std::exchange(flag, true)) {}
  FlagScope(const FlagScope&) = delete;
  FlagScope& operator=(const FlagScope&) = delete;
  ~FlagScope() { flag_ = before_; }

 private:
  bool& flag_;
  bool before_;
};

}  // namespace

EventLoopPtr new_event_loop(LoopOptions options) { return EventLoopPtr(new EventLoop(options)); }

void detail::CloseLoop::operator()(EventLoop* loop) const {
  COROSIM_ASSERT(!loop->running_);
  if (!loop->closed_) loop->destroy_everything();
  loop->release();
  FramePool::start_again();
}

EventLoop& get_running_loop() {
  if (detail::running_loop == nullptr) throw RuntimeError("no running event loop");
  return *detail::running_loop;
}

EventLoop::EventLoop(LoopOptions options)
    : policy_(options.policy_), clock_(options.clock_), instrument_(options.instrument_), executor_(options.executor_) {
  if (clock_ == nullptr) {
    own_clock_ = make_real_clock();
    clock_ = own_clock_.get();
  }
}

EventLoop::~EventLoop() { COROSIM_ASSERT(closed_); }

void EventLoop::require_open() const {
  if (closed_ || closing()) throw RuntimeError("Event loop is closed");
}

// CPython 3.14 `base_events.py`, _check_running.
void EventLoop::require_not_running() const {
  if (running_) throw RuntimeError("This event loop is already running");
  if (detail::running_loop != nullptr) throw RuntimeError("Cannot run the event loop while another loop is running");
}

// Running -------------------------------------------------------------------------------------------------------------

void EventLoop::run_forever() {
  require_open();
  require_not_running();
  const RunningScope scope(*this, running_);
  struct Reset {
    bool& stopping;
    ~Reset() { stopping = false; }
  } const reset{stopping_};
  do {
    run_once();
  } while (!stopping_);
}

// CPython 3.14 `base_events.py`, run_until_complete.
void EventLoop::run_until_done(detail::FutureState& future) {
  require_open();
  require_not_running();
  if (&future.loop() != this) {
    throw ValueError("The future belongs to a different loop than the one that is to run it");
  }
  const AnyFuture target{detail::Ref<detail::FutureState>(&future)};
  const DoneCallback stop_when_done =
      target.add_done_callback([this] { stop(); }, copy_context(), std::source_location());
  try {
    run_forever();
  } catch (...) {
    const detail::UntoldScope untold;
    target.remove_done_callback(stop_when_done);
    throw;
  }
  const detail::UntoldScope untold;
  target.remove_done_callback(stop_when_done);
  if (!target.done()) throw RuntimeError("Event loop stopped before Future completed.");
}

void EventLoop::run_handle(detail::Runnable& handle) {
  COROSIM_ASSERT(handle.ready_);
  handle.ready_ = false;
  ++steps_;
  handle.run();
  if (instrument_ != nullptr && instrument_->looks_at_steps()) instrument_->step_ended();
}

// CPython 3.14 `base_events.py`, _run_once.
void EventLoop::run_once() {
  if (threadsafe_pending()) take_threadsafe_callbacks();
  std::size_t left = pass_length();
  // Nothing to do now? Then the clock says when there will be.
  if (left == 0 && !stopping_) {
    wait_for_work();
    left = pass_length();
  }
  if (!timers_.empty() && move_due_timers()) left = pass_length();
  // These are the only places where handles run. What they make ready waits for the next pass.
  if (policy_ == nullptr) {
    for (; left > 0; --left) {
      if (detail::Runnable* const handle = ready_.pop()) run_handle(*handle);
    }
    return;
  }
  while (left > 0) {
    if (detail::Runnable* const handle = policy_->pop()) {
      run_handle(*handle);
    } else if (policy_->ended()) {
      throw RunEndedError();
    }
    if (--left > 0 && policy_->pass_length() == 0) return;
  }
}

void EventLoop::wait_for_work() {
  std::optional<TimePoint> deadline;
  if (!timers_.empty()) deadline = timers_.next_deadline();
  if (!clock_->wait(deadline)) throw DeadlockError();
  if (threadsafe_pending()) take_threadsafe_callbacks();
}

bool EventLoop::move_due_timers() {
  const TimePoint now = clock_->now();
  if (timers_.next_deadline() > now) return false;
  do {
    const bool late = timers_.next_deadline() < now;
    detail::TimerNode& timer = timers_.pop();
    timer.lane = late ? &late_timers_lane_ : nullptr;
    push_ready(timer);
  } while (!timers_.empty() && timers_.next_deadline() <= now);
  return true;
}

void EventLoop::close() {
  if (running_) throw RuntimeError("Cannot close a running event loop");
  if (!closed_) destroy_everything();
}

void EventLoop::destroy_everything() {
  const FlagScope destroying(detail::destroying_loop);
  attention_.fetch_or(kClosing, std::memory_order_relaxed);
  drop_handles();
  // The youngest first: frames of children refer to what lives in their parents'.
  while (detail::TaskState* task = tasks_.last()) {
    const detail::Ref<detail::FutureState> keep(&task->future());
    task->destroy_frames();
    task->unlink();
    task->future().release();  // the loop's reference
  }
  drop_handles();  // what destructors registered meanwhile
  when_executor_is_idle_.clear();
  own_executor_.reset();
  std::vector<ThreadSafeHandle> arrived;
  {
    const std::lock_guard lock(threadsafe_mutex_);
    closed_ = true;
    arrived.swap(threadsafe_callbacks_);
  }
  for (const ThreadSafeHandle& handle : arrived) handle.state_->drop();
}

Executor& EventLoop::default_executor() {
  if (executor_ == nullptr) {
    constexpr std::size_t kExtra = 4;  // as CPython's ThreadPoolExecutor: jobs mostly wait
    constexpr std::size_t kMost = 32;
    own_executor_ = make_thread_pool(std::min(kMost, std::thread::hardware_concurrency() + kExtra));
    executor_ = own_executor_.get();
  }
  return *executor_;
}

void EventLoop::drop_handles() {
  while (detail::HandleLink* link = handles_.first()) {
    const detail::Ref<detail::HandleNode> keep(&link->node);
    link->unlink();
    keep->abandon();
  }
}

// Scheduling ----------------------------------------------------------------------------------------------------------

bool EventLoop::anything_left() const {
  return pass_length() > 0 || executor_calls_ > 0 || (!timers_.empty() && timers_.next_deadline() <= clock_->now());
}

void EventLoop::withdraw(detail::Runnable& handle) {
  if (!handle.ready_) return;
  handle.ready_ = false;
  if (policy_ != nullptr) {
    policy_->withdraw(handle);
  } else {
    ready_.withdraw(handle);
  }
}

void EventLoop::schedule_timer(detail::TimerNode& timer, TimePoint when) {
  if (closing()) return;
  timer.cause = steps_;
  timers_.push(timer, clock_->due(when));
}

void EventLoop::cancel_timer(detail::TimerNode& timer) {
  if (timer.scheduled()) {
    timers_.remove(timer);
  } else {
    withdraw(timer);
  }
}

void EventLoop::schedule_now(detail::HandleNode& node) {
  if (closing()) return;
  node.retain();  // the loop's reference
  node.lane = &callbacks_lane_;
  make_ready(node);
}

ThreadSafeHandle EventLoop::add_threadsafe_callback(ThreadSafeHandle handle) {
  // Held to the end: the loop may close, and its clock with it, as soon as it has seen the callback.
  const std::lock_guard lock(threadsafe_mutex_);
  if (closed_) throw RuntimeError("Event loop is closed");
  threadsafe_callbacks_.push_back(handle);
  attention_.fetch_or(kThreadsafePending, std::memory_order_release);
  clock_->interrupt();
  return handle;
}

void EventLoop::take_threadsafe_callbacks() {
  std::vector<ThreadSafeHandle> arrived;
  {
    const std::lock_guard lock(threadsafe_mutex_);
    arrived.swap(threadsafe_callbacks_);
    attention_.fetch_and(static_cast<std::uint8_t>(~kThreadsafePending), std::memory_order_release);
  }
  // Other threads may keep the handle: what the callback holds goes on this thread nevertheless, run or not.
  struct Call {
    explicit Call(std::shared_ptr<ThreadSafeHandle::State> given) : state(std::move(given)) {}
    Call(Call&&) = default;
    ~Call() {
      if (state) state->drop();
    }
    void operator()() { state->run(); }
    std::shared_ptr<ThreadSafeHandle::State> state;
  };
  for (ThreadSafeHandle& handle : arrived) {
    if (handle.cancelled()) continue;
    ThreadSafeHandle::State& state = *handle.state_;
    call_soon(Call(std::move(handle.state_)), std::move(state.context), state.where);
  }
}

// Tasks ---------------------------------------------------------------------------------------------------------------

std::vector<AnyTask> EventLoop::all_tasks() const {
  detail::touch_read(detail::kAllTasks, "all_tasks");
  std::vector<AnyTask> tasks;
  for (detail::TaskState* task = tasks_.first(); task != nullptr; task = tasks_.next(*task)) tasks.emplace_back(*task);
  return tasks;
}

std::vector<AnyTask> all_tasks() { return get_running_loop().all_tasks(); }

Site detail::calling_function() {
  const TaskState* const task = running_loop != nullptr ? running_loop->current_task() : nullptr;
  return task != nullptr && task->top() != nullptr ? Site(task->top()->born) : Site();
}

std::optional<AnyTask> current_task() {
  detail::TaskState* const task = get_running_loop().current_task();
  return task != nullptr ? std::optional<AnyTask>(AnyTask(*task)) : std::nullopt;
}

// Errors that nobody can catch ----------------------------------------------------------------------------------------

void EventLoop::call_exception_handler(const ExceptionContext& context) noexcept {
  if (!exception_handler_) {
    report_unhandled(context);
    return;
  }
  try {
    exception_handler_(*this, context);
  } catch (...) {
    report_unhandled({"Unhandled error in exception handler", std::current_exception(), context.site});
  }
}

void EventLoop::report_unhandled(const ExceptionContext& context) {
  if (instrument_ == nullptr || !instrument_->unhandled(context)) default_exception_handler(context);
}

void EventLoop::default_exception_handler(const ExceptionContext& context) {
  const bool warning = context.severity == Severity::kWarning;
  const std::string site =
      context.site.known() ? fmt::format(" ({}{})", warning ? "" : "made at ", context.site.text()) : std::string();
  fmt::print(stderr, "{}{}{}{}\n", warning ? "RuntimeWarning: " : "", context.message, site,
             context.exception ? ": " + describe(context.exception) : "");
}

}  // namespace corosim
