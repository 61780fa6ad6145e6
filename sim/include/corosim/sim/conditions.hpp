#pragma once

#include <string>
#include <utility>
#include <vector>

#include <corosim/sim/decisions.hpp>
#include <corosim/sim/injection.hpp>

namespace corosim::sim {

/// What a run is given besides its order, its strategy and its seed. Part of its schedule and of its trace: a run that
/// is replayed has them again.
struct Conditions {
  std::vector<Injection> injections;
  std::vector<DrawOverride> draws;
  TimerJitter jitter;

  bool none() const { return injections.empty() && draws.empty() && jitter.none(); }
};

/// As the extra facts of a trace's RunInfo, and back. Facts of other kinds are passed over. Throws ValueError where one
/// cannot be read.
std::vector<std::pair<std::string, std::string>> facts_of(const Conditions& conditions);
Conditions conditions_of(const std::vector<std::pair<std::string, std::string>>& facts);

}  // namespace corosim::sim
