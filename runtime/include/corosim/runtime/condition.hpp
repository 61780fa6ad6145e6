#pragma once

#include <concepts>
#include <cstddef>
#include <source_location>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <corosim/runtime/coro.hpp>
#include <corosim/runtime/line.hpp>
#include <corosim/runtime/lock.hpp>

namespace corosim {

namespace detail {

class BarrierState;

class ConditionState final : public SharedState {
 public:
  ConditionState(Lock condition_lock, std::string_view what, const std::string& name)
      : lock(std::move(condition_lock)), line(id(), what, name, WakeOrder::kFree) {}

  Lock lock;
  Line line;
};

}  // namespace detail

/// A place to wait, under a lock, until another task says that something has changed; Python's `asyncio.Condition`.
/// CPython 3.14 `locks.py`, class Condition. Copies name the same condition.
///
/// notify() wakes waiters in the order of their coming; each goes on when it has the lock again, so they return from
/// wait() one after the other as the lock is released. A cancelled waiter takes the lock again before CancelledError
/// leaves wait(), however often it is cancelled meanwhile (the latest request's error is thrown), and wakes another
/// waiter, since it may have been notified: a wait() can return without a notification of its own.
class Condition {
 public:
  /// With a lock of its own. `name` appears in reports of who waits for what.
  explicit Condition(const std::string& name = {}) : Condition(Lock(name), name) {}
  /// With `lock`, which may be shared with other conditions.
  explicit Condition(Lock lock, const std::string& name = {}) : Condition(std::move(lock), "Condition", name) {}

  // The lock's own.
  Lock::Acquire acquire(std::source_location where = std::source_location::current()) const {
    return state_->lock.acquire(where);
  }
  detail::ScopedAcquire<Lock> scoped(std::source_location where = std::source_location::current()) const {
    return state_->lock.scoped(where);
  }
  void release(std::source_location where = std::source_location::current()) const { state_->lock.release(where); }
  bool locked() const { return state_->lock.locked(); }

  /// Releases the lock, waits for a notification, takes the lock again; returns true. Throws RuntimeError when the lock
  /// is not locked.
  Coro<bool> wait() const { return wait(state_); }
  /// Waits until `predicate()` is true, and returns what it returned. Asked first at once, then after each wait().
  template <std::invocable Predicate>
  auto wait_for(Predicate predicate) const {
    return wait_for(state_, std::move(predicate));
  }
  /// Wakes the first `count` waiters that were not woken yet, or as many as there are. Throws RuntimeError when the
  /// lock is not locked.
  void notify(std::size_t count = 1, std::source_location where = std::source_location::current()) const;
  void notify_all(std::source_location where = std::source_location::current()) const;

 private:
  friend class detail::BarrierState;
  class Notification;

  /// A condition inside of something else, which reports as `what`.
  Condition(Lock lock, std::string_view what, const std::string& name)
      : state_(new detail::ConditionState(std::move(lock), what, name)) {}

  static Coro<bool> wait(detail::Ref<detail::ConditionState> condition);
  template <class Predicate>
  static Coro<std::decay_t<std::invoke_result_t<Predicate&>>> wait_for(detail::Ref<detail::ConditionState> condition,
                                                                       Predicate predicate) {
    auto result = predicate();
    while (!result) {
      co_await wait(condition);
      result = predicate();
    }
    co_return result;
  }

  detail::Ref<detail::ConditionState> state_;
};

}  // namespace corosim
