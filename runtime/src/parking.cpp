#include <corosim/runtime/parking.hpp>

#include <string_view>

#include <corosim/runtime/assert.hpp>
#include <corosim/runtime/event_loop.hpp>
#include <corosim/runtime/task_state.hpp>

namespace corosim::detail {

namespace {

// A coroutine of the library, such as Queue::put: it awaits on behalf of its caller.
bool is_library(const Site& function) {
  constexpr std::string_view kThis = __FILE__;
  constexpr std::string_view kSources = kThis.substr(0, kThis.rfind('/') + 1);
  const std::string_view path = function.location().file_name();
  return path.find("corosim/runtime/") != std::string_view::npos || path.starts_with(kSources);
}

}  // namespace

std::source_location current_await() {
  const TaskState* const task = running_loop != nullptr ? running_loop->current_task() : nullptr;
  if (task == nullptr) return {};
  const FrameBase* frame = task->top();
  while (frame != nullptr && (!frame->awaiting.known() || is_library(frame->born))) frame = frame->caller;
  return frame != nullptr ? frame->awaiting.location() : std::source_location();
}

void AccessLog::add(ObjectId object, Access access, const char* operation, std::source_location where) {
  if (detailed_ && where.line() == 0) where = current_await();
  touches_.push_back({object, where, operation, access});
}

void Waiter::require_idle() const { COROSIM_ASSERT(status_ == Status::kIdle && task_ == nullptr); }

bool Waiter::cancel(const CancelMessage& message) {
  touch_write(task_->control(), kWake);
  if (status_ != Status::kWaiting) return false;
  status_ = Status::kCancelled;
  task_->keep_wait_message(message);
  task_->schedule(nullptr);
  return true;
}

void Waiter::throw_if_interrupted() {
  if (task_ != nullptr) task_->throw_if_interrupted();
}

bool Waiter::must_throw() {
  if (task_ == nullptr) return false;
  if (task_->interrupted()) {
    if (!task_->interrupted_by_cancellation()) task_->throw_if_interrupted();
    return true;
  }
  return status_ == Status::kCancelled;
}

CancelMessage Waiter::take_message() {
  return task_->interrupted() ? task_->take_cancellation() : task_->take_wait_message();
}

void FutureWaiter::suspend(FrameBase& frame) {
  TaskState& task = *frame.task;
  const char* misuse = nullptr;
  if (future_->as_task() == &task) {
    misuse = "Task cannot await on itself";
  } else if (&future_->loop() != &task.loop()) {
    misuse = "Task got a Future attached to a different loop";
  }
  if (misuse != nullptr) {
    touch_write(future_->id(), "await");  // later awaits find it changed
    future_->set_refuses_awaits();
    task_ = &task;
    task.interrupt_with(std::make_exception_ptr(RuntimeError(fmt::format("{}: {}", misuse, task.name()))));
    task.rest(nullptr);
    return;
  }
  park(frame);
  future_->add_done_node(*this);
}

std::exception_ptr FutureWaiter::take_error() {
  future_->mark_retrieved();
  if (std::exception_ptr interruption = take_interruption()) return interruption;
  if (!future_->done()) throw RuntimeError("await wasn't used with future");
  return future_->error_of_result();
}

void FutureWaiter::future_done(FutureState&) { wake(); }

std::string_view FutureWaiter::waits_for() const {
  if (future_->shields()) return kShieldWait;
  return future_->as_task() != nullptr ? "Task" : "Future";
}

const TaskState* FutureWaiter::holder() const { return future_->as_task(); }

void Yield::suspend(FrameBase& frame) {
  task_ = frame.task;
  task_->rest(nullptr);
}

}  // namespace corosim::detail
