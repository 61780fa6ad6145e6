#include "exploration_state.hpp"

#include <fstream>

#include <corosim/runtime/errors.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "whole_file.hpp"

namespace corosim::sim {

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ExplorationState::Failure, schedule, found_after, runs)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ExplorationState::Mark, name, place, runs)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(ExplorationState, program, order, strategy, first_seed, shard, next, runs, steps,
                                   failing_runs, seconds, failures, marks)

void ExplorationState::write(const std::filesystem::path& path) const {
  write_whole_file(path, nlohmann::json(*this).dump(2) + "\n");
}

ExplorationState ExplorationState::read(const std::filesystem::path& path) {
  std::ifstream file(path);
  if (!file) {
    throw ValueError(fmt::format("{}: no such file: there is no exploration to go on with", path.string()));
  }
  try {
    return nlohmann::json::parse(file).get<ExplorationState>();
  } catch (const nlohmann::json::exception& error) {
    throw ValueError(fmt::format("{}: expected the state of an exploration: {}", path.string(), error.what()));
  }
}

void ExplorationState::require_same(const ExplorationState& other, const std::filesystem::path& path) const {
  const auto require = [&](std::string_view what, const auto& here, const auto& there) {
    if (here == there) return;
    throw ValueError(fmt::format("{}: that exploration has {} {}, and this one {}", path.string(), what, here, there));
  };
  require("program", program, other.program);
  require("order", order, other.order);
  require("strategy", strategy, other.strategy);
  require("first seed", first_seed, other.first_seed);
  require("shard", shard, other.shard);
}

}  // namespace corosim::sim
