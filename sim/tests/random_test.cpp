#include <corosim/sim/random.hpp>

#include <array>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace corosim::sim {
namespace {

TEST(Random, GivesTheSameNumbersEverywhere) {
  Random random(42, kScheduleStream);
  const std::array<std::uint64_t, 3> first{random.next(), random.next(), random.next()};
  // Frozen: a change here changes the schedule of every seed.
  EXPECT_THAT(first, ::testing::ElementsAre(7045731782284619856U, 2676969042810902513U, 8637659011920177623U));
}

TEST(Random, StreamsOfOneSeedAreUnrelated) {
  Random schedule(42, kScheduleStream);
  Random program(42, kProgramStream);
  int equal = 0;
  for (int i = 0; i < 1000; ++i) equal += schedule.below(2) == program.below(2) ? 1 : 0;
  EXPECT_NEAR(equal, 500, 80);
}

TEST(Random, BelowIsUniform) {
  Random random(1, kScheduleStream);
  std::array<int, 7> counts{};
  for (int i = 0; i < 70'000; ++i) ++counts[random.below(7)];
  for (const int count : counts) EXPECT_NEAR(count, 10'000, 500);
}

TEST(Random, BelowStaysBelowALargeBound) {
  Random random(1, kScheduleStream);
  constexpr std::uint64_t kBound = (std::uint64_t{1} << 63) + 1;
  for (int i = 0; i < 10'000; ++i) ASSERT_LT(random.below(kBound), kBound);
}

}  // namespace
}  // namespace corosim::sim
