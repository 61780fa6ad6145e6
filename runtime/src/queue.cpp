#include <corosim/runtime/queue.hpp>

#include <corosim/runtime/assert.hpp>
#include <corosim/runtime/event_loop.hpp>

namespace corosim::detail {

QueueStateBase::QueueStateBase(std::size_t maxsize, const std::string& name)
    : maxsize_(maxsize),
      getters_(id(), "Queue.get", name, WakeOrder::kFirstInFirstOut),
      putters_(id(), "Queue.put", name, WakeOrder::kFirstInFirstOut),
      finished_("Queue.join", name) {
  finished_.set({});
}

void QueueStateBase::require_open() const {
  touch_read(id(), "Queue.shutdown");
  if (shut_down_) throw QueueShutDown();
}

void QueueStateBase::require_slot(std::source_location where) const {
  touch_write(id(), "Queue.put", where);
  require_open();
  if (full()) throw QueueFull();
}

void QueueStateBase::require_item(std::source_location where) const {
  touch_write(id(), "Queue.get", where);
  if (!empty()) return;
  require_open();
  throw QueueEmpty();
}

void QueueStateBase::item_was_put() {
  ++size_;
  ++unfinished_;
  finished_.clear({});
  getters_.wake_and_drop_next();
}

QueueStateBase::Turn QueueStateBase::turn_to_put() {
  getters_.bind_to(get_running_loop());  // both lines belong to one loop
  return Turn(*this, putters_);
}

void QueueStateBase::task_done() {
  touch_write(id(), "Queue.task_done");
  if (unfinished_ == 0) throw ValueError("task_done() called too many times");
  if (--unfinished_ == 0) finished_.set({});
}

void QueueStateBase::shut_down(bool immediate) {
  touch_write(id(), "Queue.shutdown");
  shut_down_ = true;
  while (immediate && !empty()) {
    drop_item();
    --size_;
    if (unfinished_ > 0) task_done();
  }
  while (getters_.wake_and_drop_next()) {
  }
  while (putters_.wake_and_drop_next()) {
  }
}

// CPython 3.14 `queues.py`: the handlers around the waits of Queue.put and Queue.get.
void QueueStateBase::Turn::await_resume() {
  touch_write(queue_.id(), operation());
  if (leave() && status() == Status::kWoken) {
    const bool there_is_one = &line_ == &queue_.getters_ ? !queue_.empty() : !queue_.full();
    if (there_is_one) line_.wake_and_drop_next();
  }
  finish_wait();
}

}  // namespace corosim::detail
