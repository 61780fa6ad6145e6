#include <corosim/runtime/frame_pool.hpp>

#include <mutex>
#include <utility>
#include <vector>

namespace corosim::detail {

namespace {

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

constexpr std::size_t kChunk = 256 * 1024;

}  // namespace

// Where a thread's fresh blocks are cut from. What it leaves behind at its end is the next thread's; chunks are never
// given back, so that any thread may still hold their blocks.
struct FramePool::Thread {
  std::byte* chunk = nullptr;
  std::size_t chunk_left = 0;

  Thread() {
    Leftovers& all = leftovers();
    const std::lock_guard lock(all.mutex);
    keeps_blocks_ = true;
    if (all.lists.empty()) return;
    free_ = all.lists.back();
    all.lists.pop_back();
  }
  ~Thread() {
    Leftovers& all = leftovers();
    const std::lock_guard lock(all.mutex);
    keeps_blocks_ = false;
    all.lists.push_back(std::exchange(free_, {}));
  }

  static Thread& current() {
    thread_local Thread instance;
    return instance;
  }

  void* cut(std::size_t bytes) {
    if (chunk_left < bytes) {
      chunk = static_cast<std::byte*>(::operator new(kChunk, std::align_val_t{kGranule}));
      chunk_left = kChunk;
    }
    chunk_left -= bytes;
    return std::exchange(chunk, chunk + bytes);
  }

 private:
  struct Leftovers {
    std::mutex mutex;
    std::vector<FreeLists> lists;
  };
  static Leftovers& leftovers() {
    static Leftovers& instance = *new Leftovers;  // outlives every thread
    return instance;
  }
};

void* FramePool::allocate_fresh(std::size_t bytes) {
  const std::size_t index = size_class(bytes);
  if (kPassThrough || index >= kClasses) return ::operator new(bytes, std::align_val_t{kGranule});
  Thread& mine = Thread::current();
  if (FreeBlock* const block = free_[index]) {  // that another thread had left
    free_[index] = block->next;
    return block;
  }
  return mine.cut((index + 1) * kGranule);
}

void FramePool::deallocate_elsewhere(void* block, std::size_t bytes) noexcept {
  const std::size_t index = size_class(bytes);
  if (kPassThrough || index >= kClasses) {
    ::operator delete(block, std::align_val_t{kGranule});
    return;
  }
  Thread::current();
  free_[index] = ::new (block) FreeBlock{free_[index]};
}

}  // namespace corosim::detail
