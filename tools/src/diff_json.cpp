#include "diff_json.hpp"

#include <cstddef>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace corosim::tools {

namespace {

using Json = nlohmann::ordered_json;

Json run_json(const traces::RunSummary& run) {
  return {{"trace", run.path},        {"order", run.order},
          {"strategy", run.strategy}, {"seed", fmt::format("{:#x}", run.seed)},
          {"steps", run.steps},       {"end", run.end}};
}

Json side_json(const traces::FirstDifference::Side& side) {
  if (side.step == 0) return nullptr;
  Json json = {{"step", side.step}, {"time_ns", side.time.count()}, {"lanes", side.lanes}, {"ready", Json::array()}};
  for (const auto& handle : side.ready) {
    json["ready"].push_back({{"task", handle.task}, {"site", handle.site}, {"chosen", handle.is_chosen}});
  }
  return json;
}

Json side_json(const traces::Difference::Side& side) {
  if (side.text.empty()) return nullptr;
  return {{"step", side.step}, {"time_ns", side.time.count()}, {"text", side.text}};
}

}  // namespace

std::string diff_json(const traces::Diff& diff) {
  Json json = {{"equal", diff.equal()},
               {"verdict", diff.verdict},
               {"left", run_json(diff.left)},
               {"right", run_json(diff.right)},
               {"first", nullptr}};
  if (diff.first) {
    json["first"] = {{"decision", diff.first->is_decision},
                     {"left", side_json(diff.first->left)},
                     {"right", side_json(diff.first->right)}};
  }
  json["compared"] = nullptr;
  if (diff.compared) {
    const auto& [left, right] = *diff.compared;
    json["compared"] = {{"left", {left.first, left.last}}, {"right", {right.first, right.last}}};
  }
  json["counts"] = Json::object();
  for (std::size_t kind = 0; kind < traces::kDifferenceKinds; ++kind) {
    json["counts"][std::string(to_string(static_cast<traces::DifferenceKind>(kind)))] = diff.counts[kind];
  }
  json["differences"] = Json::array();
  for (const traces::Difference& difference : diff.differences) {
    json["differences"].push_back({{"kind", to_string(difference.kind)},
                                   {"task", difference.task},
                                   {"left", side_json(difference.left)},
                                   {"right", side_json(difference.right)}});
  }
  constexpr int kIndent = 2;
  return json.dump(kIndent, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace corosim::tools
