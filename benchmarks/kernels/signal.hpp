#pragma once

#include <corosim/corosim.hpp>

namespace corosim::kernels {

/// A condition variable without a lock: wait() always waits, for a later notify(). Waiters are woken in the order of
/// their coming.
class Signal {
  class State final : public detail::SharedState {
   public:
    State() : line(id(), "Signal", {}, detail::WakeOrder::kFree) {}
    detail::Line line;
  };

 public:
  class Wait : public detail::LineWaiter {
   public:
    explicit Wait(detail::Ref<State> signal) : LineWaiter(signal->line), signal_(std::move(signal)) {}

    bool await_ready() const {
      detail::touch_write(signal_->id(), "Signal.wait");
      return false;
    }
    void await_resume() {
      leave();
      finish_wait();
    }

   private:
    detail::Ref<State> signal_;
  };

  Wait wait() const { return Wait(state_); }
  /// Wakes one waiter; nobody, where none waits.
  void notify() const {
    detail::touch_write(state_->id(), "Signal.notify");
    state_->line.wake(1);
  }

 private:
  detail::Ref<State> state_{new State()};
};

}  // namespace corosim::kernels
