#include "alignment.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "stories.hpp"

namespace corosim::traces {
namespace {

using testing::Dice;
using Keys = std::vector<std::uint64_t>;

void expect_common_subsequence(const Keys& left, const Keys& right) {
  std::size_t left_at = 0;
  std::size_t right_at = 0;
  for (const auto& [a, b] : align(left, right)) {
    ASSERT_GE(a, left_at);
    ASSERT_GE(b, right_at);
    ASSERT_LT(a, left.size());
    ASSERT_LT(b, right.size());
    ASSERT_EQ(left[a], right[b]);
    left_at = a + 1;
    right_at = b + 1;
  }
}

std::size_t longest_common_subsequence(const Keys& left, const Keys& right) {
  std::vector<std::size_t> row(right.size() + 1);
  for (const std::uint64_t key : left) {
    std::size_t diagonal = 0;
    for (std::size_t j = 0; j < right.size(); ++j) {
      const std::size_t above = row[j + 1];
      row[j + 1] = key == right[j] ? diagonal + 1 : std::max(row[j + 1], row[j]);
      diagonal = above;
    }
  }
  return row.back();
}

TEST(Align, FindsALongestCommonSubsequence) {
  Dice dice(1);
  for (int round = 0; round < 3000; ++round) {
    Keys left(dice.below(40));
    Keys right(dice.below(40));
    const std::uint64_t alphabet = 1 + dice.below(8);
    for (std::uint64_t& key : left) key = dice.below(alphabet);
    for (std::uint64_t& key : right) key = dice.below(alphabet);
    expect_common_subsequence(left, right);
    ASSERT_EQ(align(left, right).size(), longest_common_subsequence(left, right)) << round;
  }
}

TEST(Align, StaysBoundedWhereNothingMatches) {
  Keys left(30'000);
  Keys right(40'000);
  std::iota(left.begin(), left.end(), 0U);
  std::iota(right.begin(), right.end(), 1'000'000U);
  EXPECT_TRUE(align(left, right).empty());
  right[20'000] = 15'000;
  expect_common_subsequence(left, right);
}

TEST(Align, FollowsLongSequencesPastManyDifferences) {
  Dice dice(2);
  Keys left(100'000);
  for (std::uint64_t& key : left) key = dice.any();
  Keys right;
  for (const std::uint64_t key : left) {
    if (!dice.one_in(50)) right.push_back(key);
    if (dice.one_in(50)) right.push_back(dice.any());
  }
  expect_common_subsequence(left, right);
  EXPECT_GT(align(left, right).size(), 97'000U);
}

TEST(LongestIncreasing, IsLongestAndIncreasing) {
  Dice dice(3);
  for (int round = 0; round < 2000; ++round) {
    std::vector<std::size_t> values(dice.below(9));
    for (std::size_t& value : values) value = dice.below(12);
    const std::vector<std::size_t> found = longest_increasing(values);
    for (std::size_t i = 1; i < found.size(); ++i) {
      ASSERT_LT(found[i - 1], found[i]);
      ASSERT_LT(values[found[i - 1]], values[found[i]]);
    }
    std::size_t longest = 0;
    for (unsigned subset = 0; subset < (1U << values.size()); ++subset) {
      std::vector<std::size_t> chosen;
      for (std::size_t i = 0; i < values.size(); ++i) {
        if ((subset >> i & 1U) != 0) chosen.push_back(values[i]);
      }
      if (std::adjacent_find(chosen.begin(), chosen.end(), std::greater_equal<>()) == chosen.end()) {
        longest = std::max(longest, chosen.size());
      }
    }
    ASSERT_EQ(found.size(), longest);
  }
}

}  // namespace
}  // namespace corosim::traces
