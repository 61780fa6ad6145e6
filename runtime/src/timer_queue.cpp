#include <corosim/runtime/timer_queue.hpp>

#include <algorithm>
#include <utility>

#include <corosim/runtime/assert.hpp>

namespace corosim::detail {

namespace {
constexpr std::size_t kInitialSize = 32;
constexpr std::size_t kOutOfCache = 4096;  // so many timers and their tasks are not all in the cache
}  // namespace

void TimerQueue::add_slots() {
  const std::size_t size = slots_.size();
  slots_.resize(std::max(kInitialSize, 2 * size));
  for (std::size_t slot = slots_.size(); slot > size; --slot) {
    slots_[slot - 1] = {nullptr, free_slot_, 0};
    free_slot_ = static_cast<SlotNumber>(slot - 1);
  }
}

TimerQueue::SlotNumber TimerQueue::take_slot(TimerNode& timer) {
  if (free_slot_ == kNoSlot) add_slots();
  const SlotNumber slot = free_slot_;
  free_slot_ = slots_[slot].next;
  slots_[slot] = {&timer, kNoSlot, 0};
  return slot;
}

void TimerQueue::free_slot(SlotNumber slot) {
  slots_[slot].timer->scheduled_ = false;
  slots_[slot] = {nullptr, free_slot_, 0};
  free_slot_ = slot;
}

// The heap of lines ---------------------------------------------------------------------------------------------------

void TimerQueue::push_line(SlotNumber first, TimePoint due) {
  if (lines_ + kRoot >= heap_.size() * kArity) grow_heap();
  const Entry entry{due, next_sequence(), first};
  sift_up(lines_++, entry);
}

void TimerQueue::grow_heap() { heap_.resize(std::max(kInitialSize / kArity, 2 * heap_.size())); }

void TimerQueue::remove_line(std::size_t place) {
  const Entry last = line(--lines_);
  if (place == lines_) return;
  if (place > 0 && last.before(line((place - 1) / kArity))) {
    sift_up(place, last);
  } else {
    sift_down(place, last);
  }
}

// A sorted array is a heap.
void TimerQueue::renumber() {
  std::vector<Entry> sorted;
  for (std::size_t place = 0; place < lines_; ++place) sorted.push_back(line(place));
  std::sort(sorted.begin(), sorted.end(), [](const Entry& a, const Entry& b) { return a.before(b); });
  for (next_sequence_ = 0; next_sequence_ < lines_; ++next_sequence_) {
    sorted[next_sequence_].sequence = next_sequence_;
    put(next_sequence_, sorted[next_sequence_]);
  }
}

void TimerQueue::sift_up(std::size_t place, Entry entry) {
  while (place > 0) {
    const std::size_t parent = (place - 1) / kArity;
    if (!entry.before(line(parent))) break;
    put(place, line(parent));
    place = parent;
  }
  put(place, entry);
}

void TimerQueue::sift_down(std::size_t place, Entry entry) {
  for (;;) {
    const std::size_t first = place * kArity + 1;
    if (first >= lines_) break;
    const std::size_t end = std::min(first + kArity, lines_);
    std::size_t least = first;
    for (std::size_t child = first + 1; child < end; ++child) {
      if (line(child).before(line(least))) least = child;
    }
    if (!line(least).before(entry)) break;
    put(place, line(least));
    place = least;
  }
  put(place, entry);
}

// Timers --------------------------------------------------------------------------------------------------------------

void TimerQueue::push(TimerNode& timer, TimePoint due) {
  COROSIM_ASSERT(!timer.scheduled_);
  const SlotNumber slot = take_slot(timer);
  timer.scheduled_ = true;
  timer.position = slot;
  if (latest_ != kNoSlot && due == latest_due_) {
    slots_[latest_].next = slot;
    slots_[slot].before = latest_;
  } else {
    push_line(slot, due);
    latest_due_ = due;
  }
  latest_ = slot;
}

TimerNode& TimerQueue::pop() {
  const SlotNumber slot = line(0).first;
  const auto [earliest, next, place] = slots_[slot];
  COROSIM_ASSERT(earliest->scheduled_ && earliest->position == slot && place == 0);
  free_slot(slot);
  if (next != kNoSlot) {
    line(0).first = next;
    slots_[next].before = 0;
  } else {
    if (latest_ == slot) latest_ = kNoSlot;
    remove_line(0);
  }
  if (slots_.size() > kOutOfCache && lines_ > 0) fetch_next_ones();
  return *earliest;
}

void TimerQueue::remove(TimerNode& timer) {
  const auto slot = static_cast<SlotNumber>(timer.position);
  COROSIM_ASSERT(timer.scheduled_ && slot < slots_.size() && slots_[slot].timer == &timer);
  const SlotNumber next = slots_[slot].next;
  const std::uint32_t before = slots_[slot].before;
  const bool first = is_first(slot);
  free_slot(slot);
  if (next != kNoSlot) slots_[next].before = before;
  if (latest_ == slot) latest_ = first ? kNoSlot : before;
  if (!first) {
    slots_[before].next = next;
  } else if (next != kNoSlot) {
    line(before).first = next;
  } else {
    remove_line(before);
  }
}

// The task of the next timer, and the timers of those that may come after it.
void TimerQueue::fetch_next_ones() const {
  const Slot& earliest = slots_[line(0).first];
  earliest.timer->fetch();
  if (earliest.next != kNoSlot) {
    __builtin_prefetch(slots_[earliest.next].timer);
    return;
  }
  const std::size_t end = std::min(lines_, kArity + 1);
  for (std::size_t place = 1; place < end; ++place) __builtin_prefetch(slots_[line(place).first].timer);
}

}  // namespace corosim::detail
