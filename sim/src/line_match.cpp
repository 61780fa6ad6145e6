#include "line_match.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <map>

namespace corosim::sim {

namespace {

// By how much most of the lines moved; where that is not one number, by as little as possible.
std::int64_t commonest_distance(const std::vector<std::uint32_t>& before, const std::vector<std::uint32_t>& after) {
  std::map<std::int64_t, std::size_t> votes;
  for (const std::uint32_t from : before) {
    for (const std::uint32_t to : after) ++votes[std::int64_t{to} - std::int64_t{from}];
  }
  const auto best = std::max_element(votes.begin(), votes.end(), [](const auto& a, const auto& b) {
    return a.second != b.second ? a.second < b.second : std::abs(a.first) > std::abs(b.first);
  });
  return best == votes.end() ? 0 : best->first;
}

}  // namespace

std::vector<std::pair<std::uint32_t, std::uint32_t>> match_lines(const std::vector<std::uint32_t>& before,
                                                                 const std::vector<std::uint32_t>& after) {
  std::vector<std::pair<std::uint32_t, std::uint32_t>> pairs;
  std::size_t left = 0;
  std::size_t right = 0;
  const auto pair_between = [&](std::size_t left_end, std::size_t right_end) {
    const bool as_many = left_end - left == right_end - right;
    for (; as_many && left < left_end; ++left, ++right) pairs.emplace_back(before[left], after[right]);
    left = left_end;
    right = right_end;
  };
  if (before.size() == after.size()) {
    pair_between(before.size(), after.size());
    return pairs;
  }
  const std::int64_t distance = commonest_distance(before, after);
  for (std::size_t i = 0; i < before.size(); ++i) {
    const std::int64_t moved = std::int64_t{before[i]} + distance;
    const auto same = std::find(after.begin(), after.end(), moved);
    if (same == after.end()) continue;
    const auto j = static_cast<std::size_t>(same - after.begin());
    pair_between(i, j);
    pairs.emplace_back(before[i], after[j]);
    left = i + 1;
    right = j + 1;
  }
  pair_between(before.size(), after.size());
  return pairs;
}

}  // namespace corosim::sim
