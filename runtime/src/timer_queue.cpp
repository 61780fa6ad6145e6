#include <corosim/runtime/timer_queue.hpp>

#include <algorithm>
#include <utility>

#include <corosim/runtime/assert.hpp>

namespace corosim::detail {

namespace {
constexpr std::size_t kArity = 4;
}

void TimerQueue::push(TimerNode& timer) {
  COROSIM_ASSERT(!timer.scheduled());
  timer.sequence = next_sequence_++;
  heap_.emplace_back();
  sift_up(heap_.size() - 1, Entry{timer.due, timer.sequence, &timer});
}

TimerNode& TimerQueue::pop() {
  TimerNode& earliest = *heap_.front().timer;
  remove(earliest);
  return earliest;
}

void TimerQueue::remove(TimerNode& timer) {
  COROSIM_ASSERT(timer.scheduled() && heap_[timer.heap_index].timer == &timer);
  const std::size_t hole = std::exchange(timer.heap_index, TimerNode::kNotScheduled);
  const Entry last = heap_.back();
  heap_.pop_back();
  if (hole == heap_.size()) return;
  if (hole > 0 && last.before(heap_[(hole - 1) / kArity])) {
    sift_up(hole, last);
  } else {
    sift_down(hole, last);
  }
}

void TimerQueue::place(std::size_t index, const Entry& entry) {
  heap_[index] = entry;
  entry.timer->heap_index = index;
}

void TimerQueue::sift_up(std::size_t index, Entry entry) {
  while (index > 0) {
    const std::size_t parent = (index - 1) / kArity;
    if (!entry.before(heap_[parent])) break;
    place(index, heap_[parent]);
    index = parent;
  }
  place(index, entry);
}

void TimerQueue::sift_down(std::size_t index, Entry entry) {
  for (;;) {
    const std::size_t first = index * kArity + 1;
    if (first >= heap_.size()) break;
    const std::size_t end = std::min(first + kArity, heap_.size());
    std::size_t least = first;
    for (std::size_t child = first + 1; child < end; ++child) {
      if (heap_[child].before(heap_[least])) least = child;
    }
    if (!heap_[least].before(entry)) break;
    place(index, heap_[least]);
    index = least;
  }
  place(index, entry);
}

}  // namespace corosim::detail
