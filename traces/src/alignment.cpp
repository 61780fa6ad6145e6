#include "alignment.hpp"

#include <algorithm>

namespace corosim::traces {

namespace {

constexpr int kMaxDifferences = 256;  // in one round of the search

using Keys = std::span<const std::uint64_t>;
using Pairs = std::vector<std::pair<std::size_t, std::size_t>>;

/// The furthest-reaching paths of up to kMaxDifferences insertions and deletions through the grid of left x right. A
/// path that ends at (x, y) is on diagonal x - y.
class Search {
 public:
  /// Appends the pairs of the best path from (0, 0), each shifted by (left_at, right_at), and returns where the path
  /// ends: past (0, 0) unless both are empty.
  std::pair<std::size_t, std::size_t> run(Keys left, Keys right, std::size_t left_at, std::size_t right_at,
                                          Pairs& pairs) {
    int diagonal = extend(left, right);
    const int differences = static_cast<int>(std::ssize(rows_) / std::ssize(reach_)) - 1;
    const std::ptrdiff_t x = reach_[slot(diagonal)];
    append_pairs(diagonal, differences, left_at, right_at, pairs);
    return {static_cast<std::size_t>(x), static_cast<std::size_t>(x - diagonal)};
  }

 private:
  static constexpr std::ptrdiff_t kOutside = -2;
  static std::size_t slot(int diagonal) { return static_cast<std::size_t>(diagonal + kMaxDifferences + 1); }
  static bool comes_by_insertion(const std::ptrdiff_t* reach, int diagonal, int differences) {
    return diagonal == -differences ||
           (diagonal != differences && reach[slot(diagonal - 1)] < reach[slot(diagonal + 1)]);
  }

  int extend(Keys left, Keys right);
  void append_pairs(int diagonal, int differences, std::size_t left_at, std::size_t right_at, Pairs& pairs) const;

  std::vector<std::ptrdiff_t> reach_;  // by slot(diagonal): the x that a path on it gets to
  std::vector<std::ptrdiff_t> rows_;   // reach_ after 0, 1, 2, ... differences
};

/// Fills rows_ and returns the diagonal of the best path.
int Search::extend(Keys left, Keys right) {
  const std::ptrdiff_t left_size = std::ssize(left);
  const std::ptrdiff_t right_size = std::ssize(right);
  reach_.assign(2 * kMaxDifferences + 3, kOutside);
  reach_[slot(1)] = 0;
  rows_.clear();
  for (int differences = 0;; ++differences) {
    std::ptrdiff_t best = -1;
    int best_diagonal = 0;
    for (int diagonal = -differences; diagonal <= differences; diagonal += 2) {
      std::ptrdiff_t x = comes_by_insertion(reach_.data(), diagonal, differences) ? reach_[slot(diagonal + 1)]
                                                                                  : reach_[slot(diagonal - 1)] + 1;
      std::ptrdiff_t y = x - diagonal;
      if (x < 0 || x > left_size || y < 0 || y > right_size) {
        reach_[slot(diagonal)] = kOutside;
        continue;
      }
      while (x < left_size && y < right_size &&
             left[static_cast<std::size_t>(x)] == right[static_cast<std::size_t>(y)]) {
        ++x;
        ++y;
      }
      reach_[slot(diagonal)] = x;
      if (x + y > best) {
        best = x + y;
        best_diagonal = diagonal;
      }
    }
    rows_.insert(rows_.end(), reach_.begin(), reach_.end());
    if (best == left_size + right_size || differences == kMaxDifferences) return best_diagonal;
  }
}

/// Walks back from where this diagonal got to with so many differences.
void Search::append_pairs(int diagonal, int differences, std::size_t left_at, std::size_t right_at,
                          Pairs& pairs) const {
  const auto first_pair = static_cast<std::ptrdiff_t>(pairs.size());
  std::ptrdiff_t x = reach_[slot(diagonal)];
  for (; differences >= 0; --differences) {
    std::ptrdiff_t run_start = 0;
    std::ptrdiff_t previous_x = 0;
    int previous_diagonal = 0;
    if (differences > 0) {
      const std::ptrdiff_t* before = rows_.data() + static_cast<std::ptrdiff_t>(reach_.size()) * (differences - 1);
      const bool is_insertion = comes_by_insertion(before, diagonal, differences);
      previous_diagonal = is_insertion ? diagonal + 1 : diagonal - 1;
      previous_x = before[slot(previous_diagonal)];
      run_start = is_insertion ? previous_x : previous_x + 1;
    }
    while (x > run_start) {
      --x;
      pairs.emplace_back(left_at + static_cast<std::size_t>(x), right_at + static_cast<std::size_t>(x - diagonal));
    }
    x = previous_x;
    diagonal = previous_diagonal;
  }
  std::reverse(pairs.begin() + first_pair, pairs.end());
}

}  // namespace

Pairs align(Keys left, Keys right) {
  Pairs pairs;
  std::size_t left_at = 0;
  std::size_t right_at = 0;
  while (left_at < left.size() && right_at < right.size() && left[left_at] == right[right_at]) {
    pairs.emplace_back(left_at++, right_at++);
  }
  std::size_t left_end = left.size();
  std::size_t right_end = right.size();
  while (left_end > left_at && right_end > right_at && left[left_end - 1] == right[right_end - 1]) {
    --left_end;
    --right_end;
  }
  Search search;
  while (left_at < left_end && right_at < right_end) {
    const auto [left_done, right_done] =
        search.run(left.subspan(left_at, left_end - left_at), right.subspan(right_at, right_end - right_at), left_at,
                   right_at, pairs);
    left_at += left_done;
    right_at += right_done;
  }
  for (; left_end < left.size(); ++left_end, ++right_end) pairs.emplace_back(left_end, right_end);
  return pairs;
}

std::vector<std::size_t> longest_increasing(std::span<const std::size_t> values) {
  constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  std::vector<std::size_t> tails;  // tails[n]: index of the smallest value that ends a run of n + 1
  std::vector<std::size_t> before(values.size(), kNone);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto place = std::lower_bound(tails.begin(), tails.end(), values[i],
                                        [&](std::size_t index, std::size_t value) { return values[index] < value; });
    if (place != tails.begin()) before[i] = *(place - 1);
    if (place == tails.end()) {
      tails.push_back(i);
    } else {
      *place = i;
    }
  }
  std::vector<std::size_t> longest;
  if (tails.empty()) return longest;
  for (std::size_t i = tails.back(); i != kNone; i = before[i]) longest.push_back(i);
  std::reverse(longest.begin(), longest.end());
  return longest;
}

}  // namespace corosim::traces
