#pragma once

#include <source_location>
#include <string>
#include <string_view>

#include <corosim/runtime/line.hpp>
#include <corosim/runtime/release_guard.hpp>

namespace corosim {

namespace detail {

class SemaphoreState final : public SharedState {
 public:
  SemaphoreState(int units, int most, std::string_view what, const std::string& name)
      : value(units), bound(most), line(id(), what, name, WakeOrder::kFirstInFirstOut) {}

  /// Hands a unit to the first waiter that has none. False when there is no such waiter. REQUIRES: a unit is free.
  bool wake_next();
  bool would_wait() const { return value == 0 || !line.all_cancelled(); }

  int value;  // free units; those handed to waiters whose step has not run yet are not free
  int bound;
  Line line;
};

}  // namespace detail

/// A counter of units that tasks take and give back; Python's `asyncio.Semaphore`. CPython 3.14 `locks.py`, class
/// Semaphore. Copies name the same semaphore.
///
/// Waiters get units in the order of their coming. A release hands its unit to the first waiter at once: nobody takes
/// it away before that one's step. Cancelling a waiter that had been handed a unit passes it on to the next.
class Semaphore {
 public:
  class Acquire;
  using Guard = ReleaseGuard<Semaphore>;

  /// Throws ValueError when `value` is negative. `name` appears in reports of who waits for what.
  explicit Semaphore(int value = 1, const std::string& name = {});

  /// Awaited: waits for a unit, takes it, returns true. No scheduling point where one is free and nobody waits.
  Acquire acquire(std::source_location where = std::source_location::current()) const;
  /// The same, and gives a Guard, which releases the unit at the end of its scope.
  detail::ScopedAcquire<Semaphore> scoped(std::source_location where = std::source_location::current()) const;
  /// Gives a unit back. Throws ValueError on a BoundedSemaphore that has all of its units.
  void release(std::source_location where = std::source_location::current()) const;
  /// Whether acquire() would wait: no unit is free, or others were first.
  bool locked() const {
    detail::touch_read(state_->id(), "Semaphore.locked");
    return state_->would_wait();
  }

 protected:
  Semaphore(int value, int bound, std::string_view what, const std::string& name);

 private:
  detail::Ref<detail::SemaphoreState> state_;
};

/// A semaphore that cannot have more units than it began with; Python's `asyncio.BoundedSemaphore`.
class BoundedSemaphore : public Semaphore {
 public:
  explicit BoundedSemaphore(int value = 1, const std::string& name = {})
      : Semaphore(value, value, "BoundedSemaphore", name) {}
};

/// CPython's Semaphore.acquire.
class [[nodiscard("a unit is acquired only when this is awaited")]] Semaphore::Acquire : public detail::LineWaiter,
                                                                                         public detail::Call {
 public:
  static constexpr const char* kFunction = "Semaphore.acquire";

  Acquire(const Semaphore& semaphore, std::source_location where)
      : LineWaiter(semaphore.state_->line), Call(where), semaphore_(semaphore) {}

  bool await_ready() const {
    detail::touch_write(semaphore_.state_->id(), "Semaphore.acquire");
    return !semaphore_.state_->would_wait();
  }
  bool await_resume();

 private:
  Semaphore semaphore_;
};

inline Semaphore::Acquire Semaphore::acquire(std::source_location where) const { return Acquire(*this, where); }
inline detail::ScopedAcquire<Semaphore> Semaphore::scoped(std::source_location where) const {
  return detail::ScopedAcquire<Semaphore>(*this, where);
}

}  // namespace corosim
