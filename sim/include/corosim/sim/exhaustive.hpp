#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include <corosim/sim/marks.hpp>
#include <corosim/sim/simulation.hpp>

namespace corosim::sim {

/// What an exhaustive search covers, and when it gives up.
class ExhaustiveOptions {
 public:
  ExhaustiveOptions() = default;
  /// legal or any; under fifo there is nothing to search.
  ExhaustiveOptions& order(Order value) {
    order_ = value;
    return *this;
  }
  /// The most runs, redundant ones included.
  ExhaustiveOptions& runs(std::uint64_t value) {
    runs_ = value;
    return *this;
  }
  /// The longest time, on the real clock.
  ExhaustiveOptions& time(std::chrono::milliseconds value) {
    time_ = value;
    return *this;
  }
  /// The bounds of each run. A run that reaches one leaves the search incomplete.
  ExhaustiveOptions& limits(const Limits& value) {
    limits_ = value;
    return *this;
  }
  /// Stop at so many different failures; by default at the first. With more, runs go on in all orders that do not
  /// merely come after a failure.
  ExhaustiveOptions& failures(std::uint64_t value) {
    failures_ = value;
    return *this;
  }
  /// Called with each order: the hash of its partial order, and the run.
  ExhaustiveOptions& on_order(std::function<void(std::uint64_t hash, const RunResult&)> value) {
    on_order_ = std::move(value);
    return *this;
  }
  /// Called now and then with the number of orders so far and the part that they are; false stops the search.
  ExhaustiveOptions& progress(std::function<bool(std::uint64_t orders, double part)> value) {
    progress_ = std::move(value);
    return *this;
  }

 private:
  friend struct ExhaustiveResult exhaust(const Program& program, const ExhaustiveOptions& options);
  Order order_ = Order::kLegal;
  std::uint64_t runs_ = std::numeric_limits<std::uint64_t>::max();
  std::optional<std::chrono::milliseconds> time_;
  Limits limits_;
  std::uint64_t failures_ = 1;
  std::function<void(std::uint64_t, const RunResult&)> on_order_;
  std::function<bool(std::uint64_t, double)> progress_;
};

/// What an exhaustive search found.
struct ExhaustiveResult {
  /// All orders were run, each to its end or its first failure.
  bool complete = false;
  double explored_part = 0;         // of the orders, as far as is known; an estimate unless complete
  std::uint64_t orders = 0;         // runs that differ in more than swaps of independent steps
  std::uint64_t blocked = 0;        // runs given up because they could only repeat others
  std::uint64_t infeasible = 0;     // runs given up because a step that was planned was not ready
  std::uint64_t steps = 0;          // of all runs
  std::vector<MarkCount> marks;     // all that the program declares, by orders
  std::vector<RunResult> failures;  // different ones, in the order of discovery; replay them by their decisions
  std::chrono::duration<double> took{};
};

/// Runs `program` once in every order of its steps that makes a difference: schedules that differ only in swaps of
/// independent steps count as one. See docs/exploration.md for what that promises.
ExhaustiveResult exhaust(const Program& program, const ExhaustiveOptions& options = ExhaustiveOptions());

}  // namespace corosim::sim
