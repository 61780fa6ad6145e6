#pragma once

#include <cstddef>
#include <exception>
#include <functional>
#include <source_location>
#include <string>
#include <type_traits>
#include <utility>

#include <corosim/runtime/coro.hpp>
#include <corosim/runtime/queue_state.hpp>

namespace corosim {

/// get_nowait() of a queue without items.
class QueueEmpty : public std::exception {
 public:
  const char* what() const noexcept override { return "the queue is empty"; }
};
/// put_nowait() to a queue that has `maxsize` items.
class QueueFull : public std::exception {
 public:
  const char* what() const noexcept override { return "the queue is full"; }
};
/// put() to a queue that was shut down, or get() when such a queue is empty.
class QueueShutDown : public std::exception {
 public:
  const char* what() const noexcept override { return "the queue was shut down"; }
};

/// Hands items from tasks to tasks, first in first out; Python's `asyncio.Queue`. CPython 3.14 `queues.py`, class
/// Queue. Copies name the same queue; a LifoQueue or PriorityQueue may be passed as the Queue that it is.
///
/// An item that is put wakes the first getter, a slot that gets free the first putter, each in the order of their
/// coming. A woken task takes what is there when its step runs: another may have been faster, then it waits again, at
/// the end of the line. Cancelling a waiting task loses no item: what had woken it goes to the next in line.
template <class T>
class Queue {
 public:
  static_assert(std::is_object_v<T>, "a Queue holds values: for references, queue pointers");
  class Join;
  using ValueType = T;

  /// Holds up to `maxsize` items; 0 for no limit. `name` appears in reports of who waits for what.
  explicit Queue(std::size_t maxsize = 0, const std::string& name = {})
      : Queue(new detail::QueueState<T, detail::FifoItems<T>>(maxsize, name)) {}

  /// Puts `item` when there is a slot. No scheduling point where there is one. Throws QueueShutDown.
  Coro<void> put(T item) const { return put(state_, std::move(item)); }
  /// Takes an item when there is one. No scheduling point where there is one. Throws QueueShutDown when none is left.
  Coro<T> get() const { return get(state_); }
  /// Puts `item`. Throws QueueFull where there is no slot, QueueShutDown.
  void put_nowait(T item, std::source_location where = std::source_location::current()) const {
    state_->put(std::move(item), where);
  }
  /// Takes an item. Throws QueueEmpty where there is none, or QueueShutDown.
  T get_nowait(std::source_location where = std::source_location::current()) const { return state_->get(where); }

  std::size_t qsize() const { return seen().size(); }
  /// How many items the queue holds at most; 0 for no limit.
  std::size_t maxsize() const { return state_->maxsize(); }
  bool empty() const { return seen().empty(); }
  bool full() const { return seen().full(); }

  /// The work on an item that was taken is done. Throws ValueError when it was said of all items before.
  void task_done() const { state_->task_done(); }
  /// Awaited: waits until task_done() was called for every item that was put.
  Join join(std::source_location where = std::source_location::current()) const {
    return Join(state_->finished(), where);
  }
  /// Refuses items from now on: put() throws QueueShutDown, also where it waits; get() does once the queue is empty,
  /// and with `immediate` at once: the items are dropped and count as done. Getters wake first, then putters.
  void shutdown(bool immediate = false) const { state_->shut_down(immediate); }

 protected:
  using State = detail::TypedQueueState<T>;
  explicit Queue(State* state) : state_(state) {}

 private:
  const State& seen() const {
    detail::touch_read(state_->id(), "Queue.qsize");
    return *state_;
  }
  static Coro<void> put(detail::Ref<State> queue, T item) {
    while (queue->full()) {
      queue->require_open();
      co_await queue->turn_to_put();
    }
    queue->put(std::move(item));
  }
  static Coro<T> get(detail::Ref<State> queue) {
    while (queue->empty()) {
      queue->require_open();
      co_await queue->turn_to_get();
    }
    co_return queue->get();
  }

  detail::Ref<State> state_;
};

template <class T>
class Queue<T>::Join final : public Event::Wait {
 public:
  static constexpr const char* kFunction = "Queue.join";

  using Event::Wait::Wait;
  void await_resume() { Event::Wait::await_resume(); }
};

/// A queue that gives the latest item first.
template <class T>
class LifoQueue : public Queue<T> {
 public:
  explicit LifoQueue(std::size_t maxsize = 0, const std::string& name = {})
      : Queue<T>(new detail::QueueState<T, detail::LifoItems<T>>(maxsize, name)) {}
};

/// A queue that gives the least item first, by `Compare`. Of equal items, the one that Python's would give.
template <class T, class Compare = std::less<T>>
class PriorityQueue : public Queue<T> {
 public:
  explicit PriorityQueue(std::size_t maxsize = 0, const std::string& name = {})
      : Queue<T>(new detail::QueueState<T, detail::HeapItems<T, Compare>>(maxsize, name)) {}
};

}  // namespace corosim
