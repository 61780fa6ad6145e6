#include <corosim/runtime/condition.hpp>

#include <limits>

#include <corosim/runtime/assert.hpp>
#include <corosim/runtime/event_loop.hpp>

namespace corosim {

class Condition::Notification final : public detail::LineWaiter {
 public:
  explicit Notification(detail::ConditionState& condition) : LineWaiter(condition.line), condition_(condition.id()) {}

  bool await_ready() const {
    detail::touch_write(condition_, "Condition.wait");
    return false;
  }
  void await_resume() {
    detail::touch_write(condition_, "Condition.wait");
    leave();
    finish_wait();
  }

 private:
  detail::ObjectId condition_;
};

// CPython 3.14 `locks.py`, Condition.wait.
Coro<bool> Condition::wait(detail::Ref<detail::ConditionState> condition) {
  const Lock& lock = condition->lock;
  if (!lock.locked()) throw RuntimeError("cannot wait on un-acquired lock");
  condition->line.bind_to(get_running_loop());  // while the caller still has the lock
  lock.release();
  std::exception_ptr error;
  try {
    co_await Notification(*condition);
  } catch (...) {
    error = std::current_exception();
  }
  bool acquired = false;
  while (!acquired) {
    try {
      acquired = co_await lock.acquire();
    } catch (const CancelledError&) {
      error = std::current_exception();
    }
  }
  COROSIM_ASSERT(lock.locked());
  if (error) {
    detail::touch_write(condition->id(), "Condition.notify");
    condition->line.wake(1);
    std::rethrow_exception(error);
  }
  co_return true;
}

void Condition::notify(std::size_t count) const {
  if (!locked()) throw RuntimeError("cannot notify on un-acquired lock");
  detail::touch_write(state_->id(), "Condition.notify");
  state_->line.wake(count);
}

void Condition::notify_all() const { notify(std::numeric_limits<std::size_t>::max()); }

}  // namespace corosim
