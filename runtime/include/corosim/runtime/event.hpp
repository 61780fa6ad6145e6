#pragma once

#include <string>
#include <string_view>

#include <corosim/runtime/line.hpp>

namespace corosim {

namespace detail {
class QueueBase;
}

/// A flag that tasks wait for; Python's `asyncio.Event`. CPython 3.14 `locks.py`, class Event.
///
/// set() wakes all that wait, in the order of their coming. A task that was woken returns from wait() also when the flag
/// was cleared again before its step. Cancelling a waiter has no effect on the others.
class Event {
 public:
  class Wait;

  /// Not set. `name` appears in reports of who waits for what.
  explicit Event(std::string name = {}) : line_("Event", name, detail::WakeOrder::kFree) {}
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  void set();
  void clear() { set_ = false; }
  bool is_set() const { return set_; }
  /// Awaited: waits until the flag is set, returns true. No scheduling point where it is.
  Wait wait();

 private:
  friend class detail::QueueBase;
  Event(std::string_view what, std::string_view name) : line_(what, name, detail::WakeOrder::kFree) {}

  bool set_ = false;
  detail::Line line_;
};

/// CPython's Event.wait.
class Event::Wait : public detail::LineWaiter {
 public:
  explicit Wait(Event& event) : LineWaiter(event.line_), event_(event) {}

  bool await_ready() const { return event_.set_; }
  bool await_resume();

 private:
  Event& event_;
};

inline Event::Wait Event::wait() { return Wait(*this); }

}  // namespace corosim
