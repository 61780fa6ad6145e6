#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <corosim/sim/determinism.hpp>
#include <corosim/sim/simulation.hpp>

namespace corosim::sim {

/// What an exploration tries, and when it stops.
class ExploreOptions {
 public:
  ExploreOptions() = default;
  /// Seeds first_seed, first_seed + 1, ...
  ExploreOptions& first_seed(Seed value) {
    first_seed_ = value;
    return *this;
  }
  ExploreOptions& runs(std::uint64_t value) {
    runs_ = value;
    return *this;
  }
  ExploreOptions& order(Order value) {
    order_ = value;
    return *this;
  }
  ExploreOptions& strategy(std::string value) {
    strategy_ = std::move(value);
    return *this;
  }
  ExploreOptions& limits(const Limits& value) {
    limits_ = value;
    return *this;
  }
  /// In every run.
  ExploreOptions& conditions(const Conditions& value) {
    conditions_ = value;
    return *this;
  }
  /// Stop when so many runs have failed; by default at the first.
  ExploreOptions& failures(std::uint64_t value) {
    failures_ = value;
    return *this;
  }
  /// Called now and then with the number of runs and failures so far; false stops the exploration.
  ExploreOptions& progress(std::function<bool(std::uint64_t runs, std::uint64_t failures)> value) {
    progress_ = std::move(value);
    return *this;
  }

  Seed first_seed() const { return first_seed_; }
  std::uint64_t runs() const { return runs_; }
  Order order() const { return order_; }
  const std::string& strategy() const { return strategy_; }
  const Limits& limits() const { return limits_; }

 private:
  friend class Exploration;
  friend struct ExploreResult explore(const Program& program, const ExploreOptions& options);
  Seed first_seed_ = 0;
  std::uint64_t runs_ = 1000;
  Order order_ = Order::kLegal;
  std::string strategy_ = "portfolio";
  Limits limits_;
  Conditions conditions_;
  std::uint64_t failures_ = 1;
  std::function<bool(std::uint64_t, std::uint64_t)> progress_;
};

/// A warning, in the first run that gave it.
struct ExploredWarning {
  Warning warning;
  Seed seed = 0;
  std::uint64_t runs = 1;  // how many gave it
};

/// What an exploration found.
struct ExploreResult {
  std::uint64_t runs = 0;
  std::uint64_t steps = 0;                // of all runs
  std::vector<RunResult> failures;        // in the order of their seeds
  std::optional<RunResult> passing;       // the last run that passed
  std::uint64_t orders = 0;               // different partial orders among the runs
  std::uint64_t orders_seen_once = 0;     // of them, those that came up in one run only
  std::vector<ExploredWarning> warnings;  // in the order of their seeds, each once
  std::chrono::duration<double> took{};
  bool interrupted = false;  // by the progress function

  /// The probability that one more run shows an order that none has shown, as Good and Turing estimate it.
  double chance_of_news() const {
    return runs == 0 ? 1 : static_cast<double>(orders_seen_once) / static_cast<double>(runs);
  }
};

/// Runs `program` once for each seed.
ExploreResult explore(const Program& program, const ExploreOptions& options = ExploreOptions());

/// Runs `found` again, recording it. Throws NotDeterministic when it comes out differently.
std::vector<std::byte> record(const Program& program, const RunResult& found, const Limits& limits = Limits());

}  // namespace corosim::sim
