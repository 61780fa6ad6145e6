#pragma once

#include <string>
#include <string_view>
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
  bool plain_draws = false;  // what is drawn takes its simplest value, where `draws` says nothing else

  bool none() const { return injections.empty() && draws.empty() && jitter.none() && !plain_draws; }
};

/// As the extra facts of a trace's RunInfo and the last items of a constraint schedule, and back. Facts of other kinds
/// are passed over. Throws ValueError where one cannot be read.
std::vector<std::pair<std::string, std::string>> facts_of(const Conditions& conditions);
Conditions conditions_of(const std::vector<std::pair<std::string, std::string>>& facts);
/// Whether facts of that kind are conditions.
bool is_condition(std::string_view kind);

}  // namespace corosim::sim
