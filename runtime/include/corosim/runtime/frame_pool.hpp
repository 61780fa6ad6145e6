#pragma once

#include <cstddef>
#include <cstdint>

namespace corosim::detail {

/// Memory of coroutine frames, tasks, futures and handles: free lists of 64-byte granules, one set a thread, so that a
/// step in steady state calls no malloc. Blocks are 64-byte aligned. Under the address sanitizer every block comes
/// from the general heap, so that a use after free is seen.
///
/// A block may be given back on another thread than the one it was taken on; chunks live until the process ends.
struct FramePool {
  static void* allocate(std::size_t bytes);
  static void deallocate(void* block, std::size_t bytes) noexcept;
  /// Blocks taken on this thread, less those given back on it: what is alive, where one thread does both.
  static std::int64_t blocks_in_use();
};

/// Derived classes live in the pool.
struct Pooled {
  static void* operator new(std::size_t bytes) { return FramePool::allocate(bytes); }
  static void operator delete(void* block, std::size_t bytes) noexcept { FramePool::deallocate(block, bytes); }
};

}  // namespace corosim::detail
