#include <corosim/runtime/as_outcome.hpp>

namespace corosim::detail {

Outcome<void> SleepOutcomeAwaiter::await_resume() {
  stop_timer();
  if (must_throw()) return Outcome<void>::of_cancellation(take_message());
  return Outcome<void>(std::monostate());
}

}  // namespace corosim::detail
