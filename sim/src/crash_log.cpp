#include "crash_log.hpp"

#include <cerrno>
#include <cstring>
#include <system_error>

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/wait.h>

namespace corosim::sim {

void DecisionLog::begin() {
  steps.store(0, std::memory_order_relaxed);
  size.store(0, std::memory_order_relaxed);
}

void DecisionLog::add(const StepTaken& taken) {
  steps.store(taken.number, std::memory_order_relaxed);
  const std::uint64_t count = size.load(std::memory_order_relaxed);
  if (taken.ready <= 1 || count == kMost) return;
  decisions[count] = taken.chosen;
  size.store(count + 1, std::memory_order_relaxed);
}

void* map_shared(std::size_t size) {
  void* const memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) throw std::system_error(errno, std::generic_category(), "mmap");
  return memory;
}

void unmap_shared(void* memory, std::size_t size) { ::munmap(memory, size); }

std::string how_it_ended(int status) {
  if (!WIFSIGNALED(status)) {
    return fmt::format("it called exit with code {}, or a sanitizer did", WEXITSTATUS(status));
  }
  const char* const name = ::sigdescr_np(WTERMSIG(status));
  return fmt::format("killed by signal {} ({})", WTERMSIG(status), name != nullptr ? name : "unknown");
}

}  // namespace corosim::sim
