#include <corosim/runtime/timeout.hpp>

#include <corosim/runtime/assert.hpp>

namespace corosim {

const char* Timeout::word(State state) {
  switch (state) {
    case State::kCreated:
      return "created";
    case State::kActive:
      return "active";
    case State::kExpiring:
      return "expiring";
    case State::kExpired:
      return "expired";
    case State::kFinished:
      return "finished";
  }
  return "?";
}

void Timeout::reschedule(std::optional<TimePoint> when) {
  detail::touch_write(id_, "Timeout.reschedule");
  if (state_ == State::kCreated) throw RuntimeError("Timeout has not been entered");
  if (state_ != State::kActive) {
    throw RuntimeError(fmt::format("Cannot change state of {} Timeout", word(state_)));
  }
  when_ = when;
  drop_timer();
  if (!when) return;
  EventLoop& loop = task_.get_loop();
  if (*when <= loop.time()) {
    timer_ = loop.call_soon([this] { on_timeout(); });
  } else {
    timer_ = loop.call_at(*when, [this] { on_timeout(); });
  }
}

void Timeout::enter() {
  if (state_ != State::kCreated) throw RuntimeError("Timeout has already been entered");
  const std::optional<AnyTask> task = current_task();
  if (!task) throw RuntimeError("Timeout should be used inside a task");
  state_ = State::kActive;
  task_ = *task;
  cancelling_ = task_.cancelling();
  reschedule(when_);
}

bool Timeout::exit(bool cancelled) {
  detail::touch_write(id_, "Timeout.exit");
  COROSIM_ASSERT(state_ == State::kActive || state_ == State::kExpiring);
  drop_timer();
  if (state_ == State::kActive) {
    state_ = State::kFinished;
    return false;
  }
  state_ = State::kExpired;
  // Only where no other request is left is the cancellation ours alone.
  return task_.uncancel() <= cancelling_ && cancelled;
}

void Timeout::on_timeout() {
  detail::touch_write(id_, "Timeout.expire");
  COROSIM_ASSERT(state_ == State::kActive);
  task_.cancel();
  state_ = State::kExpiring;
  timer_.reset();
}

void Timeout::drop_timer() {
  if (timer_) timer_->cancel();
  timer_.reset();
}

Coro<void> detail::cancel_and_wait(AnyFuture future) {
  Future<void> waiter = get_running_loop().create_future<void>();
  const DoneCallback release = future.add_done_callback([waiter] {
    if (!waiter.done()) waiter.set_result();
  });
  try {
    future.cancel();
    // Waiting on `future` itself could not be cancelled reliably.
    co_await waiter;
  } catch (...) {
    future.remove_done_callback(release);
    throw;
  }
  future.remove_done_callback(release);
}

}  // namespace corosim
