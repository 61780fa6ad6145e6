#include <corosim/runtime/task_group.hpp>

#include <algorithm>

#include <corosim/runtime/assert.hpp>

namespace corosim {

void TaskGroup::enter() {
  if (entered_) throw RuntimeError("TaskGroup has already been entered");
  const std::optional<AnyTask> task = current_task();
  if (!task) throw RuntimeError("TaskGroup cannot determine the parent task");
  parent_ = *task;
  entered_ = true;
}

const char* TaskGroup::refuses() const {
  detail::touch_read(id_, "TaskGroup.create_task");
  if (!entered_) return "TaskGroup has not been entered";
  if (exiting_ && tasks_.empty()) return "TaskGroup is finished";
  if (aborting_) return "TaskGroup is shutting down";
  return nullptr;
}

void TaskGroup::add(const AnyTask& task) {
  changes("TaskGroup.create_task");
  tasks_.push_back(task);
  // Also for a task that is done already: an eager one's error must not cancel the parent before it has the task.
  task.add_done_callback([this](const AnyFuture& done) { task_done(done); });
}

// CPython 3.14 `taskgroups.py`, _aexit.
Coro<void> TaskGroup::exit(std::exception_ptr error) {
  exiting_ = true;
  changes("TaskGroup.exit");
  const bool body_cancelled = error && holds<CancelledError>(error);
  std::exception_ptr cancellation = body_cancelled ? error : nullptr;
  if (error && !aborting_) abort();

  // The wait can be cancelled more than once, each time the task around the group is.
  while (!tasks_.empty()) {
    if (!all_done_) all_done_ = get_running_loop().create_future<void>();
    try {
      co_await all_done_;
    } catch (const CancelledError&) {
      if (!aborting_) {
        cancellation = std::current_exception();
        abort();
      }
    }
    all_done_ = Future<void>();
    changes("TaskGroup.exit");
  }

  // Our own request is taken back; only where no other is left, the cancellation was ours alone.
  if (parent_cancel_requested_ && parent_.uncancel() == 0) cancellation = nullptr;
  // Errors have priority over a cancellation.
  if (cancellation && errors_.empty()) std::rethrow_exception(cancellation);
  if (error && !body_cancelled) errors_.push_back(error);
  if (errors_.empty()) co_return;
  if (parent_.cancelling() > 0) {
    // Cancelled from outside as well: the errors go first, and the next await of the task gets the cancellation.
    parent_.uncancel();
    parent_.cancel();
  }
  std::rethrow_exception(make_exception_group("unhandled errors in a TaskGroup", std::move(errors_)));
}

void TaskGroup::abort() {
  changes("TaskGroup.abort");
  aborting_ = true;
  for (const AnyTask& task : std::vector<AnyTask>(tasks_)) {
    if (!task.done()) task.cancel();
  }
}

// CPython 3.14 `taskgroups.py`, _on_task_done.
void TaskGroup::task_done(const AnyFuture& task) {
  changes("TaskGroup.task_done");
  const auto found = std::find_if(tasks_.begin(), tasks_.end(), [&](const AnyTask& each) { return each == task; });
  COROSIM_ASSERT(found != tasks_.end());
  tasks_.erase(found);
  if (all_done_ && tasks_.empty() && !all_done_.done()) all_done_.set_result();
  if (task.cancelled()) return;
  const std::exception_ptr error = task.exception();
  if (!error) return;
  errors_.push_back(error);
  if (parent_.done()) {
    task.get_loop().call_exception_handler(
        {"A task of a group failed, but the task around the group is already done", error, task.state()->made_at()});
    return;
  }
  if (!aborting_ && !parent_cancel_requested_) {
    // The body must stop too: its task is cancelled, and exit() takes the request back.
    abort();
    parent_cancel_requested_ = true;
    parent_.cancel();
  }
}

}  // namespace corosim
