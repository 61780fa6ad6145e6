#include <corosim/runtime/task_state.hpp>

#include <algorithm>

#include <corosim/runtime/assert.hpp>
#include <corosim/runtime/event_loop.hpp>

namespace corosim::detail {

TaskState::TaskState(EventLoop& loop, FutureState& future, FrameBase& root, const TaskOptions& options)
    : loop_(loop),
      future_(future),
      top_(&root),
      root_(&root),
      id_(loop.register_task(*this)),
      origin_(origin().next_task()),
      context_(options.context_ ? *options.context_ : copy_context()),
      function_(root.born),
      name_(options.name_) {
  future.set_task_path(origin_.name);
  root.task = this;
  if (const TaskState* parent = loop.current_task()) parent_id_ = parent->id();
  if (Instrument* instrument = loop.instrument()) instrument->task_created(*this);
}

Site TaskState::site() const {
  if (!started_ || top_ == nullptr) return future_.made_at();
  return top_->awaiting;
}

bool TaskState::delivers_cancellation() const {
  return must_cancel_ || (parked_ != nullptr && parked_->ends_in_cancellation());
}

// CPython 3.14 `tasks.py`, Task.__step_run_and_handle_result.
void TaskState::step() {
  {
    struct Current {
      TaskState*& slot;
      TaskState* outer;
      ~Current() { slot = outer; }
    } const current{loop_.current_task_, std::exchange(loop_.current_task_, this)};
    const ContextScope scope(context_);
    const OriginScope makes(origin_);
    if (!started_ && interruption_ != Interruption::kNone) [[unlikely]] {
      end_before_start();
    } else {
      drive();
    }
  }
  // The loop's reference goes last: with it the context may go, which the step ran in.
  if (root_ == nullptr) future_.release();
}

// Frames resume each other only through this loop, so that the native stack stays flat however deep they nest.
void TaskState::drive() {
  started_ = true;
  resting_ = false;
  Instrument* const instrument = loop_.instrument();
  if (instrument != nullptr && instrument->looks_at_steps()) instrument->task_resumed(*this);
  while (top_ != nullptr && !resting_) {
    // The handle is copied first: the frame may be gone when resume() returns.
    const std::coroutine_handle<> frame = top_->handle;
    frame.resume();
  }
  if (top_ == nullptr) {
    take_result(*std::exchange(root_, nullptr));
    loop_.task_done(*this);
    return;
  }
  if (instrument != nullptr && instrument->looks_at_waits()) instrument->task_parked(*this);
  if (parked_ == nullptr) {
    schedule(nullptr);  // a bare yield
  } else if (must_cancel_ && parked_->cancel(future_.cancel_message())) {
    must_cancel_ = false;  // the task had cancelled itself before it came to rest
  }
}

// CPython 3.14 `tasks.py`, Task.__wakeup and Task.__step.
void TaskState::run() {
  touch_read(control(), kResume);
  Waiter* const waited = std::exchange(parked_, nullptr);
  interruption_ = error_ ? Interruption::kError : Interruption::kNone;
  if (must_cancel_) [[unlikely]] {
    must_cancel_ = false;
    if (waited == nullptr || !waited->ends_in_cancellation()) interruption_ = Interruption::kCancel;
  }
  try {
    step();
  } catch (...) {  // a cancellation that could not be passed on, along a cycle of tasks
    loop_.call_exception_handler({"Exception in callback", std::current_exception(), site()});
  }
}

void TaskState::start_eagerly() { step(); }

// A coroutine that gets an exception before its first step ends in it; no handler of its own is active.
void TaskState::end_before_start() {
  started_ = true;
  top_ = nullptr;
  std::exchange(root_, nullptr)->handle.destroy();
  if (interruption_ == Interruption::kCancel) {
    end_with(std::make_exception_ptr(CancelledError(future_.cancel_message())), true);
  } else {
    end_with(std::exchange(error_, nullptr), false);
  }
  loop_.task_done(*this);
}

CancelMessage TaskState::take_cancellation() {
  COROSIM_ASSERT(interruption_ == Interruption::kCancel);
  interruption_ = Interruption::kNone;
  error_ = nullptr;
  return future_.cancel_message();
}

void TaskState::throw_interruption() {
  if (interruption_ == Interruption::kCancel) throw CancelledError(take_cancellation());
  std::rethrow_exception(take_interruption());
}

std::exception_ptr TaskState::take_interruption() {
  std::exception_ptr error = std::exchange(error_, nullptr);
  switch (std::exchange(interruption_, Interruption::kNone)) {
    case Interruption::kNone:
      return nullptr;
    case Interruption::kCancel:
      return std::make_exception_ptr(CancelledError(future_.cancel_message()));
    case Interruption::kError:
      return error;
  }
  return nullptr;
}

void TaskState::end_with(std::exception_ptr exception, bool cancellation) {
  if (!cancellation) {
    future_.set_exception(std::move(exception));
    return;
  }
  future_.keep_cancelled_error(std::move(exception));
  future_.mark_cancelled({});
}

bool TaskState::end_with_late_cancel() {
  if (!std::exchange(must_cancel_, false)) return false;
  future_.mark_cancelled(CancelMessage(future_.cancel_message()));
  return true;
}

// CPython 3.14 `tasks.py`, Task.cancel: a task that awaits a future passes the request on to that.
bool TaskState::begin_cancel_request() {
  future_.mark_retrieved();
  touch_write(control(), "Task.cancel");
  if (future_.done()) {
    touch_read(future_.id(), "Task.done");
    return false;
  }
  ++cancel_requests_;
  if (Instrument* instrument = loop_.instrument()) instrument->cancel_requested(*this);
  return true;
}

// parked_ stays: the wait may have to be cancelled again later.
bool TaskState::end_cancel_request(const CancelMessage& message, bool reached) {
  if (reached) return true;
  if (parked_ != nullptr && parked_->awaited_future() == nullptr && parked_->cancel(message)) return true;
  must_cancel_ = true;
  future_.set_cancel_message(message);
  return true;
}

int TaskState::uncancel() {
  touch_write(control(), "Task.uncancel");
  if (cancel_requests_ > 0 && --cancel_requests_ == 0) must_cancel_ = false;
  return cancel_requests_;
}

std::string TaskState::name() const { return name_.empty() ? fmt::format("Task-{}", id_) : name_; }

std::vector<StackFrame> TaskState::stack() const {
  std::vector<StackFrame> frames;
  for (const FrameBase* frame = top_; frame != nullptr; frame = frame->caller) {
    frames.push_back({frame->born, frame->awaiting});
  }
  std::reverse(frames.begin(), frames.end());
  return frames;
}

void TaskState::destroy_frames() {
  loop_.withdraw(*this);
  root_ = nullptr;
  while (top_ != nullptr) {
    FrameBase* const frame = std::exchange(top_, top_->caller);
    if (frame->owned_by_stack) frame->handle.destroy();
  }
  parked_ = nullptr;
}

}  // namespace corosim::detail
