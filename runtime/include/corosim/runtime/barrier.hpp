#pragma once

#include <string>

#include <corosim/runtime/coro.hpp>
#include <corosim/runtime/errors.hpp>
#include <corosim/runtime/intrusive.hpp>

namespace corosim {

namespace detail {
class BarrierState;
}  // namespace detail

/// A barrier was aborted, or was reset while tasks waited at it.
class BrokenBarrierError : public RuntimeError {
 public:
  using RuntimeError::RuntimeError;
};

/// A place where a fixed number of tasks wait for each other; Python's `asyncio.Barrier`. CPython 3.14 `locks.py`,
/// class Barrier. Copies name the same barrier.
///
/// The last to come wakes the others, in the order of their coming, and goes on without a scheduling point. Until all
/// of them have left, newcomers wait for the next round. A waiter that is cancelled gives its place free.
class Barrier {
 public:
  /// Throws ValueError unless `parties` is positive. `name` appears in reports of who waits for what.
  explicit Barrier(int parties, const std::string& name = {});
  Barrier(const Barrier& other);
  Barrier& operator=(const Barrier& other);
  ~Barrier();

  /// Waits until `parties()` tasks have come; returns the caller's number in the round, from 0. Throws
  /// BrokenBarrierError when the barrier is or gets aborted, or is reset meanwhile.
  Coro<int> wait() const;
  /// Empties the barrier, for use from the start: tasks that wait get BrokenBarrierError.
  Coro<void> reset() const;
  /// Breaks the barrier: tasks that wait, or come later, get BrokenBarrierError, until it is reset.
  Coro<void> abort() const;

  int parties() const;
  /// How many wait for the barrier to fill; 0 unless it is filling.
  int n_waiting() const;
  bool broken() const;

 private:
  detail::Ref<detail::BarrierState> state_;
};

}  // namespace corosim
