#include <algorithm>
#include <filesystem>
#include <limits>
#include <utility>

#include <corosim/runtime/errors.hpp>
#include <corosim/sim/failure_signature.hpp>
#include <corosim/sim/order_audit.hpp>
#include <corosim/sim/program_main.hpp>

#include <fmt/format.h>

#include "progress.hpp"
#include "report_json.hpp"
#include "session.hpp"

namespace corosim::sim {

namespace {

constexpr std::uint64_t kDefaultRuns = 1000;
constexpr std::size_t kKeptSteps = 1000;
constexpr std::uint64_t kAuditRuns = 100;
constexpr std::uint64_t kAuditSteps = 10'000;  // of each
constexpr std::chrono::seconds kTimeBetweenSaves{10};

void add_failure(std::vector<ExploredFailure>& all, ExploredFailure failure) {
  const auto known =
      std::find_if(all.begin(), all.end(), [&](const auto& each) { return each.signature == failure.signature; });
  if (known == all.end()) {
    all.push_back(std::move(failure));
    return;
  }
  failure.runs += known->runs;
  if (failure.found_after < known->found_after) *known = std::move(failure);
}

}  // namespace

int Session::explore_seeds() {
  std::optional<ExplorationState> earlier;
  if (settings_.resume) {
    earlier = ExplorationState::read(state_path());
    earlier->require_same(state_after(ExploreResult()), state_path());
  }
  ExploreOptions options;
  options.runs(settings_.runs.value_or(settings_.time ? std::numeric_limits<std::uint64_t>::max() : kDefaultRuns))
      .first_seed(settings_.seed.value_or(0))
      .order(settings_.order)
      .strategy(settings_.strategy)
      .limits(settings_.limits)
      .conditions(settings_.conditions)
      .failures(std::max<std::uint64_t>(settings_.failures, 1))
      .jobs(settings_.jobs)
      .keep_steps(static_cast<std::size_t>(settings_.keep_steps.value_or(kKeptSteps)),
                  settings_.trace_dir / fmt::format("{}-first.trace", file_name()))
      .shard(settings_.shard);
  if (settings_.time) options.time(*settings_.time);
  if (earlier) options.skip(earlier->next);
  std::optional<ExploreProgress> progress;
  if (!settings_.quiet)
    progress.emplace(settings_.time ? settings_.runs : settings_.runs.value_or(kDefaultRuns), settings_.time);
  std::chrono::duration<double> saved{};
  options.progress([&](const ExploreResult& so_far) {
    if (progress) progress->show(so_far);
    if (so_far.took - saved >= kTimeBetweenSaves) {
      saved = so_far.took;
      state_after(so_far).write(state_path());
    }
    return !interrupted.load();
  });
  ExploreResult found;
  try {
    found = explore(program_, options);
  } catch (const ProgramCrashed& crash) {
    progress.reset();
    return report_crash(crash.run());
  }
  progress.reset();
  if (earlier) add_earlier(*earlier, found);
  if (found.interrupted || found.out_of_time) {
    state_after(found).write(state_path());
  } else {
    std::error_code ignored;
    std::filesystem::remove(state_path(), ignored);
  }
  return found.failures.empty() ? report_passed(found) : report_failures(found);
}

int Session::report_passed(const ExploreResult& found) {
  result_.marks = found.marks;
  const int code = found.interrupted ? kInterrupted : found.runs == 0 ? kNothingRun : kPassed;
  if (settings_.json) {
    nlohmann::ordered_json json = json_of(found);
    json["program"] = program_.name();
    json["failures"] = nlohmann::ordered_json::array();
    say("{}\n", json.dump(2));
    return code;
  }
  const double seconds = found.took.count();
  say("{}: {} runs, no failure ({} steps, {:.2f} s, {:.0f} runs/s)\n", program_.name(), found.runs, found.steps,
      seconds, seconds > 0 ? static_cast<double>(found.runs) / seconds : 0);
  say("{}{}{}", render_coverage(found), render_marks(found.marks, found.runs), render_warnings(found.warnings));
  if (!found.interrupted && found.runs > 0) say_undeclared_sharing();
  if (found.interrupted || found.out_of_time) {
    say("  go on    COROSIM_RESUME=1, or corosim explore --resume, with the same options\n");
  }
  return code;
}

// Whether the count of orders and exhaustive search can be trusted.
void Session::say_undeclared_sharing() {
  Limits limits = settings_.limits;
  limits.steps(std::min(limits.steps(), kAuditSteps));
  const auto found = audit_sharing(program_, settings_.order, settings_.seed.value_or(0), kAuditRuns, limits);
  if (found) say("  note     {}\n", found->text());
}

int Session::report_failures(const ExploreResult& found) {
  nlohmann::ordered_json failures = nlohmann::ordered_json::array();
  for (const ExploredFailure& failure : found.failures) {
    const auto explanation = explain(failure.run, settings_.report.value_or(Report::kExplained));
    ReportContext context;
    context.found_after_runs = failure.found_after;
    context.seconds = found.took.count();
    if (settings_.failures > 1) context.failing_runs = failure.runs;
    context.explanation = explanation ? &*explanation : nullptr;
    const std::string schedule = schedule_for(failure.run, context.explanation);
    context.replay_command = command_for(schedule);
    context.trace_path = save_trace(explanation ? explanation->failing : failure.run, failure.run.seed, "");
    if (explanation && explanation->passing) {
      context.passing_trace_path = save_trace(*explanation->passing, failure.run.seed, "-passing");
    }
    note_failure(explanation ? explanation->failing : failure.run, schedule, context.trace_path);
    context.pin_command = fmt::format("corosim corpus add {} -- {}", context.trace_path, binary_);
    if (settings_.json) {
      failures.push_back(json_of(failure.run, context));
    } else {
      say("{}{}", &failure == &found.failures.front() ? "" : "\n", render_failure(program_, failure.run, context));
    }
  }
  if (settings_.json) {
    nlohmann::ordered_json json = json_of(found);
    json["program"] = program_.name();
    json["failures"] = std::move(failures);
    say("{}\n", json.dump(2));
  } else if (settings_.failures > 1) {
    say("\n{} of {} runs failed, in {} way{}\n{}", found.failing_runs, found.runs, found.failures.size(),
        found.failures.size() == 1 ? "" : "s", render_coverage(found));
  }
  return found.interrupted ? kInterrupted : kFailureFound;
}

int Session::report_crash(const CrashedRun& run) {
  ReportContext context;
  if (run.steps > 0) {
    // The hash of a run that never ended is not known.
    context.replay_command = command_for(
        Schedule(program_.name(), run.order, run.seed, run.decisions, Schedule::kUnknownHash, run.conditions).text());
  }
  say("{}", render_crash(program_, run, settings_.strategy, context));
  return kCrashed;
}

// Going on with an earlier exploration ------------------------------------------------------------------------------

std::filesystem::path Session::state_path() const {
  return settings_.trace_dir / fmt::format("{}.exploration.json", file_name());
}

ExplorationState Session::state_after(const ExploreResult& found) const {
  ExplorationState state;
  state.program = program_.name();
  state.order = to_string(settings_.order);
  state.strategy = settings_.strategy;
  state.first_seed = settings_.seed.value_or(0);
  state.shard = settings_.shard.text();
  state.next = found.next;
  state.runs = found.runs;
  state.steps = found.steps;
  state.failing_runs = found.failing_runs;
  state.seconds = found.took.count();
  for (const auto& [mark, runs] : found.marks) state.marks.push_back({mark.name, mark.place, runs});
  for (const ExploredFailure& failure : found.failures) {
    state.failures.push_back({schedule_of(program_, failure.run).text(), failure.found_after, failure.runs});
  }
  return state;
}

void Session::add_earlier(const ExplorationState& earlier, ExploreResult& found) const {
  found.runs += earlier.runs;
  found.steps += earlier.steps;
  found.failing_runs += earlier.failing_runs;
  found.took += std::chrono::duration<double>(earlier.seconds);
  MarkCounter marks;
  for (const MarkCount& count : found.marks) marks.add(count);
  for (const ExplorationState::Mark& each : earlier.marks) marks.add({{each.name, each.place}, each.runs});
  found.marks = marks.counts();
  for (const ExplorationState::Failure& each : earlier.failures) {
    Simulation simulation;
    RunResult run = replay(simulation, program_, Schedule::parse(each.schedule), nullptr, settings_.limits);
    std::string signature = failure_signature(run);
    if (signature.empty()) {
      throw ValueError(
          fmt::format("{}: {} failed before, and does not now: the program changed, or is not deterministic",
                      state_path().string(), each.schedule));
    }
    add_failure(found.failures, {std::move(run), std::move(signature), each.found_after, each.runs});
  }
  std::sort(found.failures.begin(), found.failures.end(),
            [](const auto& a, const auto& b) { return a.found_after < b.found_after; });
}

// Every order, once ---------------------------------------------------------------------------------------------

int Session::exhaust_orders() {
  ExhaustiveOptions options;
  options.order(settings_.order).limits(settings_.limits).failures(std::max<std::uint64_t>(settings_.failures, 1));
  if (settings_.runs) options.runs(*settings_.runs);
  if (settings_.time) options.time(*settings_.time);
  std::optional<ExhaustiveProgress> progress;
  if (!settings_.quiet) progress.emplace();
  options.progress([&](std::uint64_t orders, double part) {
    if (progress) progress->show(orders, part);
    return !interrupted.load();
  });
  const ExhaustiveResult search = exhaust(program_, options);
  progress.reset();
  if (!search.failures.empty()) {
    ExploreResult found;
    found.runs = search.orders;
    found.took = search.took;
    found.failing_runs = search.failures.size();
    for (const RunResult& run : search.failures) {
      found.failures.push_back({run, failure_signature(run), search.orders});
    }
    return report_failures(found);
  }
  result_.marks = search.marks;
  const int code = interrupted.load() ? kInterrupted : search.orders == 0 ? kNothingRun : kPassed;
  const double seconds = search.took.count();
  if (settings_.json) {
    const nlohmann::ordered_json json = {{"program", program_.name()},
                                         {"complete", search.complete},
                                         {"orders", search.orders},
                                         {"redundant_runs", search.blocked + search.infeasible},
                                         {"explored_part", search.explored_part},
                                         {"steps", search.steps},
                                         {"seconds", seconds},
                                         {"failures", nlohmann::ordered_json::array()}};
    say("{}\n", json.dump(2));
    return code;
  }
  if (search.complete) {
    say("{}: all {} orders explored, none fails ({:.2f} s, {:.0f} runs/s)\n", program_.name(), search.orders, seconds,
        static_cast<double>(search.orders) / seconds);
    say("{}", render_marks(search.marks, search.orders));
    say("  Orders that differ only in steps that touch nothing in common count as one. State that tasks share\n"
        "  without Shared<T> is not seen: declare it, or explore by a strategy as well.\n");
    say_undeclared_sharing();
    return kPassed;
  }
  say("{}: {} orders explored, none fails, and there are more ({:.2f} s, {:.0f} runs/s)\n", program_.name(),
      search.orders, seconds, static_cast<double>(search.orders) / seconds);
  say("  By what is known of the rest, this is about {:.2g} % of them, which may be far too much.\n",
      100 * search.explored_part);
  return code;
}

}  // namespace corosim::sim
