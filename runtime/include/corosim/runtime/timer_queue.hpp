#pragma once

#include <cstdint>
#include <vector>

#include <corosim/runtime/runnable.hpp>

namespace corosim::detail {

/// The pending timers: a 4-ary min-heap by (due, sequence). Nodes live with their owners and know their place, so that
/// removing one is a matter of its depth.
class TimerQueue {
 public:
  bool empty() const { return heap_.empty(); }
  std::size_t size() const { return heap_.size(); }
  /// The earliest deadline. REQUIRES: not empty.
  TimePoint next_deadline() const { return heap_.front().due; }

  /// Schedules `timer` for timer.due, after all others of that instant. REQUIRES: it is not scheduled.
  void push(TimerNode& timer);
  /// Takes the earliest timer out. REQUIRES: not empty.
  TimerNode& pop();
  /// Takes `timer` out. REQUIRES: it is scheduled.
  void remove(TimerNode& timer);

 private:
  struct Entry {
    TimePoint due;
    std::uint64_t sequence;
    TimerNode* timer;
    bool before(const Entry& other) const { return due != other.due ? due < other.due : sequence < other.sequence; }
  };
  void place(std::size_t index, const Entry& entry);
  void sift_up(std::size_t index, Entry entry);
  void sift_down(std::size_t index, Entry entry);

  std::vector<Entry> heap_;
  std::uint64_t next_sequence_ = 0;
};

}  // namespace corosim::detail
