#pragma once

#include <cstdint>
#include <string>

#include <corosim/sim/await_races.hpp>
#include <corosim/sim/explore.hpp>
#include <corosim/sim/step_ring.hpp>

#include "tally.hpp"

namespace corosim::sim {

/// Makes the runs of an exploration that one process makes.
class Explorer {
 public:
  Explorer(const Program& program, const ExploreOptions& options) : program_(program), options_(options) {}

  /// Runs first, first + stride, ... as long as `sink` wants them; `observer`, where there is one, sees their steps.
  void run(std::uint64_t first, std::uint64_t stride, RunSink& sink, StepObserver* observer = nullptr);
  /// A run that another process made, from its decisions. Throws NotDeterministic where it comes out differently here.
  RunResult again(const RunResult& found);

 private:
  void warn_of(AwaitRaces& races, RunResult& run);
  std::string save(const StepRing& last_steps) const;

  const Program& program_;
  const ExploreOptions& options_;
  Simulation checker_;  // for runs that are made again: what is learned from the others numbers its actors by itself
};

}  // namespace corosim::sim
