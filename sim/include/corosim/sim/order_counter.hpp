#pragma once

#include <cstdint>

#include <corosim/sim/flat_map.hpp>

namespace corosim::sim {

/// Counts different partial orders by their hashes, in bounded memory: where there are too many to remember, it goes on
/// with those whose hash ends in one, two, ... zero bits, and its figures become estimates (Wegman's adaptive sampling;
/// Flajolet, Computing 1990).
class OrderCounter {
 public:
  static constexpr std::size_t kMostKept = std::size_t{1} << 20;  // 32 MiB

  explicit OrderCounter(std::size_t most_kept = kMostKept) : most_kept_(most_kept) {}

  /// A run had this order.
  void add(std::uint64_t hash);
  /// How many different ones there were.
  std::uint64_t orders() const { return static_cast<std::uint64_t>(kept_.size()) << level_; }
  /// How many of them came up in one run only.
  std::uint64_t seen_once() const { return seen_once_ << level_; }
  /// How many of them came up in two runs.
  std::uint64_t seen_twice() const { return seen_twice_ << level_; }
  /// Whether these are no estimates.
  bool exact() const { return level_ == 0; }
  std::uint64_t runs() const { return runs_; }
  /// The probability that one more run shows an order that none has shown, as Good and Turing estimate it (Good,
  /// Biometrika 1953).
  double chance_of_news() const;
  /// A lower bound of how many orders there are, seen or not (Chao, Scandinavian Journal of Statistics 1984).
  double estimated_orders() const;

 private:
  bool is_kept(std::uint64_t hash) const { return (hash & ((std::uint64_t{1} << level_) - 1)) == 0; }

  std::size_t most_kept_;
  unsigned level_ = 0;           // so many bits of a hash are zero
  FlatMap<std::uint32_t> kept_;  // hash -> in how many runs
  std::uint64_t seen_once_ = 0;
  std::uint64_t seen_twice_ = 0;
  std::uint64_t runs_ = 0;
};

}  // namespace corosim::sim
