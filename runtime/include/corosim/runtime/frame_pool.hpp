#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <new>

namespace corosim::detail {

/// Memory of coroutine frames, tasks, futures and handles: free lists of 64-byte granules, one set a thread, so that a
/// step in steady state calls no malloc. Blocks are 64-byte aligned. Under the address sanitizer every block comes
/// from the general heap, so that a use after free is seen.
///
/// A block may be given back on another thread than the one it was taken on; chunks live until the process ends.
class FramePool {
 public:
  static void* allocate(std::size_t bytes) {
    ++blocks_;
    const std::size_t index = size_class(bytes);
    if (index < kClasses) {
      if (FreeBlock* const block = free_[index]) {
        free_[index] = block->next;
        return block;
      }
    }
    return allocate_fresh(bytes);
  }
  static void deallocate(void* block, std::size_t bytes) noexcept {
    --blocks_;
    const std::size_t index = size_class(bytes);
    if (!keeps_blocks_ || index >= kClasses) return deallocate_elsewhere(block, bytes);
    free_[index] = ::new (block) FreeBlock{free_[index]};
  }
  /// Whether every block comes from the general heap.
  static bool passes_through();
  /// Cuts blocks from the first chunk on again, so that a program with many of them finds its memory in order and not
  /// as the one before gave it back. Without effect, and false, while a block is in use, where so few were taken that
  /// the cache holds them, and once a second thread has taken blocks: it may hold some of this one's.
  static bool start_again();
  /// Blocks taken on this thread, less those given back on it: what is alive, where one thread does both.
  static std::int64_t blocks_in_use() { return blocks_; }

 private:
  struct Thread;

  static constexpr std::size_t kGranule = 64;
  static constexpr std::size_t kClasses = 64;  // blocks of 64 to 4,096 bytes; larger ones come from the general heap
  struct FreeBlock {
    FreeBlock* next;
  };
  using FreeLists = std::array<FreeBlock*, kClasses>;

  static constexpr std::size_t size_class(std::size_t bytes) { return (bytes + kGranule - 1) / kGranule - 1; }
  static void* allocate_fresh(std::size_t bytes);
  static void deallocate_elsewhere(void* block, std::size_t bytes) noexcept;

  static inline constinit thread_local FreeLists free_{};
  static inline constinit thread_local std::int64_t blocks_ = 0;
  // False before the thread's first block, after its end, and always under the address sanitizer.
  static inline constinit thread_local bool keeps_blocks_ = false;
};

/// Derived classes live in the pool.
struct Pooled {
  static void* operator new(std::size_t bytes) { return FramePool::allocate(bytes); }
  static void operator delete(void* block, std::size_t bytes) noexcept { FramePool::deallocate(block, bytes); }
};

}  // namespace corosim::detail
