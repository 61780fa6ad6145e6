#pragma once

#include <cstddef>
#include <deque>
#include <source_location>
#include <string>
#include <utility>

#include <corosim/runtime/event.hpp>
#include <corosim/runtime/line.hpp>

namespace corosim::detail {

/// What the copies of a queue share, without the items: who waits, and how much is left to do. CPython 3.14
/// `queues.py`, class Queue.
class QueueStateBase : public SharedState {
 public:
  class Turn;

  QueueStateBase(std::size_t maxsize, const std::string& name);

  std::size_t size() const { return size_; }
  std::size_t maxsize() const { return maxsize_; }
  bool empty() const { return size() == 0; }
  bool full() const { return maxsize_ > 0 && size() >= maxsize_; }
  const Event& finished() const { return finished_; }

  /// Awaited: until there was a slot, or an item, for this task. Another may have taken it before its step.
  Turn turn_to_put();
  Turn turn_to_get();
  /// Throws QueueShutDown once the queue was shut down.
  void require_open() const;
  void task_done();
  void shut_down(bool immediate);

 protected:
  /// Throws QueueShutDown or QueueFull when no item can be put.
  void require_slot(std::source_location where) const;
  /// Throws QueueShutDown or QueueEmpty when there is no item.
  void require_item(std::source_location where) const;
  void item_was_put();
  void item_was_taken() {
    --size_;
    putters_.wake_and_drop_next();
  }

 private:
  virtual void drop_item() = 0;

  std::size_t size_ = 0;        // of the items, which derived classes hold
  std::size_t maxsize_;         // 0 for no limit
  std::size_t unfinished_ = 0;  // items that were put and not reported done
  bool shut_down_ = false;
  Line getters_;  // a woken waiter leaves these lines at once
  Line putters_;
  Event finished_;  // set while nothing is unfinished
};

/// One wait of a put() or get(). When it is cancelled although it was woken, the next in line is woken in its place.
class QueueStateBase::Turn final : public LineWaiter {
 public:
  Turn(QueueStateBase& queue, Line& line) : LineWaiter(line), queue_(queue), line_(line) {}

  bool await_ready() const {
    touch_write(queue_.id(), operation());
    return false;
  }
  void await_resume();

 private:
  const char* operation() const { return &line_ == &queue_.getters_ ? "Queue.get" : "Queue.put"; }

  QueueStateBase& queue_;
  Line& line_;
};

inline QueueStateBase::Turn QueueStateBase::turn_to_get() { return Turn(*this, getters_); }

/// The same with items of type T, in whatever order.
template <class T>
class TypedQueueState : public QueueStateBase {
 public:
  using QueueStateBase::QueueStateBase;

  /// Throws QueueShutDown or QueueFull.
  void put(T item, std::source_location where = {}) {
    require_slot(where);
    push(std::move(item));
    item_was_put();
  }
  /// Throws QueueShutDown or QueueEmpty.
  T get(std::source_location where = {}) {
    require_item(where);
    T item = pop();
    item_was_taken();
    return item;
  }

 private:
  virtual void push(T item) = 0;
  virtual T pop() = 0;
};

/// The same with the order of `Items`: a container with push() and pop().
template <class T, class Items>
class QueueState final : public TypedQueueState<T> {
 public:
  using TypedQueueState<T>::TypedQueueState;

 private:
  void push(T item) override { items_.push(std::move(item)); }
  T pop() override { return items_.pop(); }
  void drop_item() override { items_.pop(); }

  Items items_;
};

/// First in, first out.
template <class T>
class FifoItems {
 public:
  void push(T item) { items_.push_back(std::move(item)); }
  T pop() {
    T item = std::move(items_.front());
    items_.pop_front();
    return item;
  }

 private:
  std::deque<T> items_;
};

/// Last in, first out.
template <class T>
class LifoItems {
 public:
  void push(T item) { items_.push_back(std::move(item)); }
  T pop() {
    T item = std::move(items_.back());
    items_.pop_back();
    return item;
  }

 private:
  std::deque<T> items_;
};

/// Least first: a binary heap, step for step that of CPython's `heapq.py`, so that equal items come in the same order.
template <class T, class Compare>
class HeapItems {
 public:
  void push(T item) {
    items_.push_back(std::move(item));
    rise(items_.size() - 1);
  }
  T pop() {
    T last = std::move(items_.back());
    items_.pop_back();
    if (items_.empty()) return last;
    T least = std::exchange(items_.front(), std::move(last));
    sink();
    return least;
  }

 private:
  // heapq._siftdown: the item at `place` goes up until its parent is not greater.
  void rise(std::size_t place) {
    T item = std::move(items_[place]);
    while (place > 0) {
      const std::size_t parent = (place - 1) / 2;
      if (!less_(item, items_[parent])) break;
      items_[place] = std::move(items_[parent]);
      place = parent;
    }
    items_[place] = std::move(item);
  }
  // heapq._siftup: the item at the top goes down to a leaf, the lesser child taking its place each time, then up again.
  void sink() {
    T item = std::move(items_.front());
    std::size_t place = 0;
    for (std::size_t child = 1; child < items_.size(); child = 2 * place + 1) {
      if (child + 1 < items_.size() && !less_(items_[child], items_[child + 1])) ++child;
      items_[place] = std::move(items_[child]);
      place = child;
    }
    items_[place] = std::move(item);
    rise(place);
  }

  std::deque<T> items_;
  [[no_unique_address]] Compare less_{};
};

}  // namespace corosim::detail
