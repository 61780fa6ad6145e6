// Laws of the simulation, on random programs that use the whole API: under every order and strategy, with
// cancellations.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <corosim/sim/constraint_schedule.hpp>
#include <corosim/sim/replay.hpp>
#include <corosim/sim/strategy.hpp>
#include <corosim/traces/diff.hpp>
#include <corosim/traces/trace.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "observed_program.hpp"

namespace corosim::laws::observed {
namespace {

using sim::Order;

struct Recorded {
  sim::RunResult result;
  std::vector<std::byte> bytes;
  traces::Trace trace() const { return traces::Trace::from_bytes(bytes); }
};

sim::RunResult run_of(const sim::Program& program, const Plan& plan, sim::RunOptions options = sim::RunOptions()) {
  sim::Simulation simulation;
  const std::unique_ptr<sim::Strategy> strategy = sim::make_strategy(plan.strategy);
  return simulation.run(program, options.order(plan.order).strategy(*strategy).seed(plan.seed).inject(plan.injections));
}

Recorded recorded(const sim::Program& program, const Plan& plan) {
  traces::Writer writer;
  sim::Recorder recorder(writer);
  recorder.with_pasts();
  Recorded run{run_of(program, plan, sim::RunOptions().recorder(recorder)), {}};
  run.bytes = writer.take_bytes();
  return run;
}

RC_GTEST_PROP(SimulationLaws, SameSeedSameBytes, ()) {
  const sim::Program program = program_of(*scripts());
  const Plan plan = *plans();
  const Recorded first = recorded(program, plan);
  const Recorded second = recorded(program, plan);
  RC_ASSERT((first.bytes == second.bytes));
  RC_ASSERT(first.result.hash == second.result.hash);
}

RC_GTEST_PROP(SimulationLaws, RecordingChangesNothing, ()) {
  const sim::Program program = program_of(*scripts());
  const Plan plan = *plans();
  RC_ASSERT(run_of(program, plan).hash == recorded(program, plan).result.hash);
}

RC_GTEST_PROP(SimulationLaws, ReplayAfterRecordIsTheIdentity, ()) {
  const sim::Program program = program_of(*scripts());
  const Recorded original = recorded(program, *plans());
  sim::Simulation simulation;
  traces::Writer writer;
  sim::Recorder recorder(writer);
  recorder.with_pasts();
  const sim::RunResult again = sim::replay(simulation, program, sim::TraceSchedule(original.bytes), &recorder);
  RC_ASSERT(!again.diverged());
  RC_ASSERT((writer.take_bytes() == original.bytes));
}

RC_GTEST_PROP(SimulationLaws, TheScheduleStringIsTheRun, ()) {
  const sim::Program program = program_of(*scripts());
  const Recorded original = recorded(program, *plans());
  const sim::RunResult& run = original.result;
  const std::string text = sim::schedule_of(program, run).text();
  sim::Simulation simulation;
  const sim::RunResult again = sim::replay(simulation, program, sim::Schedule::parse(text));
  RC_ASSERT(!again.diverged());
  RC_ASSERT(again.hash == run.hash);
}

RC_GTEST_PROP(SimulationLaws, ATraceDiffersFromItselfInNothing, ()) {
  const Recorded run = recorded(program_of(*scripts()), *plans());
  RC_ASSERT(traces::diff(run.trace(), run.trace()).equal());
}

RC_GTEST_PROP(SimulationLaws, VirtualTimeNeverGoesBackAndCausesComeFirst, ()) {
  const Recorded run = recorded(program_of(*scripts()), *plans());
  const traces::Trace trace = run.trace();
  std::chrono::nanoseconds last{0};
  for (const traces::Step& step : trace.steps()) {
    RC_ASSERT((step.time >= last));
    RC_ASSERT(step.cause < step.number);
    last = step.time;
  }
}

RC_GTEST_PROP(SimulationLaws, EveryTaskIsBornOnceAndEndsOnce, ()) {
  const Recorded run = recorded(program_of(*scripts()), *plans());
  const traces::Trace trace = run.trace();
  std::multiset<traces::TaskId> ended;
  for (traces::StepNumber number = 0; number <= trace.steps().size(); ++number) {
    for (const traces::Note& note : trace.notes(number)) {
      if (const auto* end = std::get_if<traces::TaskEnded>(&note)) ended.insert(end->task);
    }
  }
  RC_ASSERT(ended.size() == trace.tasks().size());
  for (const traces::TaskCreated& task : trace.tasks()) RC_ASSERT(ended.count(task.task) == 1U);
}

// A schedule for some other run of the program: some decisions are changed, added or left out.
sim::Schedule made_up_schedule(const sim::Program& program, const sim::RunResult& run) {
  std::vector<std::uint32_t> decisions = run.decisions;
  const auto changes = *rc::gen::container<std::vector<std::pair<std::size_t, std::uint32_t>>>(
      rc::gen::pair(rc::gen::arbitrary<std::size_t>(), rc::gen::inRange<std::uint32_t>(0, 4)));
  for (const auto& [place, choice] : changes) {
    const std::size_t at = place % (decisions.size() + 1);
    if (at == decisions.size()) {
      decisions.push_back(choice);
    } else if (choice == 3) {
      decisions.erase(decisions.begin() + static_cast<std::ptrdiff_t>(at));
    } else {
      decisions[at] = choice;
    }
  }
  const Order order = *rc::gen::element(Order::kFifo, Order::kLegal, Order::kAny);
  const std::uint64_t hash = *rc::gen::element(run.hash, sim::Schedule::kUnknownHash);
  return {program.name(), order, run.seed, std::move(decisions), hash, run.conditions()};
}

RC_GTEST_PROP(SimulationLaws, AnyScheduleThatParsesReplaysOrDivergesWithAReason, ()) {
  const sim::Program program = program_of(*scripts());
  const sim::Schedule schedule = sim::Schedule::parse(made_up_schedule(program, run_of(program, *plans())).text());
  sim::Simulation simulation;
  const sim::RunResult again = sim::replay(simulation, program, schedule);
  if (const auto* const diverged = std::get_if<sim::Diverged>(&again.end)) {
    RC_ASSERT_FALSE(diverged->divergence.expected.empty());
    RC_ASSERT_FALSE(diverged->divergence.found.empty());
  } else {
    RC_ASSERT(schedule.hash() == sim::Schedule::kUnknownHash ||
              schedule.hash() == static_cast<std::uint32_t>(again.hash));
  }
  RC_TAG(again.diverged() ? "diverges" : "replays");
}

RC_GTEST_PROP(SimulationLaws, ATextThatIsNoScheduleIsRefusedWithAReason, ()) {
  const sim::Program program = program_of(*scripts());
  std::string text = sim::schedule_of(program, run_of(program, *plans())).text();
  const std::size_t place = *rc::gen::inRange<std::size_t>(0, text.size());
  text[place] = *rc::gen::arbitrary<char>();
  try {
    sim::Simulation simulation;
    sim::replay(simulation, program, sim::Schedule::parse(text));
  } catch (const sim::ScheduleError& error) {
    RC_ASSERT_FALSE(std::string(error.what()).empty());
  }
}

rc::Gen<sim::StepName> step_names() {
  return rc::gen::apply([](const std::string& actor, std::uint32_t nth) { return sim::StepName{actor, nth}; },
                        rc::gen::element<std::string>("main", "follow#1", "follow#2", "follow#3", "follow#2/rest#1",
                                                      "callbacks", "follow#1~timer", "nobody#7"),
                        rc::gen::inRange<std::uint32_t>(1, 8));
}

RC_GTEST_PROP(SimulationLaws, AnyConstraintsReplayAndThoseThatCannotBeKeptAreLostWithAReason, ()) {
  const sim::Program program = program_of(*scripts());
  const auto constraint = rc::gen::suchThat(
      rc::gen::apply(
          [](const sim::StepName& first, const sim::StepName& second) { return sim::Constraint{first, second}; },
          step_names(), step_names()),
      [](const sim::Constraint& each) { return each.first.actor != each.second.actor; });
  const auto constraints = *rc::gen::container<std::vector<sim::Constraint>>(constraint);
  const auto kind = *rc::gen::element(sim::DefaultOrder::Kind::kFifo, sim::DefaultOrder::Kind::kEldest,
                                      sim::DefaultOrder::Kind::kYoungest);
  const Order order = *rc::gen::element(Order::kLegal, Order::kAny);
  const std::string text = sim::ConstraintSchedule(program.name(), order, 1, kind, constraints).text();
  const sim::ConstraintSchedule schedule = sim::ConstraintSchedule::parse(text);
  RC_ASSERT(schedule.text() == text);
  sim::Simulation simulation;
  const sim::ConstraintReplay first = sim::replay(simulation, program, schedule);
  const sim::ConstraintReplay second = sim::replay(simulation, program, schedule);
  RC_ASSERT(std::holds_alternative<sim::Completed>(first.result.end));
  RC_ASSERT(first.result.hash == second.result.hash);
  RC_ASSERT((first.lost == second.lost));
  RC_ASSERT(first.lost.size() <= constraints.size());
  for (const std::string& reason : first.lost) RC_ASSERT_FALSE(reason.empty());
}

RC_GTEST_PROP(SimulationLaws, TakenDownAfterAnyStepNothingIsLeft, ()) {
  const Plan plan = *plans();
  const std::int64_t before = detail::FramePool::blocks_in_use();
  {
    const sim::Program program = program_of(*scripts());
    const std::uint64_t steps = run_of(program, plan).steps;
    const auto stop = *rc::gen::resize(rc::kNominalSize, rc::gen::inRange<std::uint64_t>(0, steps));
    const sim::RunResult stopped = run_of(program, plan, sim::RunOptions().stop_after(stop));
    RC_ASSERT(std::holds_alternative<sim::Stopped>(stopped.end));
    RC_ASSERT(stopped.steps == stop);
  }
  RC_ASSERT(detail::FramePool::blocks_in_use() == before);
}

}  // namespace
}  // namespace corosim::laws::observed
