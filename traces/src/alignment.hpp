// Which elements of two sequences correspond.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace corosim::traces {

/// Pairs of indices of equal keys, increasing on both sides: a longest common subsequence where the sequences differ in
/// at most a few hundred places in a row, a common subsequence close to it elsewhere (Myers, Algorithmica 1986, cut off
/// at a fixed number of differences and continued from the furthest point). Time is linear in the length, memory beyond
/// the result is constant.
std::vector<std::pair<std::size_t, std::size_t>> align(std::span<const std::uint64_t> left,
                                                       std::span<const std::uint64_t> right);

/// Indices of a longest strictly increasing subsequence of `values`, increasing.
std::vector<std::size_t> longest_increasing(std::span<const std::size_t> values);

}  // namespace corosim::traces
