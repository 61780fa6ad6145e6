#include <corosim/runtime/timer_queue.hpp>

#include <algorithm>
#include <utility>

#include <corosim/runtime/assert.hpp>

namespace corosim::detail {

namespace {
constexpr std::size_t kInitialSize = 32;
constexpr std::size_t kArity = 4;
constexpr std::size_t kOutOfCache = 4096;  // so many timers and their tasks are not all in the cache
}  // namespace

TimerQueue::TimerQueue() { heap_.reserve(kInitialSize); }

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
  const Entry line{due, next_sequence(), first};
  heap_.push_back(line);
  sift_up(heap_.size() - 1, line);
}

void TimerQueue::remove_line(std::size_t place) {
  const Entry last = heap_.back();
  heap_.pop_back();
  if (place == heap_.size()) return;
  if (place > 0 && last.before(heap_[(place - 1) / kArity])) {
    sift_up(place, last);
  } else {
    sift_down(place, last);
  }
}

// A sorted array is a heap.
void TimerQueue::renumber() {
  std::sort(heap_.begin(), heap_.end(), [](const Entry& a, const Entry& b) { return a.before(b); });
  next_sequence_ = 0;
  for (std::size_t place = 0; place < heap_.size(); ++place) {
    heap_[place].sequence = next_sequence_++;
    put(place, heap_[place]);
  }
}

void TimerQueue::sift_up(std::size_t place, Entry line) {
  while (place > 0) {
    const std::size_t parent = (place - 1) / kArity;
    if (!line.before(heap_[parent])) break;
    put(place, heap_[parent]);
    place = parent;
  }
  put(place, line);
}

void TimerQueue::sift_down(std::size_t place, Entry line) {
  for (;;) {
    const std::size_t first = place * kArity + 1;
    if (first >= heap_.size()) break;
    const std::size_t end = std::min(first + kArity, heap_.size());
    std::size_t least = first;
    for (std::size_t child = first + 1; child < end; ++child) {
      if (heap_[child].before(heap_[least])) least = child;
    }
    if (!heap_[least].before(line)) break;
    put(place, heap_[least]);
    place = least;
  }
  put(place, line);
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
  const SlotNumber slot = heap_.front().first;
  const auto [earliest, next, place] = slots_[slot];
  COROSIM_ASSERT(earliest->scheduled_ && earliest->position == slot && place == 0);
  free_slot(slot);
  if (next != kNoSlot) {
    heap_.front().first = next;
    slots_[next].before = 0;
  } else {
    if (latest_ == slot) latest_ = kNoSlot;
    remove_line(0);
  }
  if (slots_.size() > kOutOfCache && !heap_.empty()) fetch_next_ones();
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
    heap_[before].first = next;
  } else {
    remove_line(before);
  }
}

// The task of the next timer, and the timers of those that may come after it.
void TimerQueue::fetch_next_ones() const {
  const Slot& earliest = slots_[heap_.front().first];
  earliest.timer->fetch();
  if (earliest.next != kNoSlot) {
    __builtin_prefetch(slots_[earliest.next].timer);
    return;
  }
  const std::size_t end = std::min(heap_.size(), kArity + 1);
  for (std::size_t place = 1; place < end; ++place) __builtin_prefetch(slots_[heap_[place].first].timer);
}

}  // namespace corosim::detail
