#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <corosim/runtime/runnable.hpp>

namespace corosim::detail {

/// The pending timers: a 4-ary min-heap by (due, order of scheduling), so that removing one is a matter of its depth.
/// Nodes live with their owners; the heap knows them by slots, and touches a node only when it comes or goes: of a
/// million timers most are far out of the cache.
class TimerQueue {
 public:
  bool empty() const { return heap_.empty(); }
  std::size_t size() const { return heap_.size(); }
  /// The earliest deadline. REQUIRES: not empty.
  TimePoint next_deadline() const { return heap_.front().due; }

  /// Schedules `timer` for `due`, after all others of that instant. REQUIRES: it is not scheduled.
  void push(TimerNode& timer, TimePoint due);
  /// Takes the earliest timer out. REQUIRES: not empty.
  TimerNode& pop();
  /// Takes `timer` out. REQUIRES: it is scheduled.
  void remove(TimerNode& timer);

 private:
  // Four of them, the children of one, are a cache line.
  struct Entry {
    TimePoint due;
    std::uint32_t sequence;
    std::uint32_t slot;
    bool before(const Entry& other) const { return due != other.due ? due < other.due : sequence < other.sequence; }
  };
  struct Slot {
    TimerNode* timer;   // null while free
    std::size_t place;  // in the heap; while free, the next free slot
  };
  // The parts of push() and pop().
  [[gnu::always_inline]] inline std::uint32_t take_slot(TimerNode& timer);
  std::uint32_t next_sequence() {
    if (next_sequence_ == kLastSequence) renumber();
    return next_sequence_++;
  }
  void renumber();
  [[gnu::always_inline]] inline void free_slot(TimerNode& timer);
  [[gnu::always_inline]] inline void sift_up(std::size_t index, Entry entry);
  void sift_down(std::size_t index, Entry entry);
  void fetch_next_ones() const;

  std::vector<Entry> heap_;
  std::vector<Slot> slots_;
  static constexpr std::uint32_t kNoSlot = static_cast<std::uint32_t>(-1);
  std::uint32_t free_slot_ = kNoSlot;  // the first of the free ones
  static constexpr std::uint32_t kLastSequence = static_cast<std::uint32_t>(-1);
  std::uint32_t next_sequence_ = 0;
};

}  // namespace corosim::detail
