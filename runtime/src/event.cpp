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
    finish_wait();
  }
  return true;
}

}  // namespace corosim
