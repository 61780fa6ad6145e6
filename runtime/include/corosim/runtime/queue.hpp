#pragma once

#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <string>
#include <utility>

#include <corosim/runtime/coro.hpp>
#include <corosim/runtime/event.hpp>
#include <corosim/runtime/line.hpp>

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

namespace detail {

/// A queue without its items: who waits, and how much is left to do. CPython 3.14 `queues.py`, class Queue.
class QueueBase {
 public:
  class Join;

  QueueBase(const QueueBase&) = delete;
  QueueBase& operator=(const QueueBase&) = delete;

  virtual std::size_t qsize() const = 0;
  /// How many items the queue holds at most; 0 for no limit.
  std::size_t maxsize() const { return maxsize_; }
  bool empty() const { return qsize() == 0; }
  bool full() const { return maxsize_ > 0 && qsize() >= maxsize_; }

  /// The work on an item that was taken out is done. Throws ValueError when there were not as many items.
  void task_done();
  /// Awaited: waits until task_done() was called for every item that was put.
  Join join();
  /// Refuses items from now on: put() throws QueueShutDown, also where it waits; get() does once the queue is empty, at
  /// once with `immediate`, which drops the items and takes them as done. Getters wake first, then putters.
  void shutdown(bool immediate = false);

 protected:
  class Turn;

  QueueBase(std::size_t maxsize, const std::string& name);
  ~QueueBase() = default;

  /// Awaited by put() and get(): until a slot or an item was there for this task, which another may take before its step.
  Turn turn_to_put();
  Turn turn_to_get();
  /// Throws QueueShutDown once the queue was shut down.
  void require_open() const;
  /// Throws QueueShutDown or QueueFull when no item can be put.
  void require_slot() const;
  /// Throws QueueShutDown or QueueEmpty when there is no item.
  void require_item() const;
  void item_was_put();
  void item_was_taken() { putters_.wake_and_drop_next(); }

 private:
  virtual void drop_item() = 0;

  std::size_t maxsize_;
  std::size_t unfinished_ = 0;  // items that were put and not reported done
  bool shut_down_ = false;
  Line getters_;  // a woken waiter leaves these lines at once
  Line putters_;
  Event finished_;  // set while nothing is unfinished
};

/// One wait of a put() or get(). When it is cancelled although it was woken, the next in line is woken in its place.
class QueueBase::Turn final : public LineWaiter {
 public:
  Turn(QueueBase& queue, Line& line) : LineWaiter(line), queue_(queue), line_(line) {}

  bool await_ready() const { return false; }
  void await_resume();

 private:
  QueueBase& queue_;
  Line& line_;
};

class QueueBase::Join final : public Event::Wait {
 public:
  using Event::Wait::Wait;
  void await_resume() { Event::Wait::await_resume(); }
};

inline QueueBase::Join QueueBase::join() { return Join(finished_); }
inline QueueBase::Turn QueueBase::turn_to_put() { return Turn(*this, putters_); }
inline QueueBase::Turn QueueBase::turn_to_get() { return Turn(*this, getters_); }

}  // namespace detail

/// Hands items from tasks to tasks, first in first out; Python's `asyncio.Queue`.
///
/// An item that is put wakes the first getter, a slot that gets free the first putter, each in the order of their coming.
/// A woken task takes what is there when its step runs: another may have been faster, then it waits again, at the end of
/// the line. Cancelling a waiting task loses no item: what had woken it goes to the next in line.
template <class T>
class Queue : public detail::QueueBase {
 public:
  using ValueType = T;

  /// Holds up to `maxsize` items; 0 for no limit. `name` appears in reports of who waits for what.
  explicit Queue(std::size_t maxsize = 0, std::string name = {}) : QueueBase(maxsize, name) {}
  virtual ~Queue() = default;

  std::size_t qsize() const final { return items_.size(); }
  /// Puts `item` when there is a slot. No scheduling point where there is one.
  Coro<void> put(T item) {
    while (full()) {
      require_open();
      co_await turn_to_put();
    }
    put_nowait(std::move(item));
  }
  /// Takes an item when there is one. No scheduling point where there is one.
  Coro<T> get() {
    while (empty()) {
      require_open();
      co_await turn_to_get();
    }
    co_return get_nowait();
  }
  /// Puts `item`. Throws QueueFull where there is no slot.
  void put_nowait(T item) {
    require_slot();
    push(items_, std::move(item));
    item_was_put();
  }
  /// Takes an item. Throws QueueEmpty where there is none.
  T get_nowait() {
    require_item();
    T item = pop(items_);
    item_was_taken();
    return item;
  }

 protected:
  /// Where an item goes and which is next; CPython's `_put` and `_get`.
  virtual void push(std::deque<T>& items, T item) { items.push_back(std::move(item)); }
  /// REQUIRES: there are items.
  virtual T pop(std::deque<T>& items) {
    T item = std::move(items.front());
    items.pop_front();
    return item;
  }

 private:
  void drop_item() final { pop(items_); }

  std::deque<T> items_;
};

/// A queue that gives the latest item first.
template <class T>
class LifoQueue final : public Queue<T> {
 public:
  using Queue<T>::Queue;

 private:
  T pop(std::deque<T>& items) override {
    T item = std::move(items.back());
    items.pop_back();
    return item;
  }
};

/// A queue that gives the least item first, by `Compare`. Of items that are equal, the one that Python's gives: the heap is
/// that of CPython's `heapq.py`, step for step.
template <class T, class Compare = std::less<T>>
class PriorityQueue final : public Queue<T> {
 public:
  using Queue<T>::Queue;

 private:
  void push(std::deque<T>& items, T item) override {
    items.push_back(std::move(item));
    rise(items, items.size() - 1);
  }
  T pop(std::deque<T>& items) override {
    T last = std::move(items.back());
    items.pop_back();
    if (items.empty()) return last;
    T least = std::exchange(items.front(), std::move(last));
    sink(items);
    return least;
  }

  // heapq._siftdown: the item at `place` goes up until its parent is not greater.
  void rise(std::deque<T>& items, std::size_t place) {
    T item = std::move(items[place]);
    while (place > 0) {
      const std::size_t parent = (place - 1) / 2;
      if (!less_(item, items[parent])) break;
      items[place] = std::move(items[parent]);
      place = parent;
    }
    items[place] = std::move(item);
  }
  // heapq._siftup: the item at the top goes down to a leaf, the lesser child taking its place each time, then up again.
  void sink(std::deque<T>& items) {
    T item = std::move(items.front());
    std::size_t place = 0;
    for (std::size_t child = 1; child < items.size(); child = 2 * place + 1) {
      if (child + 1 < items.size() && !less_(items[child], items[child + 1])) ++child;
      items[place] = std::move(items[child]);
      place = child;
    }
    items[place] = std::move(item);
    rise(items, place);
  }

  [[no_unique_address]] Compare less_{};
};

}  // namespace corosim
