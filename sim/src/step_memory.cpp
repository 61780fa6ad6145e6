#include <corosim/sim/step_memory.hpp>

#include <utility>

namespace corosim::sim {

namespace {
constexpr std::size_t kFirstSize = std::size_t{1} << 10;
constexpr std::size_t kLargestSize = std::size_t{1} << 22;  // 64 MiB
}  // namespace

StepMemory::StepMemory() : entries_(kFirstSize) {}

bool StepMemory::learn(std::uint64_t past, Next next) {
  if (2 * size_ >= entries_.size() && entries_.size() < kLargestSize) grow();
  const std::size_t mask = entries_.size() - 1;
  for (std::size_t probe = 0; probe < kProbes; ++probe) {
    Entry& entry = entries_[(static_cast<std::size_t>(past) + probe) & mask];
    if (!entry.next.known()) {
      entry = {past, next};
      ++size_;
      return true;
    }
    if (entry.past == past) return entry.next == next;
  }
  // Full here: whoever came first makes room.
  entries_[static_cast<std::size_t>(past) & mask] = {past, next};
  return true;
}

StepMemory::Next StepMemory::recall(std::uint64_t past) const {
  const std::size_t mask = entries_.size() - 1;
  for (std::size_t probe = 0; probe < kProbes; ++probe) {
    const Entry& entry = entries_[(static_cast<std::size_t>(past) + probe) & mask];
    if (!entry.next.known()) break;
    if (entry.past == past) return entry.next;
  }
  return {};
}

void StepMemory::grow() {
  std::vector<Entry> old(entries_.size() * 2);
  old.swap(entries_);
  size_ = 0;
  for (const Entry& entry : old) {
    if (entry.next.known()) learn(entry.past, entry.next);
  }
}

}  // namespace corosim::sim
