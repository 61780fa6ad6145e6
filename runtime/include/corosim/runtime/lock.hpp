#pragma once

#include <cstdint>
#include <string>

#include <corosim/runtime/line.hpp>
#include <corosim/runtime/release_guard.hpp>

namespace corosim {

/// Mutual exclusion between tasks; Python's `asyncio.Lock`. CPython 3.14 `locks.py`, class Lock. Not reentrant, and not
/// bound to a task: another one may release it.
///
/// Waiters get the lock in the order of their coming, one for each release. A released lock whose next waiter has not run
/// yet is unlocked, but a newcomer does not overtake: it joins the line. Cancelling a waiter takes it out of the line;
/// when it had been woken already, the next one is woken in its place.
class Lock {
 public:
  class Acquire;
  using Guard = ReleaseGuard<Lock>;

  /// `name` appears in reports of who waits for what.
  explicit Lock(std::string name = {}) : line_("Lock", name, detail::WakeOrder::kFirstInFirstOut) {}
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;

  /// Awaited: waits until the lock is free, takes it, returns true. No scheduling point where it is free.
  Acquire acquire();
  /// The same, and gives a Guard, which releases the lock at the end of its scope.
  detail::ScopedAcquire<Lock> scoped();
  /// Unlocks and wakes the first waiter. Throws RuntimeError when the lock is not locked.
  void release();
  bool locked() const { return locked_; }

 private:
  /// The task that took the lock, if it is still there.
  const detail::TaskState* holder(const EventLoop& loop) const;

  bool locked_ = false;
  std::uint32_t holder_id_ = 0;  // the id of the task that took it; 0 while unlocked
  detail::Line line_;
};

/// CPython's Lock.acquire.
class Lock::Acquire : public detail::LineWaiter {
 public:
  explicit Acquire(Lock& lock) : LineWaiter(lock.line_), lock_(lock) {}

  bool await_ready() const { return !lock_.locked_ && lock_.line_.all_cancelled(); }
  bool await_resume();
  WaitInfo info() const override;

 private:
  Lock& lock_;
};

inline Lock::Acquire Lock::acquire() { return Acquire(*this); }
inline detail::ScopedAcquire<Lock> Lock::scoped() { return detail::ScopedAcquire<Lock>(*this); }

}  // namespace corosim
