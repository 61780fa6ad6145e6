#include <corosim/runtime/semaphore.hpp>

#include <limits>

#include <corosim/runtime/assert.hpp>

namespace corosim {

Semaphore::Semaphore(int value, const std::string& name)
    : Semaphore(value, std::numeric_limits<int>::max(), "Semaphore", name) {}

Semaphore::Semaphore(int value, int bound, std::string_view what, const std::string& name) {
  if (value < 0) throw ValueError("Semaphore initial value must be >= 0");
  state_ = detail::Ref(new detail::SemaphoreState(value, bound, what, name));
}

void Semaphore::release(std::source_location where) const {
  detail::touch_write(state_->id(), "Semaphore.release", where);
  if (state_->value >= state_->bound) throw ValueError("BoundedSemaphore released too many times");
  ++state_->value;
  state_->wake_next();
}

bool detail::SemaphoreState::wake_next() {
  COROSIM_ASSERT_CMP(value, >, 0);
  if (line.wake(1) == 0) return false;
  --value;
  return true;
}

bool Semaphore::Acquire::await_resume() {
  detail::SemaphoreState& semaphore = *semaphore_.state_;
  if (!waited()) {
    --semaphore.value;
    return true;
  }
  detail::touch_write(semaphore.id(), "Semaphore.acquire");
  const bool cancelled = leave();
  if (cancelled && status() == Status::kWoken) ++semaphore.value;  // gives back what it was handed
  // Newcomers had to queue behind this waiter even where units were free.
  while (semaphore.value > 0 && semaphore.wake_next()) {
  }
  finish_wait();
  return true;
}

}  // namespace corosim
