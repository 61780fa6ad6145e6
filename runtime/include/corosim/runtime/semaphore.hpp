#pragma once

#include <limits>
#include <string>
#include <string_view>

#include <corosim/runtime/line.hpp>
#include <corosim/runtime/release_guard.hpp>

namespace corosim {

/// A counter of units that tasks take and give back; Python's `asyncio.Semaphore`. CPython 3.14 `locks.py`, class
/// Semaphore.
///
/// Waiters get units in the order of their coming. A release hands its unit to the first waiter at once: nobody takes it
/// away before that one's step. Cancelling a waiter that had been handed a unit passes it on to the next.
class Semaphore {
 public:
  class Acquire;
  using Guard = ReleaseGuard<Semaphore>;

  /// Throws ValueError when `value` is negative. `name` appears in reports of who waits for what.
  explicit Semaphore(int value = 1, std::string name = {});
  Semaphore(const Semaphore&) = delete;
  Semaphore& operator=(const Semaphore&) = delete;

  /// Awaited: waits for a unit, takes it, returns true. No scheduling point where one is free and nobody waits.
  Acquire acquire();
  /// The same, and gives a Guard, which releases the unit at the end of its scope.
  detail::ScopedAcquire<Semaphore> scoped();
  /// Gives a unit back. Throws ValueError on a BoundedSemaphore that has all of its units.
  void release();
  /// Whether acquire() would wait: no unit is free, or others were first.
  bool locked() const { return value_ == 0 || !line_.all_cancelled(); }

 protected:
  Semaphore(int value, int bound, std::string_view what, std::string_view name);

 private:
  /// Hands a unit to the first waiter that has none. False when there is no such waiter.
  bool wake_next();

  int value_;  // free units, without those handed to waiters whose step has not run yet
  int bound_;
  detail::Line line_;
};

/// A semaphore that cannot have more units than it began with; Python's `asyncio.BoundedSemaphore`.
class BoundedSemaphore : public Semaphore {
 public:
  explicit BoundedSemaphore(int value = 1, std::string name = {}) : Semaphore(value, value, "BoundedSemaphore", name) {}
};

/// CPython's Semaphore.acquire.
class Semaphore::Acquire : public detail::LineWaiter {
 public:
  explicit Acquire(Semaphore& semaphore) : LineWaiter(semaphore.line_), semaphore_(semaphore) {}

  bool await_ready() const { return !semaphore_.locked(); }
  bool await_resume();

 private:
  Semaphore& semaphore_;
};

inline Semaphore::Acquire Semaphore::acquire() { return Acquire(*this); }
inline detail::ScopedAcquire<Semaphore> Semaphore::scoped() { return detail::ScopedAcquire<Semaphore>(*this); }

}  // namespace corosim
