#include <corosim/runtime/frame_pool.hpp>

#include <array>
#include <mutex>
#include <new>
#include <utility>
#include <vector>

namespace corosim::detail {

namespace {

constexpr std::size_t kGranule = 64;
constexpr std::align_val_t kAlignment{kGranule};

#if defined(__SANITIZE_ADDRESS__)
constexpr bool kPassThrough = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
constexpr bool kPassThrough = true;
#else
constexpr bool kPassThrough = false;
#endif
#else
constexpr bool kPassThrough = false;
#endif

constexpr std::size_t kClasses = 64;  // blocks of 64 to 4,096 bytes; larger ones come from the general heap
constexpr std::size_t kChunk = 256 * 1024;

struct FreeBlock {
  FreeBlock* next;
};

// What threads that ended left behind; chunks are never given back, so that any thread may still hold their blocks.
struct Leftovers {
  std::mutex mutex;
  std::vector<std::array<FreeBlock*, kClasses>> lists;
};
Leftovers& leftovers() {
  static Leftovers& instance = *new Leftovers;  // outlives every thread
  return instance;
}

struct ThreadPool {
  std::array<FreeBlock*, kClasses> free{};
  std::byte* chunk = nullptr;  // where fresh blocks are cut from
  std::size_t chunk_left = 0;

  ThreadPool() {
    Leftovers& all = leftovers();
    const std::lock_guard lock(all.mutex);
    if (!all.lists.empty()) {
      free = all.lists.back();
      all.lists.pop_back();
    }
  }
  ~ThreadPool() {
    Leftovers& all = leftovers();
    const std::lock_guard lock(all.mutex);
    all.lists.push_back(std::exchange(free, {}));
  }

  void* fresh(std::size_t bytes) {
    if (chunk_left < bytes) {
      chunk = static_cast<std::byte*>(::operator new(kChunk, kAlignment));
      chunk_left = kChunk;
    }
    chunk_left -= bytes;
    return std::exchange(chunk, chunk + bytes);
  }
};

// Apart from the pool, for blocks that are given back after a thread's pool has gone.
constinit thread_local std::int64_t in_use = 0;

ThreadPool& pool() {
  thread_local ThreadPool instance;
  return instance;
}

std::size_t size_class(std::size_t bytes) { return (bytes + kGranule - 1) / kGranule - 1; }

}  // namespace

void* FramePool::allocate(std::size_t bytes) {
  ++in_use;
  const std::size_t index = size_class(bytes);
  if (kPassThrough || index >= kClasses) return ::operator new(bytes, kAlignment);
  ThreadPool& mine = pool();
  if (FreeBlock* block = mine.free[index]) {
    mine.free[index] = block->next;
    return block;
  }
  return mine.fresh((index + 1) * kGranule);
}

void FramePool::deallocate(void* block, std::size_t bytes) noexcept {
  --in_use;
  const std::size_t index = size_class(bytes);
  if (kPassThrough || index >= kClasses) {
    ::operator delete(block, kAlignment);
    return;
  }
  ThreadPool& mine = pool();
  mine.free[index] = ::new (block) FreeBlock{mine.free[index]};
}

std::int64_t FramePool::blocks_in_use() { return in_use; }

}  // namespace corosim::detail
