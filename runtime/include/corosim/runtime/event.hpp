#pragma once

#include <source_location>
#include <string>
#include <string_view>

#include <corosim/runtime/line.hpp>

namespace corosim {

namespace detail {

class QueueStateBase;

class EventState final : public SharedState {
 public:
  EventState(std::string_view what, const std::string& name) : line(id(), what, name, WakeOrder::kFree) {}

  bool set = false;
  Line line;
};

}  // namespace detail

/// A flag that tasks wait for; Python's `asyncio.Event`. CPython 3.14 `locks.py`, class Event. Copies name the same
/// event.
///
/// set() wakes all that wait, in the order of their coming. A task that was woken returns from wait() also when the
/// flag was cleared again before its step. Cancelling a waiter has no effect on the others.
class Event {
 public:
  class Wait;

  /// Not set. `name` appears in reports of who waits for what.
  explicit Event(const std::string& name = {}) : Event("Event", name) {}

  void set(std::source_location where = std::source_location::current()) const;
  void clear(std::source_location where = std::source_location::current()) const {
    detail::touch_write(state_->id(), "Event.clear", where);
    state_->set = false;
  }
  bool is_set() const {
    detail::touch_read(state_->id(), "Event.is_set");
    return state_->set;
  }
  /// Awaited: waits until the flag is set, returns true. No scheduling point where it is.
  Wait wait(std::source_location where = std::source_location::current()) const;

 private:
  friend class detail::QueueStateBase;
  /// An event inside of something else, which reports as `what`.
  Event(std::string_view what, const std::string& name) : state_(new detail::EventState(what, name)) {}

  detail::Ref<detail::EventState> state_;
};

/// CPython's Event.wait.
class [[nodiscard("nothing waits until this is awaited")]] Event::Wait : public detail::LineWaiter,
                                                                         public detail::Call {
 public:
  static constexpr const char* kFunction = "Event.wait";

  Wait(const Event& event, std::source_location where)
      : LineWaiter(event.state_->line), Call(where), event_(event.state_) {}

  bool await_ready() const {
    detail::touch_read(event_->id(), "Event.wait");
    return event_->set;
  }
  bool await_resume();

 private:
  detail::Ref<detail::EventState> event_;
};

inline Event::Wait Event::wait(std::source_location where) const { return Wait(*this, where); }

}  // namespace corosim
