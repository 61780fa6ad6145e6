#pragma once

#include <concepts>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include <corosim/runtime/coro.hpp>
#include <corosim/runtime/line.hpp>
#include <corosim/runtime/lock.hpp>

namespace corosim {

/// A place to wait, under a lock, until another task says that something has changed; Python's `asyncio.Condition`.
/// CPython 3.14 `locks.py`, class Condition.
///
/// notify() wakes waiters in the order of their coming; each goes on when it has the lock again, so they return from
/// wait() one after the other as the lock is released. A cancelled waiter takes the lock again before CancelledError
/// leaves wait(), however often it is cancelled meanwhile (the latest request's error is thrown), and wakes another
/// waiter, since it may have been notified: a wait() can return without a notification of its own.
class Condition {
 public:
  /// With a lock of its own. `name` appears in reports of who waits for what.
  explicit Condition(std::string name = {});
  /// With `lock`, which may be shared with other conditions, and must outlive this one.
  explicit Condition(Lock& lock, std::string name = {});
  Condition(const Condition&) = delete;
  Condition& operator=(const Condition&) = delete;

  // The lock's own.
  Lock::Acquire acquire() { return lock_.acquire(); }
  detail::ScopedAcquire<Lock> scoped() { return lock_.scoped(); }
  void release() { lock_.release(); }
  bool locked() const { return lock_.locked(); }

  /// Releases the lock, waits for a notification, takes the lock again; returns true. Throws RuntimeError when the lock
  /// is not locked.
  Coro<bool> wait();
  /// Waits until `predicate()` is true, and returns what it returned. Asked first at once, then after each wait().
  template <std::invocable Predicate>
  Coro<std::decay_t<std::invoke_result_t<Predicate&>>> wait_for(Predicate predicate) {
    auto result = predicate();
    while (!result) {
      co_await wait();
      result = predicate();
    }
    co_return result;
  }
  /// Wakes the first `count` waiters that were not woken yet, or as many as there are. Throws RuntimeError when the lock
  /// is not locked.
  void notify(std::size_t count = 1);
  void notify_all();

 private:
  friend class Barrier;
  class Notification;

  /// The condition inside of another primitive, which reports as `what`.
  Condition(std::string_view what, const std::string& name);

  std::optional<Lock> own_lock_;
  Lock& lock_;
  detail::Line line_;
};

}  // namespace corosim
