#include <corosim/runtime/semaphore.hpp>

#include <corosim/runtime/assert.hpp>

namespace corosim {

Semaphore::Semaphore(int value, std::string name)
    : Semaphore(value, std::numeric_limits<int>::max(), "Semaphore", name) {}

Semaphore::Semaphore(int value, int bound, std::string_view what, std::string_view name)
    : value_(value), bound_(bound), line_(what, name, detail::WakeOrder::kFirstInFirstOut) {
  if (value < 0) throw ValueError("Semaphore initial value must be >= 0");
}

void Semaphore::release() {
  if (value_ >= bound_) throw ValueError("BoundedSemaphore released too many times");
  ++value_;
  wake_next();
}

bool Semaphore::wake_next() {
  COROSIM_ASSERT_CMP(value_, >, 0);
  if (line_.wake(1) == 0) return false;
  --value_;
  return true;
}

bool Semaphore::Acquire::await_resume() {
  if (!waited()) {
    --semaphore_.value_;
    return true;
  }
  const bool cancelled = leave();
  if (cancelled && status() == Status::kWoken) ++semaphore_.value_;  // gives back what it was handed
  // Newcomers had to queue behind this waiter even where units were free.
  while (semaphore_.value_ > 0 && semaphore_.wake_next()) {
  }
  finish_wait();
  return true;
}

}  // namespace corosim
