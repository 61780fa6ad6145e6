#include <corosim/runtime/sleep.hpp>

#include <corosim/runtime/event_loop.hpp>

namespace corosim::detail {

Sleep::~Sleep() {
  if (task_ != nullptr) task_->loop().cancel_timer(alarm_);
}

void Sleep::suspend(FrameBase& frame) {
  if (delay_ <= Duration::zero()) {
    if (delay_ == kNotANumber) throw ValueError("Invalid delay: NaN (not a number)");
    task_ = frame.task;
    task_->rest(nullptr);
    return;
  }
  park(frame);
  EventLoop& loop = task_->loop();
  alarm_.when = loop.time() + delay_;
  loop.schedule_timer(alarm_);
}

void Sleep::stop_alarm() { task_->loop().cancel_timer(alarm_); }

void Sleep::await_resume() {
  stop_alarm();
  finish_wait();
}

std::uint64_t Sleep::Alarm::identity() const { return mix_name(owner_.task_->control()); }

Site Sleep::Alarm::site() const { return owner_.task_->site(); }

}  // namespace corosim::detail
