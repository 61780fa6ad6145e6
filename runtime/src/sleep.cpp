#include <corosim/runtime/sleep.hpp>

#include <corosim/runtime/event_loop.hpp>

namespace corosim::detail {

void Sleep::suspend(FrameBase& frame) {
  if (delay_ == kNotANumber) throw ValueError("Invalid delay: NaN (not a number)");
  park(frame);
  EventLoop& loop = task_->loop();
  alarm_.emplace(*this);
  alarm_->when = loop.time() + delay_;
  loop.schedule_timer(*alarm_);
}

void Sleep::take_alarm_back() {
  task_->loop().cancel_timer(*alarm_);
  alarm_.reset();
}

std::uint64_t Sleep::Alarm::identity() const { return mix_name(owner_.task_->control()); }

Site Sleep::Alarm::site() const { return owner_.task_->site(); }

}  // namespace corosim::detail
