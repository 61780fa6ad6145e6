#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include <corosim/runtime/runnable.hpp>

namespace corosim::detail {

/// The pending timers, by (due, order of scheduling): a 4-ary min-heap of lines. A line is of timers that were
/// scheduled one after the other for one instant, as tasks that woke together do that sleep as long: to join it or to
/// leave it is a matter of a few stores, and only a line that comes or goes one of the heap's depth.
///
/// Nodes live with their owners; the queue knows them by slots, and touches a node only when it comes or goes: of a
/// million timers most are far out of the cache.
class TimerQueue {
 public:
  bool empty() const { return lines_ == 0; }
  /// The earliest deadline. REQUIRES: not empty.
  TimePoint next_deadline() const { return line(0).due; }

  /// Schedules `timer` for `due`, after all others of that instant. REQUIRES: it is not scheduled.
  void push(TimerNode& timer, TimePoint due);
  /// Takes the earliest timer out. REQUIRES: not empty.
  TimerNode& pop();
  /// Takes `timer` out. REQUIRES: it is scheduled.
  void remove(TimerNode& timer);

 private:
  using SlotNumber = std::uint32_t;
  static constexpr SlotNumber kNoSlot = static_cast<SlotNumber>(-1);
  static constexpr std::size_t kArity = 4;
  // A line.
  struct Entry {
    TimePoint due;
    std::uint32_t sequence;
    SlotNumber first;
    bool before(const Entry& other) const { return due != other.due ? due < other.due : sequence < other.sequence; }
  };
  struct Slot {
    TimerNode* timer;      // null while free
    SlotNumber next;       // behind it in the line, or, while free, among the free ones
    std::uint32_t before;  // of the first of a line its place in the heap, of the others the slot before
  };
  // The children of one entry, in one cache line.
  struct alignas(64) Siblings {
    Entry entries[kArity];
  };
  // The root is the last of its group, so that the children of each are one.
  static constexpr std::size_t kRoot = kArity - 1;

  const Entry& line(std::size_t place) const {
    return heap_[(place + kRoot) / kArity].entries[(place + kRoot) % kArity];
  }
  Entry& line(std::size_t place) { return const_cast<Entry&>(std::as_const(*this).line(place)); }
  // The parts of push() and pop().
  [[gnu::always_inline]] inline SlotNumber take_slot(TimerNode& timer);
  [[gnu::always_inline]] inline void free_slot(SlotNumber slot);
  void add_slots();
  [[gnu::always_inline]] inline void push_line(SlotNumber first, TimePoint due);
  void grow_heap();
  void remove_line(std::size_t place);
  bool is_first(SlotNumber slot) const {
    const std::uint32_t place = slots_[slot].before;
    return place < lines_ && line(place).first == slot;
  }
  std::uint32_t next_sequence() {
    if (next_sequence_ == kLastSequence) renumber();
    return next_sequence_++;
  }
  void renumber();
  void put(std::size_t place, const Entry& entry) {
    line(place) = entry;
    slots_[entry.first].before = static_cast<std::uint32_t>(place);
  }
  [[gnu::always_inline]] inline void sift_up(std::size_t place, Entry entry);
  void sift_down(std::size_t place, Entry entry);
  void fetch_next_ones() const;

  std::vector<Siblings> heap_;
  std::size_t lines_ = 0;
  std::vector<Slot> slots_;
  SlotNumber free_slot_ = kNoSlot;  // the first of the free ones
  SlotNumber latest_ = kNoSlot;     // the last of the line that was begun last; kNoSlot once that is gone
  TimePoint latest_due_{};
  static constexpr std::uint32_t kLastSequence = static_cast<std::uint32_t>(-1);
  std::uint32_t next_sequence_ = 0;
};

}  // namespace corosim::detail
