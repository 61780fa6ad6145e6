#pragma once

#include <cstdint>
#include <source_location>
#include <string>

#include <corosim/runtime/line.hpp>
#include <corosim/runtime/release_guard.hpp>

namespace corosim {

namespace detail {

class LockState final : public SharedState {
 public:
  explicit LockState(const std::string& name) : line(id(), "Lock", name, WakeOrder::kFirstInFirstOut) {}

  /// The task that took the lock, if it is not done.
  const TaskState* holder(const EventLoop& loop) const;

  bool locked = false;
  std::uint32_t holder_id = 0;  // of the task that took it; 0 while unlocked
  Line line;
};

}  // namespace detail

/// Mutual exclusion between tasks; Python's `asyncio.Lock`. CPython 3.14 `locks.py`, class Lock. Not reentrant, and not
/// bound to a task: another one may release it. Copies name the same lock.
///
/// Waiters get the lock in the order of their coming, one for each release. A released lock whose next waiter has not
/// run yet is unlocked, but a newcomer does not overtake: it joins the line. Cancelling a waiter takes it out of the
/// line; when it had been woken already, the next one is woken in its place.
class Lock {
 public:
  class Acquire;
  using Guard = ReleaseGuard<Lock>;

  /// `name` appears in reports of who waits for what.
  explicit Lock(const std::string& name = {}) : state_(new detail::LockState(name)) {}

  /// Awaited: waits until the lock is free, takes it, returns true. No scheduling point where it is free.
  Acquire acquire(std::source_location where = std::source_location::current()) const;
  /// The same, and gives a Guard, which releases the lock at the end of its scope.
  detail::ScopedAcquire<Lock> scoped(std::source_location where = std::source_location::current()) const;
  /// Unlocks and wakes the first waiter. Throws RuntimeError when the lock is not locked.
  void release(std::source_location where = std::source_location::current()) const;
  bool locked() const {
    detail::touch_read(state_->id(), "Lock.locked");
    return state_->locked;
  }

 private:
  detail::Ref<detail::LockState> state_;
};

/// CPython's Lock.acquire.
class [[nodiscard("the lock is acquired only when this is awaited")]] Lock::Acquire : public detail::LineWaiter,
                                                                                      public detail::Call {
 public:
  static constexpr const char* kFunction = "Lock.acquire";

  Acquire(const Lock& lock, std::source_location where)
      : LineWaiter(lock.state_->line), Call(where), lock_(lock.state_) {}

  bool await_ready() const {
    detail::touch_write(lock_->id(), detail::kLockAcquire);
    return !lock_->locked && lock_->line.all_cancelled();
  }
  bool await_resume();
  const detail::TaskState* holder() const override;

 private:
  detail::Ref<detail::LockState> lock_;
};

inline Lock::Acquire Lock::acquire(std::source_location where) const { return Acquire(*this, where); }
inline detail::ScopedAcquire<Lock> Lock::scoped(std::source_location where) const {
  return detail::ScopedAcquire<Lock>(*this, where);
}

}  // namespace corosim
