#include <corosim/sim/replay.hpp>

#include <charconv>
#include <utility>

#include <corosim/runtime/task_state.hpp>

#include <fmt/format.h>

namespace corosim::sim {

namespace {

void end_diverged(RunResult& result, std::string expected, std::string found) {
  result.end = Diverged{{result.steps, std::move(expected), std::move(found)}};
}

std::string describe_step(traces::StepKind kind, std::string_view task, std::uint32_t ready, std::uint32_t chosen) {
  return fmt::format("{} of {} (place {} of {} ready)", traces::to_string(kind), task, chosen, ready);
}

// Holds the run against the trace, step by step.
class TraceFollower final : public StepObserver {
 public:
  explicit TraceFollower(const traces::Trace& trace) : trace_(trace) {}

  std::optional<Divergence> step(const StepTaken& taken) override {
    if (taken.number > trace_.steps().size()) {
      if (!trace_.end()) return std::nullopt;  // a torn trace is followed as far as it goes
      return Divergence{taken.number, fmt::format("the end of the run after {} steps", trace_.steps().size()),
                        "another step"};
    }
    const traces::Step& expected = trace_.steps()[taken.number - 1];
    const std::uint32_t id = taken.task != nullptr ? taken.task->id() : traces::kNoTask;
    const traces::StepKind kind = step_kind(taken.kind, taken.task);
    if (expected.task == id && expected.kind == kind && expected.ready == taken.ready &&
        expected.chosen == taken.chosen) {
      return std::nullopt;
    }
    return Divergence{taken.number,
                      describe_step(expected.kind, trace_.task_name(expected.task), expected.ready, expected.chosen),
                      describe_step(kind, trace_.task_name(id), taken.ready, taken.chosen)};
  }

 private:
  const traces::Trace& trace_;
};

}  // namespace

std::string SeedSchedule::text() const { return fmt::format("s1.{}.{}.{:x}", to_string(order_), strategy_, seed_); }

SeedSchedule SeedSchedule::parse(std::string_view text) {
  const std::string whole(text);
  std::vector<std::string_view> parts;
  for (std::size_t start = 0; start <= text.size();) {
    const auto dot = std::min(text.find('.', start), text.size());
    parts.push_back(text.substr(start, dot - start));
    start = dot + 1;
  }
  if (parts.size() != 4 || parts[0] != "s1") {
    throw ScheduleError(fmt::format("'{}' is not a schedule: expected s1.ORDER.STRATEGY.SEED", whole));
  }
  Seed seed = 0;
  const auto [end, error] = std::from_chars(parts[3].data(), parts[3].data() + parts[3].size(), seed, 16);
  if (error != std::errc() || end != parts[3].data() + parts[3].size()) {
    throw ScheduleError(fmt::format("the schedule's seed is '{}': expected a hexadecimal number", parts[3]));
  }
  make_strategy(parts[2]);  // throws where there is none of that name
  return {parse_order(parts[1]), std::string(parts[2]), seed};
}

Schedule schedule_of(const Program& program, const RunResult& result) {
  return {program.name(), result.order, result.seed, result.decisions, result.hash, result.conditions()};
}

RunResult replay(Simulation& simulation, const Program& program, const Schedule& schedule, Recorder* recorder,
                 const Limits& limits) {
  if (!schedule.made_for(program.name())) {
    throw ScheduleError(fmt::format("the schedule is not of program '{}'", program.name()));
  }
  RunOptions options;
  options.order(schedule.order()).seed(schedule.seed()).follow(schedule.decisions()).limits(limits);
  options.conditions(schedule.conditions());
  if (recorder != nullptr) options.recorder(*recorder);
  RunResult result = simulation.run(program, options);
  if (result.diverged()) return result;
  if (result.decisions.size() < schedule.decisions().size()) {
    end_diverged(result, fmt::format("{} decisions", schedule.decisions().size()),
                 fmt::format("the end of the run after {}", result.decisions.size()));
  } else if (schedule.hash() != Schedule::kUnknownHash && static_cast<std::uint32_t>(result.hash) != schedule.hash()) {
    end_diverged(result, fmt::format("a run with hash {:08x}", schedule.hash()),
                 fmt::format("hash {:08x}: the program changed, or is not deterministic",
                             static_cast<std::uint32_t>(result.hash)));
  }
  return result;
}

void require_followable(const Program& program, const traces::Trace& trace) {
  if (program.name() != trace.run().program) {
    throw ScheduleError(
        fmt::format("the trace is of program '{}', and this is '{}'", trace.run().program, program.name()));
  }
  if (!trace.steps().empty() && trace.steps().front().number != 1) {
    const traces::RunInfo& run = trace.run();
    throw ScheduleError(fmt::format(
        "the trace begins at step {}: expected step 1. Only the end of the run was kept; to make it again, run "
        "seed {:#x} with order {} and strategy {}",
        trace.steps().front().number, run.seed, run.order, run.strategy));
  }
}

RunResult replay(Simulation& simulation, const Program& program, const traces::Trace& trace, Recorder* recorder,
                 const Limits& limits) {
  require_followable(program, trace);
  std::vector<std::uint32_t> decisions;
  for (const traces::Step& step : trace.steps()) {
    if (step.is_decision()) decisions.push_back(step.chosen);
  }
  TraceFollower follower(trace);
  RunOptions options;
  options.order(parse_order(trace.run().order))
      .seed(trace.run().seed)
      .follow(decisions, trace.run().strategy)
      .conditions(conditions_of(trace.run().extra))
      .observer(follower)
      .limits(limits);
  if (recorder != nullptr) options.recorder(*recorder);
  RunResult result = simulation.run(program, options);
  if (result.diverged() || !trace.end()) return result;
  if (result.steps < trace.end()->steps) {
    end_diverged(result, fmt::format("{} steps", trace.end()->steps),
                 fmt::format("the end of the run after {}", result.steps));
  } else if (result.hash != trace.end()->hash) {
    end_diverged(result, fmt::format("a run with hash {:016x}", trace.end()->hash),
                 fmt::format("hash {:016x}: another result, time or random value", result.hash));
  }
  return result;
}

}  // namespace corosim::sim
