#include <corosim/runtime/event.hpp>

namespace corosim {

void Event::set() {
  if (set_) return;
  set_ = true;
  line_.wake_all();
}

bool Event::Wait::await_resume() {
  if (waited()) {
    leave();
    finish_wait();
  }
  return true;
}

}  // namespace corosim
