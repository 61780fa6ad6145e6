// Laws of the simulation, on random programs under every order.
#include <algorithm>
#include <set>
#include <vector>

#include <corosim/sim/explore.hpp>
#include <corosim/sim/replay.hpp>
#include <corosim/traces/diff.hpp>
#include <corosim/traces/trace.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "random_program.hpp"

namespace corosim::laws {

// Shown when a law fails.
void showValue(const Statement& statement, std::ostream& out) {
  constexpr const char* kWords[] = {"yield",    "sleep", "lock", "put",  "get",   "spawn",
                                    "callback", "timer", "draw", "mark", "cancel"};
  out << kWords[static_cast<int>(statement.action)] << ' ' << int{statement.operand};
}

namespace {

using sim::Order;
using sim::Seed;

struct Recorded {
  sim::RunResult result;
  std::vector<std::byte> bytes;
  traces::Trace trace() const { return traces::Trace::from_bytes(bytes); }
};

Recorded recorded(const sim::Program& program, Order order, Seed seed) {
  sim::Simulation simulation;
  traces::Writer writer;
  sim::Recorder recorder(writer);
  recorder.with_pasts();
  Recorded run{simulation.run(program, sim::RunOptions().order(order).seed(seed).recorder(recorder)), {}};
  run.bytes = writer.take_bytes();
  return run;
}

Order any_order() { return *rc::gen::element(Order::kFifo, Order::kLegal, Order::kAny); }

RC_GTEST_PROP(SimulationLaws, SameSeedSameBytes, ()) {
  const sim::Program program = program_of(*scripts());
  const Order order = any_order();
  const auto seed = *rc::gen::arbitrary<Seed>();
  const Recorded first = recorded(program, order, seed);
  const Recorded second = recorded(program, order, seed);
  RC_ASSERT((first.bytes == second.bytes));
  RC_ASSERT(first.result.hash == second.result.hash);
}

RC_GTEST_PROP(SimulationLaws, RecordingChangesNothing, ()) {
  const sim::Program program = program_of(*scripts());
  const Order order = any_order();
  const auto seed = *rc::gen::arbitrary<Seed>();
  sim::Simulation simulation;
  const sim::RunResult plain = simulation.run(program, sim::RunOptions().order(order).seed(seed));
  RC_ASSERT(plain.hash == recorded(program, order, seed).result.hash);
}

RC_GTEST_PROP(SimulationLaws, ReplayAfterRecordIsTheIdentity, ()) {
  const sim::Program program = program_of(*scripts());
  const Order order = any_order();
  const Recorded original = recorded(program, order, *rc::gen::arbitrary<Seed>());
  sim::Simulation simulation;
  traces::Writer writer;
  sim::Recorder recorder(writer);
  recorder.with_pasts();
  const sim::RunResult again = sim::replay(simulation, program, original.trace(), &recorder);
  RC_ASSERT(!again.diverged());
  RC_ASSERT((writer.take_bytes() == original.bytes));
}

RC_GTEST_PROP(SimulationLaws, TheScheduleStringIsTheRun, ()) {
  const sim::Program program = program_of(*scripts());
  const Recorded original = recorded(program, any_order(), *rc::gen::arbitrary<Seed>());
  const sim::RunResult& run = original.result;
  const std::string text = sim::Schedule("laws", run.order, run.seed, run.decisions, run.hash).text();
  sim::Simulation simulation;
  const sim::RunResult again = sim::replay(simulation, program, sim::Schedule::parse(text));
  RC_ASSERT(!again.diverged());
  RC_ASSERT(again.hash == run.hash);
}

RC_GTEST_PROP(SimulationLaws, ATraceDiffersFromItselfInNothing, ()) {
  const Recorded run = recorded(program_of(*scripts()), any_order(), *rc::gen::arbitrary<Seed>());
  RC_ASSERT(traces::diff(run.trace(), run.trace()).equal());
}

RC_GTEST_PROP(SimulationLaws, VirtualTimeNeverGoesBackAndCausesComeFirst, ()) {
  const Recorded run = recorded(program_of(*scripts()), any_order(), *rc::gen::arbitrary<Seed>());
  const traces::Trace trace = run.trace();
  std::chrono::nanoseconds last{0};
  for (const traces::Step& step : trace.steps()) {
    RC_ASSERT((step.time >= last));
    RC_ASSERT(step.cause < step.number);
    last = step.time;
  }
}

RC_GTEST_PROP(SimulationLaws, EveryTaskIsBornOnceAndEndsOnce, ()) {
  const Recorded run = recorded(program_of(*scripts()), any_order(), *rc::gen::arbitrary<Seed>());
  RC_PRE(!run.result.failed());
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

std::vector<int> callbacks_in_order(const traces::Trace& trace) {
  std::vector<std::string> marks;
  for (traces::StepNumber number = 0; number <= trace.steps().size(); ++number) {
    for (const traces::Note& note : trace.notes(number)) {
      if (const auto* mark = std::get_if<traces::Mark>(&note)) marks.push_back(mark->text);
    }
  }
  return callback_marks(marks);
}

RC_GTEST_PROP(SimulationLaws, CallbacksKeepTheirLaneUnderFifoAndLegal, ()) {
  const Order order = *rc::gen::element(Order::kFifo, Order::kLegal);
  const Recorded run = recorded(program_of(*scripts()), order, *rc::gen::arbitrary<Seed>());
  const std::vector<int> numbers = callbacks_in_order(run.trace());
  RC_ASSERT(std::is_sorted(numbers.begin(), numbers.end()));
}

// A canary: under `any` the same law must break for some program and seed, or it could not fail at all.
TEST(SimulationLawsCanary, CallbacksLeaveTheirLaneUnderAny) {
  const Scripts two_callbacks{{{Action::kCallback, 0}, {Action::kCallback, 0}, {Action::kCallback, 0}}};
  bool broken = false;
  for (Seed seed = 0; seed < 50 && !broken; ++seed) {
    const std::vector<int> numbers = callbacks_in_order(recorded(program_of(two_callbacks), Order::kAny, seed).trace());
    EXPECT_EQ(numbers.size(), 3U);
    broken = !std::is_sorted(numbers.begin(), numbers.end());
  }
  EXPECT_TRUE(broken);
}

}  // namespace
}  // namespace corosim::laws
