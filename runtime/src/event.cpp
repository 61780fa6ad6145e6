#include <corosim/runtime/event.hpp>

namespace corosim {

void Event::set() const {
  detail::touch_write(state_->id(), "Event.set");
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
