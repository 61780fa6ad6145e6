#include <corosim/runtime/ready_queue.hpp>

namespace corosim::detail {

void ReadyQueue::grow() {
  std::vector<Runnable*> larger(ring_.size() * 2);
  for (std::uint64_t place = head_; place != tail_; ++place) {
    larger[static_cast<std::size_t>(place) & (larger.size() - 1)] = ring_[index(place)];
  }
  ring_ = std::move(larger);
  mask_ = ring_.size() - 1;
}

}  // namespace corosim::detail
