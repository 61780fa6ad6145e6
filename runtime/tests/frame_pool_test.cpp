#include <corosim/runtime/frame_pool.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace corosim::detail {
namespace {

constexpr std::size_t kBytes = 192;
constexpr std::size_t kMany = 50'000;  // more than a cache holds

std::vector<void*> take(std::size_t count) {
  std::vector<void*> blocks;
  for (std::size_t i = 0; i < count; ++i) blocks.push_back(FramePool::allocate(kBytes));
  return blocks;
}

void give_back_in_disorder(std::vector<void*> blocks) {
  std::shuffle(blocks.begin(), blocks.end(), std::mt19937(1));
  for (void* const block : blocks) FramePool::deallocate(block, kBytes);
}

// The process ends here.
[[noreturn]] void exit_telling_whether_blocks_come_in_order_again() {
  const std::vector<void*> first = take(kMany);
  give_back_in_disorder(first);
  const bool has_started = FramePool::start_again();
  const std::vector<void*> second = take(kMany);
  const bool is_so = FramePool::passes_through() ? !has_started : has_started && first == second;
  std::exit(is_so ? EXIT_SUCCESS : EXIT_FAILURE);
}

// In a process that has run nothing else: threads of other tests would forbid it.
TEST(FramePoolDeathTest, StartsAgainInOrder) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(exit_telling_whether_blocks_come_in_order_again(), testing::ExitedWithCode(EXIT_SUCCESS), "");
}

TEST(FramePool, DoesNotStartAgainWhileABlockIsInUse) {
  void* const kept = FramePool::allocate(kBytes);
  give_back_in_disorder(take(kMany));
  EXPECT_FALSE(FramePool::start_again());
  FramePool::deallocate(kept, kBytes);
}

TEST(FramePool, DoesNotStartAgainWhereTheCacheHoldsAll) {
  FramePool::start_again();  // other tests may have taken many
  give_back_in_disorder(take(100));
  EXPECT_FALSE(FramePool::start_again());
}

}  // namespace
}  // namespace corosim::detail
