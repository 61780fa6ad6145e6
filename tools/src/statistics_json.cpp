#include "statistics_json.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace corosim::tools {

namespace {

using Json = nlohmann::ordered_json;

Json run_json(const traces::Statistics& statistics) {
  const traces::RunInfo& run = statistics.run;
  Json json = {{"trace", statistics.path},  {"program", run.program},   {"arguments", run.arguments},
               {"order", run.order},        {"strategy", run.strategy}, {"seed", fmt::format("{:#x}", run.seed)},
               {"recorded_by", run.version}};
  for (const auto& [key, value] : run.extra) json["facts"][key] = value;
  if (statistics.end) {
    json["end"] = {{"outcome", traces::to_string(statistics.end->outcome)}, {"text", statistics.end->text}};
  } else {
    json["error"] = statistics.tail.text;
  }
  return json;
}

Json steps_json(const traces::Statistics& statistics) {
  Json json = {{"first", statistics.first_step}, {"last", statistics.last_step}, {"count", statistics.steps()}};
  for (std::size_t kind = 0; kind < traces::kStepKinds; ++kind) {
    json[std::string(to_string(static_cast<traces::StepKind>(kind)))] = statistics.by_kind[kind];
  }
  return json;
}

Json ready_json(const traces::Statistics& statistics) {
  Json json = {{"mean", statistics.mean_ready()}, {"most", statistics.most_ready()}, {"histogram", Json::array()}};
  for (const auto& [lanes, steps] : statistics.by_ready) {
    json["histogram"].push_back({{"lanes", lanes}, {"steps", steps}});
  }
  Json& queue = json["over_time"] = {{"stretch_ns", statistics.stretch.count()}, {"stretches", Json::array()}};
  for (const traces::QueueStretch& stretch : statistics.queue) {
    if (stretch.steps == 0) continue;
    queue["stretches"].push_back({{"begin_ns", stretch.begin.count()},
                                  {"steps", stretch.steps},
                                  {"mean", stretch.ready_mean()},
                                  {"most", stretch.ready_most}});
  }
  return json;
}

Json tasks_json(const traces::Statistics& statistics) {
  Json json = {{"born", statistics.tasks_born}, {"most_alive", statistics.most_tasks_alive}};
  for (std::size_t how = 0; how < traces::kTaskEnds; ++how) {
    json[std::string(to_string(static_cast<traces::TaskEnd>(how)))] = statistics.tasks_ended[how];
  }
  json["unfinished"] = statistics.tasks_unfinished();
  json["cancels_requested"] = statistics.cancels_requested;
  return json;
}

Json waits_json(const traces::Statistics& statistics) {
  Json json = Json::array();
  for (const traces::SiteWaits& wait : statistics.waits) {
    json.push_back({{"file", wait.site.file},
                    {"line", wait.site.line},
                    {"function", wait.site.function},
                    {"for", wait.wait},
                    {"waits", wait.waits},
                    {"cancelled", wait.cancelled},
                    {"unfinished", wait.unfinished},
                    {"total_ns", wait.total.count()},
                    {"longest_ns", wait.longest.count()}});
  }
  return json;
}

}  // namespace

std::string statistics_json(const traces::Statistics& statistics) {
  Json json = run_json(statistics);
  json["time_ns"] = statistics.time.count();
  json["steps"] = steps_json(statistics);
  json["decisions"] = statistics.decisions();
  json["ready_lanes"] = ready_json(statistics);
  json["switches"] = statistics.switches;
  json["tasks"] = tasks_json(statistics);
  json["left_ready"] = statistics.left_ready;
  json["waits"] = waits_json(statistics);
  json["draws"] = Json::array();
  for (const auto& [stream, draws] : statistics.draws) {
    json["draws"].push_back(
        {{"stream", stream}, {"count", draws.count}, {"least", draws.least}, {"greatest", draws.greatest}});
  }
  json["marks"] = Json::array();
  for (const auto& [text, count] : statistics.marks) json["marks"].push_back({{"text", text}, {"count", count}});
  constexpr int kIndent = 2;
  return json.dump(kIndent, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace corosim::tools
