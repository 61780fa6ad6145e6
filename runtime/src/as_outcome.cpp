#include <corosim/runtime/as_outcome.hpp>

namespace corosim::detail {

Outcome<void> SleepOutcomeAwaiter::await_resume() {
  stop_timer();
  if (std::exception_ptr interruption = take_interruption()) return interrupted<void>(std::move(interruption));
  if (status() == Status::kCancelled) return {std::make_exception_ptr(CancelledError(take_message())), true};
  return Outcome<void>(std::monostate());
}

}  // namespace corosim::detail
