#include <corosim/runtime/lock.hpp>

#include <corosim/runtime/assert.hpp>
#include <corosim/runtime/event_loop.hpp>

namespace corosim {

bool Lock::Acquire::await_resume() {
  if (waited()) {
    detail::touch_write(lock_->id(), detail::kLockAcquire);
    // A woken waiter that cannot take the lock passes its turn on, lest nobody ever does.
    if (leave() && !lock_->locked) lock_->line.wake_head();
    finish_wait();
  }
  COROSIM_ASSERT(!lock_->locked);
  lock_->locked = true;
  lock_->holder_id = get_running_loop().current_task()->id();
  return true;
}

const detail::TaskState* Lock::Acquire::holder() const { return lock_->holder(task().loop()); }

void Lock::release(std::source_location where) const {
  detail::touch_write(state_->id(), detail::kLockRelease, where);
  if (!state_->locked) throw RuntimeError("Lock is not acquired.");
  state_->locked = false;
  state_->holder_id = 0;
  state_->line.wake_head();
}

const detail::TaskState* detail::LockState::holder(const EventLoop& loop) const {
  // Found by its number: a task that ended without releasing the lock is not referred to.
  const TaskState* task = loop.first_task();
  while (task != nullptr && task->id() != holder_id) task = loop.next_task(*task);
  return task;
}

void detail::report_failed_release() noexcept {
  if (running_loop == nullptr) return;
  running_loop->call_exception_handler(
      {"Exception in the release at the end of a scope", std::current_exception(), {}});
}

}  // namespace corosim
