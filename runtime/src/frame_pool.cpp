#include <corosim/runtime/frame_pool.hpp>

#include <atomic>
#include <mutex>
#include <utility>
#include <vector>

#if defined(__linux__)
#include <sys/mman.h>
#endif

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

// A thread that has taken a few chunks goes on with larger ones, on pages of their size where the system has such: of a
// million frames hardly two share a small page.
constexpr std::size_t kChunk = std::size_t{256} << 10U;
constexpr std::size_t kLargeChunk = std::size_t{2} << 20U;
constexpr std::size_t kChunksBeforeLargeOnes = 16;
constexpr std::size_t kChunksInCache = 4;

}  // namespace

// Where a thread's fresh blocks are cut from. What it leaves behind at its end is the next thread's; chunks are never
// given back, so that any thread may still hold their blocks.
struct FramePool::Thread {
  std::byte* chunk = nullptr;
  std::size_t chunk_left = 0;
  std::size_t chunks_in_use = 0;
  std::vector<std::byte*> chunks;  // all that it has taken

  Thread() {
    Leftovers& all = leftovers();
    const std::lock_guard lock(all.mutex);
    ++threads;
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

  static bool has_been_one() { return threads == 1; }
  static Thread& current() {
    thread_local Thread instance;
    return instance;
  }

  void* cut(std::size_t bytes) {
    if (chunk_left < bytes) take_chunk();
    chunk_left -= bytes;
    return std::exchange(chunk, chunk + bytes);
  }

 private:
  void take_chunk() {
    const bool is_large = chunks_in_use >= kChunksBeforeLargeOnes;
    chunk_left = is_large ? kLargeChunk : kChunk;
    if (chunks_in_use++ < chunks.size()) {
      chunk = chunks[chunks_in_use - 1];
      return;
    }
    const std::align_val_t alignment{is_large ? kLargeChunk : kGranule};
    chunk = static_cast<std::byte*>(::operator new(chunk_left, alignment));
#if defined(MADV_HUGEPAGE)
    if (is_large) ::madvise(chunk, chunk_left, MADV_HUGEPAGE);  // a wish: nothing depends on it
#endif
    chunks.push_back(chunk);
  }

  static inline std::atomic<std::size_t> threads = 0;  // that have taken blocks so far

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

bool FramePool::passes_through() { return kPassThrough; }

bool FramePool::start_again() {
  if (!keeps_blocks_ || blocks_ != 0) return false;
  Thread& mine = Thread::current();
  if (mine.chunks_in_use <= kChunksInCache || !Thread::has_been_one()) return false;
  free_ = {};
  mine.chunk_left = 0;
  mine.chunks_in_use = 0;
  return true;
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
