#include <corosim/sim/replay.hpp>

#include <charconv>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <variant>

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
  explicit TraceFollower(const TraceSchedule& recorded) : outline_(recorded.outline()), reader_(recorded.open()) {}

  std::optional<Divergence> step(const StepTaken& taken) override {
    const std::optional<traces::Step> expected = next_step();
    if (!expected) {
      if (!outline_.end) return std::nullopt;  // a torn trace is followed as far as it goes
      return Divergence{taken.number, fmt::format("the end of the run after {} steps", outline_.steps), "another step"};
    }
    const std::uint32_t id = taken.task != nullptr ? taken.task->id() : traces::kNoTask;
    const traces::StepKind kind = step_kind(taken.kind, taken.task);
    if (expected->task == id && expected->kind == kind && expected->ready == taken.ready &&
        expected->chosen == taken.chosen) {
      return std::nullopt;
    }
    return Divergence{taken.number,
                      describe_step(expected->kind, traces::task_name(outline_.tasks, expected->task), expected->ready,
                                    expected->chosen),
                      describe_step(kind, traces::task_name(outline_.tasks, id), taken.ready, taken.chosen)};
  }

 private:
  std::optional<traces::Step> next_step() {
    while (std::optional<traces::Event> event = reader_.next()) {
      if (const auto* const step = std::get_if<traces::Step>(&*event)) return *step;
    }
    return std::nullopt;
  }

  const traces::Outline& outline_;
  traces::Reader reader_;
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

// An outline passes over what it does not need; all is read here, so that damage shows before the program runs.
TraceSchedule::TraceSchedule(traces::OpenTrace open) : open_(std::move(open)), outline_(traces::read_outline(open_())) {
  traces::Reader reader = open_();
  while (const std::optional<traces::Event> event = reader.next()) {
    const auto* const step = std::get_if<traces::Step>(&*event);
    if (step != nullptr && step->is_decision()) decisions_.push_back(step->chosen);
  }
}

TraceSchedule::TraceSchedule(std::vector<std::byte> bytes)
    : TraceSchedule([shared = std::make_shared<const std::vector<std::byte>>(std::move(bytes))] {
        return traces::Reader(std::span(*shared));
      }) {}

void require_followable(const Program& program, const traces::RunInfo& run, traces::StepNumber first_step) {
  if (program.name() != run.program) {
    throw ScheduleError(fmt::format("the trace is of program '{}', and this is '{}'", run.program, program.name()));
  }
  if (first_step != 1) {
    throw ScheduleError(fmt::format(
        "the trace begins at step {}: expected step 1. Only the end of the run was kept; to make it again, run "
        "seed {:#x} with order {} and strategy {}",
        first_step, run.seed, run.order, run.strategy));
  }
}

RunResult replay(Simulation& simulation, const Program& program, const TraceSchedule& recorded, Recorder* recorder,
                 const Limits& limits) {
  const traces::Outline& outline = recorded.outline();
  const traces::RunInfo& run = outline.run;
  require_followable(program, run, outline.last_step - outline.steps + 1);
  TraceFollower follower(recorded);
  RunOptions options;
  options.order(parse_order(run.order))
      .seed(run.seed)
      .follow(recorded.decisions(), run.strategy)
      .conditions(conditions_of(run.extra))
      .observer(follower)
      .limits(limits);
  if (recorder != nullptr) options.recorder(*recorder);
  RunResult result = simulation.run(program, options);
  const std::optional<traces::RunEnded>& end = outline.end;
  if (result.diverged() || !end) return result;
  if (result.steps < end->steps) {
    end_diverged(result, fmt::format("{} steps", end->steps), fmt::format("the end of the run after {}", result.steps));
  } else if (result.hash != end->hash) {
    end_diverged(result, fmt::format("a run with hash {:016x}", end->hash),
                 fmt::format("hash {:016x}: another result, time or random value", result.hash));
  }
  return result;
}

}  // namespace corosim::sim
