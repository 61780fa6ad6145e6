#include <corosim/runtime/barrier.hpp>

#include <exception>
#include <utility>

#include <corosim/runtime/assert.hpp>

namespace corosim {

Barrier::Barrier(int parties, std::string name) : condition_("Barrier", name), parties_(parties) {
  if (parties < 1) throw ValueError("parties must be >= 1");
}

// CPython 3.14 `locks.py`, Barrier.wait.
Coro<int> Barrier::wait() {
  const auto guard = co_await condition_.scoped();
  co_await wait_for_entrance();
  const int index = count_++;
  std::exception_ptr error;
  try {
    if (index + 1 == parties_) {
      state_ = State::kDraining;
      condition_.notify_all();
    } else {
      co_await wait_until_full();
    }
  } catch (...) {
    error = std::current_exception();
  }
  leave();
  if (error) std::rethrow_exception(error);
  co_return index;
}

// CPython's Barrier._block.
Coro<void> Barrier::wait_for_entrance() {
  const auto open = [this] { return state_ != State::kDraining && state_ != State::kResetting; };
  co_await condition_.wait_for(open);
  if (state_ == State::kBroken) throw BrokenBarrierError("Barrier aborted");
}

// CPython's Barrier._wait.
Coro<void> Barrier::wait_until_full() {
  const auto over = [this] { return state_ != State::kFilling; };
  co_await condition_.wait_for(over);
  if (state_ != State::kDraining) throw BrokenBarrierError("Abort or reset of barrier");
}

// CPython's Barrier._exit. The last to leave opens the barrier for the next round.
void Barrier::leave() {
  COROSIM_ASSERT_CMP(count_, >, 0);
  if (--count_ > 0) return;
  if (state_ == State::kResetting || state_ == State::kDraining) state_ = State::kFilling;
  condition_.notify_all();
}

Coro<void> Barrier::reset() {
  const auto guard = co_await condition_.scoped();
  state_ = count_ > 0 ? State::kResetting : State::kFilling;
  condition_.notify_all();
}

Coro<void> Barrier::abort() {
  const auto guard = co_await condition_.scoped();
  state_ = State::kBroken;
  condition_.notify_all();
}

}  // namespace corosim
