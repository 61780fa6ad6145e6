#include <corosim/sim/test_run.hpp>

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <optional>
#include <utility>

#include <corosim/sim/constraint_schedule.hpp>
#include <corosim/sim/program_main.hpp>
#include <corosim/sim/replay.hpp>
#include <corosim/sim/world.hpp>
#include <corosim/traces/outline.hpp>

#include <fmt/format.h>

#include "session.hpp"
#include "settings.hpp"

namespace corosim::sim {

namespace {

// False only where it is certain.
bool is_made_for(const std::string& schedule, const std::string& program) {
  if (ConstraintSchedule::is_constraint_schedule(schedule))
    return ConstraintSchedule::parse(schedule).made_for(program);
  if (Schedule::is_schedule(schedule)) return Schedule::parse(schedule).made_for(program);
  if (SeedSchedule::is_seed_schedule(schedule)) return true;
  return traces::read_outline(traces::Reader(schedule)).run.program == program;
}

bool is_set(const char* variable) {
  const char* const value = std::getenv(variable);
  return value != nullptr && *value != '\0';
}

TestOutcome outcome_of(const SessionResult& result) {
  TestOutcome outcome;
  outcome.kind = result.exit_code == kPassed ? TestOutcome::Kind::kPassed : TestOutcome::Kind::kFailed;
  outcome.text = result.text;
  if (result.failures.empty()) return outcome;
  const ReportedFailure& failure = result.failures.front();
  outcome.place = failure.place;
  outcome.properties = {{"seed", fmt::format("{:#x}", failure.seed)}, {"schedule", failure.schedule}};
  if (!failure.trace.empty()) outcome.properties.emplace_back("trace", failure.trace);
  return outcome;
}

// A single run that is replayed need not come to any.
std::optional<MarkCount> missed(const std::vector<std::string>& wanted, const std::vector<MarkCount>& marks) {
  for (const std::string& name : wanted) {
    const auto reached = [&](const MarkCount& each) { return each.mark.name == name && each.runs > 0; };
    if (std::any_of(marks.begin(), marks.end(), reached)) continue;
    const auto known =
        std::find_if(marks.begin(), marks.end(), [&](const auto& each) { return each.mark.name == name; });
    return known != marks.end() ? *known : MarkCount{{name, "nowhere declared"}, 0};
  }
  return std::nullopt;
}

}  // namespace

TestOutcome run_test(const Program& program, const TestOptions& options, const std::string& invocation) {
  try {
    Settings settings = Settings::from_environment();
    if (!settings.replay.empty() && !is_made_for(settings.replay, program.name())) {
      return {TestOutcome::Kind::kSkipped, "the schedule of COROSIM_REPLAY is another test's", {}, {}};
    }
    settings.quiet = true;
    settings.report = settings.report.value_or(Report::kExplained);
    if (options.runs_ && !is_set("COROSIM_RUNS") && !is_set("COROSIM_SEED")) settings.runs = options.runs_;
    if (options.time_ && !is_set("COROSIM_TIME") && !is_set("COROSIM_SEED")) settings.time = options.time_;
    if (options.order_ && !is_set("COROSIM_ORDER")) settings.order = *options.order_;
    if (options.strategy_ && !is_set("COROSIM_STRATEGY")) settings.strategy = *options.strategy_;
    if (options.limits_ && !is_set("COROSIM_MAX_STEPS") && !is_set("COROSIM_WARNINGS"))
      settings.limits = *options.limits_;
    if (options.conditions_ && settings.conditions.none()) settings.conditions = *options.conditions_;
    const auto blank = invocation.find(' ');
    const SessionResult result =
        Session(program, settings, invocation.substr(0, blank), invocation.substr(blank + 1)).run();
    if (result.exit_code == kPassed && !settings.corpus.empty()) fmt::print("{}", result.text);
    TestOutcome outcome = outcome_of(result);
    const auto mark =
        settings.explores() && result.exit_code == kPassed ? missed(options.reaches_, result.marks) : std::nullopt;
    if (mark) {
      outcome.kind = TestOutcome::Kind::kFailed;
      outcome.text += fmt::format("never reached: {} ({})\n", mark->mark.name, mark->mark.place);
    }
    return outcome;
  } catch (const std::filesystem::filesystem_error&) {
    throw;
  } catch (const std::exception& error) {  // NotDeterministic; a setting, a schedule, a trace that cannot be read
    return {TestOutcome::Kind::kFailed, fmt::format("{}: {}\n", program.name(), error.what()), {}, {}};
  }
}

bool fail_run(std::string what, std::string place) {
  World* const world = World::current();
  if (world == nullptr) return false;
  world->check_failed(std::move(what), std::move(place));
  return true;
}

}  // namespace corosim::sim
