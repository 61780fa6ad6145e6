#pragma once

#include <cstdint>
#include <string>

#include <corosim/runtime/condition.hpp>
#include <corosim/runtime/coro.hpp>

namespace corosim {

/// A barrier was aborted, or was reset while tasks waited at it.
class BrokenBarrierError : public RuntimeError {
 public:
  using RuntimeError::RuntimeError;
};

/// A place where a fixed number of tasks wait for each other; Python's `asyncio.Barrier`. CPython 3.14 `locks.py`, class
/// Barrier.
///
/// The last to come wakes the others, in the order of their coming, and goes on without a scheduling point. Until all of
/// them have left, newcomers wait for the next round. A waiter that is cancelled gives its place free.
class Barrier {
 public:
  /// Throws ValueError unless `parties` is positive. `name` appears in reports of who waits for what.
  explicit Barrier(int parties, std::string name = {});

  /// Waits until `parties()` tasks have come; returns the caller's number in the round, from 0. Throws
  /// BrokenBarrierError when the barrier is or gets aborted, or is reset meanwhile.
  Coro<int> wait();
  /// Empties the barrier, for use from the start: tasks that wait get BrokenBarrierError.
  Coro<void> reset();
  /// Breaks the barrier: tasks that wait, or come later, get BrokenBarrierError, until it is reset.
  Coro<void> abort();

  int parties() const { return parties_; }
  /// How many wait for the barrier to fill; 0 unless it is filling.
  int n_waiting() const { return state_ == State::kFilling ? count_ : 0; }
  bool broken() const { return state_ == State::kBroken; }

 private:
  enum class State : std::uint8_t { kFilling, kDraining, kResetting, kBroken };

  Coro<void> wait_for_entrance();
  Coro<void> wait_until_full();
  void leave();

  Condition condition_;  // notified at each change of state
  int parties_;
  int count_ = 0;  // tasks inside
  State state_ = State::kFilling;
};

}  // namespace corosim
