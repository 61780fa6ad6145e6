#include <corosim/runtime/condition.hpp>

#include <limits>

#include <corosim/runtime/assert.hpp>

namespace corosim {

class Condition::Notification final : public detail::LineWaiter {
 public:
  explicit Notification(Condition& condition) : LineWaiter(condition.line_) {}

  bool await_ready() const { return false; }
  void await_resume() {
    leave();
    finish_wait();
  }
};

Condition::Condition(std::string name) : Condition("Condition", name) {}

Condition::Condition(std::string_view what, const std::string& name)
    : own_lock_(std::in_place, name), lock_(*own_lock_), line_(what, name, detail::WakeOrder::kFree) {}

Condition::Condition(Lock& lock, std::string name)
    : lock_(lock), line_("Condition", name, detail::WakeOrder::kFree) {}

// CPython 3.14 `locks.py`, Condition.wait.
Coro<bool> Condition::wait() {
  if (!locked()) throw RuntimeError("cannot wait on un-acquired lock");
  lock_.release();
  std::exception_ptr error;
  try {
    co_await Notification(*this);
  } catch (...) {
    error = std::current_exception();
  }
  bool acquired = false;
  while (!acquired) {
    try {
      acquired = co_await lock_.acquire();
    } catch (const CancelledError&) {
      error = std::current_exception();
    }
  }
  COROSIM_ASSERT(locked());
  if (error) {
    line_.wake(1);
    std::rethrow_exception(error);
  }
  co_return true;
}

void Condition::notify(std::size_t count) {
  if (!locked()) throw RuntimeError("cannot notify on un-acquired lock");
  line_.wake(count);
}

void Condition::notify_all() { notify(std::numeric_limits<std::size_t>::max()); }

}  // namespace corosim
