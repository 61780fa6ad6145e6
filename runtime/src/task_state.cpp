#include <corosim/runtime/task_state.hpp>

#include <algorithm>

#include <corosim/runtime/assert.hpp>
#include <corosim/runtime/event_loop.hpp>

namespace corosim::detail {

TaskState::TaskState(EventLoop& loop, FrameBase& root, const TaskOptions& options, Site made_at)
    : Runnable(HandleKind::kTaskStart),
      FutureState(loop, made_at, OfTask()),
      top_(&root),
      id_(loop.register_task(*this)),
      context_(options.context_ ? *options.context_ : copy_context()) {
  if (!options.name_.empty()) set_name(options.name_);
  root.task = this;
  if (const TaskState* parent = loop.current_task()) parent_id_ = parent->id();
  if (Instrument* instrument = loop.instrument()) instrument->task_created(*this);
}

// CPython 3.14 `tasks.py`, Task.__step_run_and_handle_result.
void TaskState::step() {
  bool ended = true;
  {
    struct Current {
      TaskState*& slot;
      TaskState* outer;
      ~Current() { slot = outer; }
    } const current{loop_.current_task_, std::exchange(loop_.current_task_, this)};
    const RunScope scope(context_, &origin_);
    if (interruption_ != Interruption::kNone && !started()) [[unlikely]] {
      end_before_start();
    } else {
      ended = drive();
    }
  }
  // The loop's reference goes last: with it the context may go, which the step ran in.
  if (ended) release();
}

// Frames resume each other only through this loop, so that the native stack stays flat however deep they nest. Returns
// whether the task has ended.
bool TaskState::drive() {
  kind_ = HandleKind::kTaskResume;
  stop_ = Stop::kNone;
  Instrument* const instrument = loop_.instrument();
  if (instrument != nullptr && instrument->looks_at_steps()) instrument->task_resumed(*this);
  do {
    // The handle is copied first: the frame may be gone when resume() returns.
    const std::coroutine_handle<> frame = top_->handle;
    frame.resume();
  } while (stop_ == Stop::kNone);
  if (stop_ == Stop::kEnded) {
    take_result(*std::exchange(top_, nullptr));
    loop_.task_done(*this);
    return true;
  }
  if (instrument != nullptr && instrument->looks_at_waits()) instrument->task_parked(*this);
  if (stop_ == Stop::kYields) {
    schedule(nullptr);
  } else if (must_cancel_ && parked_->cancel(cancel_message())) {
    must_cancel_ = false;  // the task had cancelled itself before it came to rest
  }
  return false;
}

// CPython 3.14 `tasks.py`, Task.__wakeup and Task.__step.
void TaskState::run() {
  touch_write(control(), kResume);  // where the task stands is what a cancellation finds
  const Waiter* const waited = std::exchange(parked_, nullptr);
  interruption_ = Interruption::kNone;
  if (must_cancel_ || must_throw_) [[unlikely]]
    choose_interruption(waited);
  try {
    step();
  } catch (...) {  // a cancellation that could not be passed on, along a cycle of tasks
    loop_.call_exception_handler({"Exception in callback", std::current_exception(), site()});
  }
}

void TaskState::choose_interruption(const Waiter* waited) {
  if (must_throw_) interruption_ = Interruption::kError;
  must_throw_ = false;
  if (!must_cancel_) return;
  must_cancel_ = false;
  if (waited == nullptr || !waited->ends_in_cancellation()) interruption_ = Interruption::kCancel;
}

void TaskState::start_eagerly() { step(); }

// A coroutine that gets an exception before its first step ends in it; no handler of its own is active.
void TaskState::end_before_start() {
  kind_ = HandleKind::kTaskResume;
  std::exchange(top_, nullptr)->handle.destroy();
  if (interruption_ == Interruption::kCancel) {
    end_with(std::make_exception_ptr(CancelledError(cancel_message())), true);
  } else {
    end_with(std::exchange(error_, nullptr), false);
  }
  loop_.task_done(*this);
}

CancelMessage TaskState::take_cancellation() {
  COROSIM_ASSERT(interruption_ == Interruption::kCancel);
  interruption_ = Interruption::kNone;
  error_ = nullptr;
  return cancel_message();
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
      return std::make_exception_ptr(CancelledError(cancel_message()));
    case Interruption::kError:
      return error;
  }
  return nullptr;
}

void TaskState::end_with(std::exception_ptr exception, bool cancellation) {
  if (!cancellation) {
    set_exception(std::move(exception));
    return;
  }
  error_ = std::move(exception);
  mark_cancelled({});
}

// CPython 3.14 `tasks.py`, Task.cancel: a task that awaits a future passes the request on to that.
bool TaskState::begin_cancel() {
  mark_retrieved();
  touch_write(control(), kTaskCancel);
  if (done()) {
    touch_read(future().id(), "Task.done");
    return false;
  }
  ++cancel_requests_;
  if (Instrument* instrument = loop_.instrument()) instrument->cancel_requested(*this);
  return true;
}

// parked_ stays: the wait may have to be cancelled again later.
bool TaskState::end_cancel(const CancelMessage& message, bool reached) {
  if (reached) return true;
  if (parked_ != nullptr && parked_->awaited_future() == nullptr && parked_->cancel(message)) return true;
  must_cancel_ = true;
  set_cancel_message(message);
  return true;
}

int TaskState::uncancel() {
  touch_write(control(), "Task.uncancel");
  if (cancel_requests_ > 0 && --cancel_requests_ == 0) must_cancel_ = false;
  return cancel_requests_;
}

FunctionSite TaskState::function() const {
  const FrameBase* frame = top_;
  while (frame != nullptr && frame->caller != nullptr) frame = frame->caller;
  return frame != nullptr ? frame->born : FunctionSite();
}

std::string TaskState::name() const {
  return extras_ && !extras_->task_name.empty() ? extras_->task_name : fmt::format("Task-{}", id_);
}

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
  while (top_ != nullptr) {
    FrameBase* const frame = std::exchange(top_, top_->caller);
    if (frame->owned_by_stack) frame->handle.destroy();
  }
  parked_ = nullptr;
}

}  // namespace corosim::detail
