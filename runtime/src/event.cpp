#include <corosim/runtime/event.hpp>

namespace corosim {

void Event::set(std::source_location where) const {
  detail::touch_write(state_->id(), "Event.set", where);
  if (state_->set) return;
  state_->set = true;
  state_->line.wake_all();
}

bool Event::Wait::await_resume() {
  if (waited()) {
    leave();
    // Where it comes before a set(), that finds one waiter less.
    if (status() == Status::kCancelled) detail::touch_add(event_->id(), "Event.wait");
    finish_wait();
  }
  return true;
}

}  // namespace corosim
