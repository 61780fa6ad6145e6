#include <corosim/sim/virtual_clock.hpp>

#include <corosim/runtime/assert.hpp>

namespace corosim::sim {

bool VirtualClock::wait(std::optional<TimePoint> deadline) {
  if (idle_hook_ && idle_hook_()) return true;
  if (!deadline) return false;
  if (deadline->time_since_epoch() > limit_) {
    limit_reached_ = true;
    return false;
  }
  if (*deadline > now_) now_ = *deadline;
  return true;
}

}  // namespace corosim::sim
