#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <corosim/runtime/runnable.hpp>

namespace corosim::detail {

/// Ready handles, first in first out: a ring whose size is a power of two. A withdrawn handle leaves a hole, so that
/// the places of the others, and with them the end of a pass, stay where they were.
class ReadyQueue {
 public:
  ReadyQueue() : ring_(kInitialSize) {}

  /// Places in use, holes included.
  std::size_t size() const { return static_cast<std::size_t>(tail_ - head_); }

  void push(Runnable& handle) {
    if (size() > mask_) grow();
    handle.position = tail_;
    ring_[index(tail_++)] = &handle;
  }
  /// What pop() would return. REQUIRES: not empty.
  Runnable* front() const { return ring_[index(head_)]; }
  /// The handle at the head, or null for a hole. REQUIRES: not empty.
  Runnable* pop() { return ring_[index(head_++)]; }
  /// REQUIRES: `handle` is in the queue.
  void withdraw(const Runnable& handle) { ring_[index(handle.position)] = nullptr; }
  void clear() { head_ = tail_ = 0; }
  /// Calls `visit(handle)` for each, in order.
  template <class F>
  void for_each(F visit) const {
    for (std::uint64_t place = head_; place != tail_; ++place) {
      if (const Runnable* handle = ring_[index(place)]) visit(*handle);
    }
  }

 private:
  static constexpr std::size_t kInitialSize = 64;

  std::size_t index(std::uint64_t place) const { return static_cast<std::size_t>(place) & mask_; }
  void grow();

  std::vector<Runnable*> ring_;  // place p stands at p modulo the size
  std::size_t mask_ = kInitialSize - 1;
  std::uint64_t head_ = 0;  // place of the next to pop
  std::uint64_t tail_ = 0;  // place of the next to push
};

}  // namespace corosim::detail
