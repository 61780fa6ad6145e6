#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include <corosim/sim/constraints.hpp>
#include <corosim/sim/simulation.hpp>

namespace corosim::sim {

/// How far shrinking goes, and in which runs.
class ShrinkOptions {
 public:
  ShrinkOptions() = default;
  /// No more runs than that of the program.
  ShrinkOptions& runs(std::uint32_t value) {
    runs_ = value;
    return *this;
  }
  /// No more steps than that in all of them, so that a long program is not run as often.
  ShrinkOptions& steps(std::uint64_t value) {
    steps_ = value;
    return *this;
  }
  /// No more real time than that.
  ShrinkOptions& time(std::chrono::milliseconds value) {
    time_ = value;
    return *this;
  }
  /// Of each run.
  ShrinkOptions& limits(const Limits& value) {
    limits_ = value;
    return *this;
  }

 private:
  friend class Shrinker;
  std::uint32_t runs_ = 200;
  std::uint64_t steps_ = 2'000'000;
  std::chrono::milliseconds time_{5000};
  Limits limits_;
};

/// A failing run, reduced to what it takes to make the program fail in the same way.
struct ShrinkResult {
  std::string why_not;  // why there is no reduced run; empty where there is one
  Order order = Order::kLegal;
  DefaultOrder default_order{DefaultOrder::Kind::kFifo};
  std::vector<Constraint> constraints;
  RunResult failing;       // the run that these make, and its conditions
  std::uint32_t runs = 0;  // how many it took to find them

  bool shrunk() const { return why_not.empty(); }
};

/// Looks for the fewest constraints over a default order under which `program` fails as it did in `failing`.
///
/// Each default order alone goes first. Where none fails, the candidates are the races and wake-ups of the failing run
/// that come out the other way under a default order: with all of them that order fails too, and delta debugging says
/// which of them it takes (Zeller and Hildebrandt, TSE 2002; of schedules, Choi and Zeller, ISSTA 2002). A run tells
/// which constraints had a say in it, so that most candidates are decided without a run. Where more than one constraint
/// is left, races of the default orders themselves, turned round one at a time, are tried as well.
///
/// Then the run's conditions are made as plain as they can be: cancellations that the failure does not need are
/// dropped, and what the program drew becomes the simplest value wherever that makes no difference. Then constraints
/// are dropped again, and so on, until nothing goes.
///
/// A run of order `fifo` is looked for under `legal`, since it leaves nothing to constrain.
ShrinkResult shrink(const Program& program, const RunResult& failing, const ShrinkOptions& options = ShrinkOptions());

}  // namespace corosim::sim
