#include <corosim/runtime/timer_queue.hpp>

#include <algorithm>
#include <utility>

#include <corosim/runtime/assert.hpp>

namespace corosim::detail {

namespace {
constexpr std::size_t kArity = 4;
constexpr std::size_t kOutOfCache = 4096;  // so many timers and their tasks are not all in the cache
}  // namespace

std::uint32_t TimerQueue::take_slot(TimerNode& timer) {
  if (free_slot_ == kNoSlot) {
    slots_.push_back({&timer, 0});
    return static_cast<std::uint32_t>(slots_.size() - 1);
  }
  const std::uint32_t slot = free_slot_;
  free_slot_ = static_cast<std::uint32_t>(slots_[slot].place);
  slots_[slot].timer = &timer;
  return slot;
}

void TimerQueue::free_slot(TimerNode& timer) {
  const auto slot = static_cast<std::uint32_t>(timer.position);
  timer.scheduled_ = false;
  slots_[slot] = {nullptr, free_slot_};
  free_slot_ = slot;
}

void TimerQueue::sift_up(std::size_t index, Entry entry) {
  Entry* const heap = heap_.data();
  Slot* const slots = slots_.data();
  while (index > 0) {
    const std::size_t parent = (index - 1) / kArity;
    if (!entry.before(heap[parent])) break;
    heap[index] = heap[parent];
    slots[heap[index].slot].place = index;
    index = parent;
  }
  heap[index] = entry;
  slots[entry.slot].place = index;
}

// A sorted array is a heap.
void TimerQueue::renumber() {
  std::sort(heap_.begin(), heap_.end(), [](const Entry& a, const Entry& b) { return a.before(b); });
  next_sequence_ = 0;
  for (std::size_t index = 0; index < heap_.size(); ++index) {
    heap_[index].sequence = next_sequence_++;
    slots_[heap_[index].slot].place = index;
  }
}

void TimerQueue::push(TimerNode& timer, TimePoint due) {
  COROSIM_ASSERT(!timer.scheduled_);
  const std::uint32_t slot = take_slot(timer);
  timer.scheduled_ = true;
  timer.position = slot;
  const Entry entry{due, next_sequence(), slot};
  heap_.push_back(entry);
  sift_up(heap_.size() - 1, entry);
}

TimerNode& TimerQueue::pop() {
  const std::uint32_t slot = heap_.front().slot;
  TimerNode& earliest = *slots_[slot].timer;
  COROSIM_ASSERT(earliest.scheduled_ && earliest.position == slot);
  free_slot(earliest);
  const Entry last = heap_.back();
  heap_.pop_back();
  if (!heap_.empty()) sift_down(0, last);
  if (heap_.size() > kOutOfCache) fetch_next_ones();
  return earliest;
}

// The task of the next timer, and the timers of those that may come after it.
void TimerQueue::fetch_next_ones() const {
  const auto timer = [this](std::size_t place) { return slots_[heap_[place].slot].timer; };
  for (std::size_t place = 1; place <= kArity; ++place) __builtin_prefetch(timer(place));
  timer(0)->fetch();
}

void TimerQueue::remove(TimerNode& timer) {
  COROSIM_ASSERT(timer.scheduled_ && timer.position < slots_.size() && slots_[timer.position].timer == &timer);
  const std::size_t hole = slots_[timer.position].place;
  free_slot(timer);
  const Entry last = heap_.back();
  heap_.pop_back();
  if (hole == heap_.size()) return;
  if (hole > 0 && last.before(heap_[(hole - 1) / kArity])) {
    sift_up(hole, last);
  } else {
    sift_down(hole, last);
  }
}

void TimerQueue::sift_down(std::size_t index, Entry entry) {
  Entry* const heap = heap_.data();
  Slot* const slots = slots_.data();
  const std::size_t size = heap_.size();
  for (;;) {
    const std::size_t first = index * kArity + 1;
    if (first >= size) break;
    const std::size_t end = std::min(first + kArity, size);
    std::size_t least = first;
    for (std::size_t child = first + 1; child < end; ++child) {
      if (heap[child].before(heap[least])) least = child;
    }
    if (!heap[least].before(entry)) break;
    heap[index] = heap[least];
    slots[heap[index].slot].place = index;
    index = least;
  }
  heap[index] = entry;
  slots[entry.slot].place = index;
}

}  // namespace corosim::detail
