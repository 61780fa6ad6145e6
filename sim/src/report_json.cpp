#include "report_json.hpp"

#include <variant>

#include <corosim/sim/constraint_schedule.hpp>
#include <corosim/sim/failure_signature.hpp>

namespace corosim::sim {

namespace {

using Json = nlohmann::ordered_json;

Json json_of(const std::vector<StackLine>& stack) {
  Json lines = Json::array();
  for (const StackLine& line : stack) lines.push_back({{"function", line.function}, {"place", line.place}});
  return lines;
}

Json json_of(const std::vector<StoppedTask>& tasks) {
  Json all = Json::array();
  for (const StoppedTask& task : tasks) {
    all.push_back(
        {{"task", task.path}, {"waits_for", task.waits_for}, {"holder", task.holder}, {"stack", json_of(task.stack)}});
  }
  return all;
}

// What the kinds of ends have besides their word and summary.
struct EndDetails {
  Json operator()(const Failed& failed) const {
    return {
        {"place", failed.place}, {"task", failed.task}, {"stack", json_of(failed.stack)}, {"details", failed.details}};
  }
  Json operator()(const Deadlock& deadlock) const { return {{"tasks", json_of(deadlock.tasks)}}; }
  Json operator()(const StepLimit& limit) const { return {{"limit", limit.limit}, {"tasks", json_of(limit.tasks)}}; }
  Json operator()(const TimeLimit& limit) const {
    return {{"limit_ns", limit.limit.count()}, {"tasks", json_of(limit.tasks)}};
  }
  Json operator()(const Diverged& diverged) const {
    return {{"expected", diverged.divergence.expected}, {"found", diverged.divergence.found}};
  }
  Json operator()(const Completed&) const { return Json::object(); }
  Json operator()(const Stopped&) const { return Json::object(); }
};

Json json_of(const Warning& warning) {
  return {{"what", warning.what}, {"place", warning.place}, {"task", warning.task}, {"count", warning.count}};
}

Json json_of(const Explanation& explanation) {
  Json json = Json::object();
  const ShrinkResult& shrunk = explanation.shrunk;
  json["shrunk"] = shrunk.shrunk();
  if (!shrunk.shrunk()) json["why_not"] = shrunk.why_not;
  Json constraints = Json::array();
  for (const Constraint& constraint : shrunk.constraints) constraints.push_back(to_string(constraint));
  json["constraints"] = std::move(constraints);
  json["default_order"] = shrunk.default_order.text();
  json["shrink_runs"] = shrunk.runs;
  json["random_runs"] = explanation.random_runs;
  json["random_failures"] = explanation.random_failures;
  json["why"] = explanation.why;
  Json story = Json::array();
  for (const StoryLine& line : explanation.story) {
    story.push_back({{"step", line.step},
                     {"time_ns", line.time.count()},
                     {"task", line.actor},
                     {"text", line.text},
                     {"place", line.place},
                     {"note", line.note}});
  }
  json["story"] = std::move(story);
  return json;
}

}  // namespace

Json json_of(const RunResult& found, const ReportContext& context) {
  const Explanation* const explanation = context.explanation;
  const RunResult& result = explanation != nullptr ? explanation->failing : found;
  Json json = {{"seed", found.seed},
               {"order", to_string(found.order)},
               {"strategy", found.strategy},
               {"end", word(result.end)},
               {"summary", summary(result.end)},
               {"steps", result.steps},
               {"time_ns", result.time.count()},
               {"hash", fmt::format("{:016x}", result.hash)}};
  json.update(std::visit(EndDetails(), result.end));
  Json warnings = Json::array();
  for (const Warning& warning : result.warnings) warnings.push_back(json_of(warning));
  json["warnings"] = std::move(warnings);
  Json conditions = Json::array();
  for (const auto& [kind, text] : facts_of(result.conditions())) conditions.push_back(kind + "=" + text);
  json["conditions"] = std::move(conditions);
  if (!found.failed()) return json;
  json["signature"] = failure_signature(found);
  if (context.found_after_runs) json["found_after_runs"] = *context.found_after_runs;
  json["failing_runs"] = context.failing_runs;
  if (explanation != nullptr) json["explanation"] = json_of(*explanation);
  json["replay"] = context.replay_command;
  json["trace"] = context.trace_path;
  json["passing_trace"] = context.passing_trace_path;
  return json;
}

Json json_of(const ExploreResult& found) {
  Json warnings = Json::array();
  for (const ExploredWarning& each : found.warnings) {
    Json warning = json_of(each.warning);
    warning["runs"] = each.runs;
    warning["seed"] = each.seed;
    warnings.push_back(std::move(warning));
  }
  Json marks = Json::array();
  for (const auto& [mark, runs] : found.marks) {
    marks.push_back({{"name", mark.name}, {"place", mark.place}, {"runs", runs}});
  }
  return {{"runs", found.runs},
          {"steps", found.steps},
          {"seconds", found.took.count()},
          {"failing_runs", found.failing_runs},
          {"orders",
           {{"different", found.orders.orders()},
            {"seen_once", found.orders.seen_once()},
            {"exact", found.orders.exact()},
            {"at_least", found.orders.estimated_orders()},
            {"chance_of_news", found.orders.chance_of_news()}}},
          {"marks", std::move(marks)},
          {"interrupted", found.interrupted},
          {"out_of_time", found.out_of_time},
          {"warnings", std::move(warnings)}};
}

Json json_of(const CampaignResult& found) {
  Json waits = Json::array();
  for (const SiteCoverage& row : found.coverage.rows()) {
    Json cancelled = Json::object();
    for (std::size_t when = 0; when < kCancelledWhenCount; ++when) {
      cancelled[std::string(to_string(static_cast<CancelledWhen>(when)))] = row.cancelled[when];
    }
    waits.push_back({{"file", row.file},
                     {"line", row.line},
                     {"function", row.function},
                     {"reached", row.reached},
                     {"cancelled", std::move(cancelled)}});
  }
  Json failures = Json::array();
  for (const CampaignFailure& failure : found.failures) failures.push_back({{"what", failure.what}});
  return {{"runs", found.runs},
          {"steps", found.steps},
          {"seconds", found.took.count()},
          {"cancellations", found.cancellations},
          {"waits", found.waits},
          {"waits_left", found.waits_left},
          {"coverage", std::move(waits)},
          {"failures", std::move(failures)}};
}

}  // namespace corosim::sim
