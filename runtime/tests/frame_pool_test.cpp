#include <corosim/runtime/frame_pool.hpp>

#include <algorithm>
#include <cstddef>
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

// Of a process of its own, as ctest has it: where other tests had threads there is nothing to see.
TEST(FramePool, StartsAgainInOrder) {
  const std::vector<void*> blocks = take(kMany);
  give_back_in_disorder(blocks);
  if (!FramePool::start_again()) GTEST_SKIP() << "another thread has taken blocks, or all come from the heap";
  const std::vector<void*> first = take(kMany);
  give_back_in_disorder(first);
  ASSERT_TRUE(FramePool::start_again());
  const std::vector<void*> second = take(kMany);
  EXPECT_EQ(first, second);
  give_back_in_disorder(second);
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
