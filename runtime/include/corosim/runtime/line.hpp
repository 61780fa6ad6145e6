#pragma once

#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include <corosim/runtime/access.hpp>
#include <corosim/runtime/intrusive.hpp>
#include <corosim/runtime/parking.hpp>
#include <corosim/runtime/runnable.hpp>

namespace corosim {
class EventLoop;
}

namespace corosim::detail {

/// Whether the tasks that a line wakes one after the other may run in another order, where a scheduler chooses.
enum class WakeOrder : std::uint8_t { kFirstInFirstOut, kFree };

/// What the copies of a lock, event or queue share with each other and with the frames that wait, so that, as in
/// Python, it is there as long as anybody may need it: a task that is cancelled after its lock's owner has gone, a
/// ready handle whose lane it holds.
class SharedState {
 public:
  SharedState() = default;
  SharedState(const SharedState&) = delete;
  SharedState& operator=(const SharedState&) = delete;

  ObjectId id() const { return id_; }
  void retain() { ++references_; }
  void release() {
    if (--references_ == 0) delete this;
  }

 protected:
  virtual ~SharedState() = default;

 private:
  ObjectId id_ = new_object_id();
  std::uint32_t references_ = 0;
};

/// The waiters of a lock, event or queue in the order of their coming; what CPython keeps as a deque of futures.
///
/// A waiter leaves when its task's step runs, so that in between the line holds waiters that are finished, woken or
/// cancelled; the rules of who goes first look at those too.
///
/// Belongs to the loop of its first waiter, for good: a task of another one cannot wait in it.
class Line {
 public:
  /// `owner` is the object that has the line; `what` names its kind in reports, `name` the object, if its owner gave it
  /// one: `Lock "account"`.
  Line(ObjectId owner, std::string_view what, std::string_view name, WakeOrder order);
  ~Line();

  /// A task of `loop` is about to wait. Throws RuntimeError when the line belongs to another loop. CPython 3.14
  /// `mixins.py`, _LoopBoundMixin._get_loop.
  void bind_to(EventLoop& loop);
  void join(QueuedWaiter& waiter) { waiters_.push_back(waiter); }
  /// Wakes the first waiter, unless it is finished.
  void wake_head();
  /// Wakes the first `count` waiters that are not finished. Returns how many there were.
  std::size_t wake(std::size_t count);
  std::size_t wake_all() { return wake(std::numeric_limits<std::size_t>::max()); }
  /// Takes waiters out until one was not finished, and wakes that. Returns whether there was one.
  bool wake_and_drop_next();
  /// Whether every waiter is cancelled; true of an empty line.
  bool all_cancelled() const;
  std::string_view label() const { return label_; }

 private:
  Lane* lane() { return order_ == WakeOrder::kFirstInFirstOut ? &lane_ : nullptr; }

  List<QueuedWaiter> waiters_;
  Ref<EventLoop> loop_;  // null before the first wait; kept, so that no later loop has its address
  std::string label_;
  Lane lane_;
  WakeOrder order_;
};

/// One task's wait in a Line. Awaiters derive from it, and hold a reference to the state that has the line. Their
/// await_ready() asks whether there is a need to wait; await_resume() calls leave() first, then finish_wait(), if
/// waited().
class LineWaiter : public QueuedWaiter {
 public:
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> handle) {
    suspend(handle.promise());
  }
  std::string_view waits_for() const override { return line_.label(); }

 protected:
  explicit LineWaiter(Line& line) : line_(line) {}
  LineWaiter(LineWaiter&&) = default;
  ~LineWaiter() = default;

  bool waited() const { return status_ != Status::kIdle; }
  /// Leaves the line, as CPython's `finally: self._waiters.remove(fut)`. Returns whether the task's step delivers a
  /// cancellation, which finish_wait() throws.
  bool leave();

 private:
  void suspend(FrameBase& frame);

  Line& line_;
};

}  // namespace corosim::detail
