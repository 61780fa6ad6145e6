#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include <corosim/sim/shrink.hpp>
#include <corosim/sim/simulation.hpp>

#include "deviations.hpp"

namespace corosim::sim {

/// Two steps of a failing run that conflict over an object, and that come the other way round in a run that passes.
struct CriticalPair {
  std::uint64_t first;
  std::uint64_t second;
  detail::ObjectId object;
  bool second_in_passing = false;  // the failing run ended before its second step, which is one of the passing run
};

/// A run that passes, and differs from a failing one in a single decision to put one step before another; what follows
/// from that aside.
struct PassingPartner {
  RunResult result;
  RunLog log;
  std::optional<CriticalPair> pair;
};

/// Turns one constraint of the failing run round, or drops it; where it has none, one of its races. Runs the program
/// `most_runs` times at most.
class PartnerSearch {
 public:
  PartnerSearch(const Program& program, const ShrinkResult& shrunk, const RecordedRun& failing, const Limits& limits);

  std::optional<PassingPartner> find(std::uint32_t most_runs, std::chrono::steady_clock::time_point deadline);
  std::uint32_t runs() const { return runs_; }

 private:
  std::optional<PassingPartner> try_constraints(std::vector<Constraint> constraints, const Constraint& changed);
  std::optional<CriticalPair> pair_of(const Constraint& changed, const RecordedRun& passing) const;

  const Program& program_;
  const ShrinkResult& shrunk_;
  const RecordedRun& failing_;
  Limits limits_;
  Simulation simulation_;
  ConstrainedStrategy strategy_;
  std::uint32_t runs_ = 0;
  std::uint32_t most_runs_ = 0;
  std::chrono::steady_clock::time_point deadline_;
};

}  // namespace corosim::sim
