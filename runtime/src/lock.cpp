#include <corosim/runtime/lock.hpp>

#include <corosim/runtime/assert.hpp>
#include <corosim/runtime/event_loop.hpp>

namespace corosim {

bool Lock::Acquire::await_resume() {
  if (waited()) {
    // A woken waiter that cannot take the lock passes its turn on, lest nobody ever does.
    if (leave() && !lock_.locked_) lock_.line_.wake_head();
    finish_wait();
  }
  COROSIM_ASSERT(!lock_.locked_);
  lock_.locked_ = true;
  lock_.holder_id_ = get_running_loop().current_task()->id();
  return true;
}

WaitInfo Lock::Acquire::info() const { return {lock_.line_.label(), lock_.holder(task().loop())}; }

void Lock::release() {
  if (!locked_) throw RuntimeError("Lock is not acquired.");
  locked_ = false;
  holder_id_ = 0;
  line_.wake_head();
}

const detail::TaskState* Lock::holder(const EventLoop& loop) const {
  // Found by its number: a task that ended without releasing the lock is not referred to.
  const detail::TaskState* task = loop.first_task();
  while (task != nullptr && task->id() != holder_id_) task = loop.next_task(*task);
  return task;
}

void detail::report_failed_release() noexcept {
  if (running_loop == nullptr) return;
  running_loop->call_exception_handler({"Exception in the release at the end of a scope", std::current_exception(), {}});
}

}  // namespace corosim
