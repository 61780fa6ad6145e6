#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <new>
#include <string>
#include <vector>

#include <corosim/sim/scheduler.hpp>

namespace corosim::sim {

/// What a run has decided so far, where another process can see it after this one crashed.
struct DecisionLog {
  static constexpr std::size_t kMost = std::size_t{1} << 20;
  std::atomic<std::uint64_t> steps;
  std::atomic<std::uint64_t> size;
  std::uint32_t decisions[kMost];

  /// A run begins.
  void begin();
  void add(const StepTaken& taken);
  std::vector<std::uint32_t> decided() const { return {decisions, decisions + size.load()}; }
};

/// Memory that this process and those forked from it share. Zero at first. Throws std::system_error.
void* map_shared(std::size_t size);
void unmap_shared(void* memory, std::size_t size);

/// A T in such memory.
template <class T>
class SharedMemory {
 public:
  SharedMemory() : value_(new(map_shared(sizeof(T))) T) {}
  SharedMemory(const SharedMemory&) = delete;
  SharedMemory& operator=(const SharedMemory&) = delete;
  ~SharedMemory() { unmap_shared(value_, sizeof(T)); }
  T* operator->() const { return value_; }
  T& operator*() const { return *value_; }

 private:
  T* value_;
};

/// How a process ended that was not to end, as waitpid() tells: "killed by signal 11 (Segmentation fault)".
std::string how_it_ended(int status);

}  // namespace corosim::sim
