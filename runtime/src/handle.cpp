#include <corosim/runtime/handle.hpp>

#include <corosim/runtime/event_loop.hpp>

namespace corosim {

namespace detail {

HandleNode::HandleNode(EventLoop& loop, Context context, Site site)
    : TimerNode(HandleKind::kCallback), loop_(loop), context_(std::move(context)), site_(site) {
  loop.handles_.push_back(link_);
}

// CPython 3.14 `events.py`, Handle._run.
void HandleNode::run() {
  const Ref<HandleNode> keep(this);
  release();  // the loop's reference
  {
    touch_read(origin_.name, "run");
    const RunScope scope(context_, &origin_);  // the exception handler's too, as in CPython since 3.12
    try {
      invoke();
    } catch (...) {
      loop_.call_exception_handler({"Exception in callback", std::current_exception(), site_});
    }
  }
  clear();
}

void HandleNode::cancel() {
  touch_write(origin_.name, "Handle.cancel");
  if (cancelled_) return;
  cancelled_ = true;
  const Ref<HandleNode> keep(this);
  if (scheduled() || ready()) {
    loop_.cancel_timer(*this);
    release();  // the loop's reference
  }
  clear();
}

}  // namespace detail

void ThreadSafeHandle::State::run() {
  const std::lock_guard lock(mutex);
  if (cancelled) return;
  const std::function<void()> running = std::exchange(callback, nullptr);
  running();
}

void ThreadSafeHandle::State::drop() {
  const std::lock_guard lock(mutex);
  callback = nullptr;
}

void ThreadSafeHandle::cancel() const {
  const std::lock_guard lock(state_->mutex);
  state_->cancelled = true;
  state_->callback = nullptr;
}

bool ThreadSafeHandle::cancelled() const {
  const std::lock_guard lock(state_->mutex);
  return state_->cancelled;
}

}  // namespace corosim
