#pragma once

#include <utility>

#include <corosim/corosim.hpp>

namespace corosim::kernels {

/// A lock whose operations conflict by what they mean: attempts only with attempts, which stand in line; a grant only
/// with grants and releases. An attempt does not conflict with a release, so that complete exploration tries each order
/// of grants once. For that acquire() always suspends, also where the lock is free. A released lock goes to the first
/// in line.
class SemanticLock {
  class State final : public detail::SharedState {
   public:
    State() : line(id(), "SemanticLock", {}, detail::WakeOrder::kFree) {}

    detail::ObjectId attempts = id();
    detail::ObjectId grants = detail::new_object_id();
    bool held = false;
    int waiting = 0;
    detail::Line line;
  };

 public:
  class Acquire;

  Acquire acquire() const;
  void release() const;

 private:
  detail::Ref<State> state_{new State()};
};

/// REQUIRES: its task is not cancelled.
class SemanticLock::Acquire : public detail::LineWaiter {
 public:
  explicit Acquire(detail::Ref<State> lock) : LineWaiter(lock->line), lock_(std::move(lock)) {}

  bool await_ready() const { return false; }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> handle) {
    detail::touch_write(lock_->attempts, "SemanticLock.attempt");
    if (std::exchange(lock_->held, true)) {
      ++lock_->waiting;
      LineWaiter::await_suspend(handle);
    } else {  // gives way, as a bare yield
      detail::FrameBase& frame = handle.promise();
      frame.task->rest(nullptr);
    }
  }
  void await_resume() {
    detail::touch_grant(lock_->grants, "SemanticLock.grant");
    if (waited()) leave();
  }

 private:
  detail::Ref<State> lock_;
};

inline SemanticLock::Acquire SemanticLock::acquire() const { return Acquire(state_); }

inline void SemanticLock::release() const {
  detail::touch_write(state_->grants, "SemanticLock.release");
  if (state_->waiting == 0) {
    state_->held = false;
    return;
  }
  --state_->waiting;
  // That the wake-up writes the woken task is not told: nobody else wakes it, and grant and release conflict already.
  detail::AccessLog* const log = std::exchange(detail::access_log, nullptr);
  state_->line.wake(1);
  detail::access_log = log;
}

}  // namespace corosim::kernels
