#include <corosim/runtime/sleep.hpp>

#include <corosim/runtime/event_loop.hpp>

namespace corosim::detail {

void Sleep::suspend(FrameBase& frame) {
  if (delay_ == kNotANumber) throw ValueError("Invalid delay: NaN (not a number)");
  park(frame);
  EventLoop& loop = task_->loop();
  loop.schedule_timer(*this, loop.time() + delay_);
}

void Sleep::take_timer_back() { task_->loop().cancel_timer(*this); }

void Sleep::run() { wake(); }

}  // namespace corosim::detail
