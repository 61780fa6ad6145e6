#include <corosim/sim/replay.hpp>

#include <vector>

#include <corosim/runtime/gather.hpp>
#include <corosim/runtime/sleep.hpp>
#include <corosim/runtime/task.hpp>
#include <corosim/sim/check.hpp>
#include <corosim/sim/explore.hpp>
#include <corosim/traces/trace.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace corosim::sim {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

struct Account {
  int balance = 0;
};

Coro<void> deposit(Account& account, int amount) {
  co_await sleep(1ms);
  const int before = account.balance;
  co_await sleep(0ms);
  account.balance = before + amount;
}

Coro<void> bank_main() {
  Account account;
  co_await gather(deposit(account, 1), deposit(account, 2), deposit(account, random_int(3, 5)));
  COROSIM_CHECK(account.balance >= 6);
}

Coro<void> shorter_bank_main() {
  Account account;
  co_await gather(deposit(account, 1), deposit(account, 2));
}

Coro<void> changed_bank_main() {
  Account account;
  co_await sleep(5ms);
  co_await gather(deposit(account, 1), deposit(account, 2), deposit(account, random_int(3, 5)));
}

const Program bank("bank", bank_main);

RunResult run_seed(Seed seed) {
  Simulation simulation;
  return simulation.run(bank, RunOptions().seed(seed));
}

Schedule schedule_of(const RunResult& result) {
  return Schedule("bank", result.order, result.seed, result.decisions, result.hash);
}

TEST(Replay, OfAScheduleIsTheRunAgain) {
  Simulation simulation;
  for (Seed seed = 0; seed < 200; ++seed) {
    const RunResult original = run_seed(seed);
    const RunResult again = replay(simulation, bank, Schedule::parse(schedule_of(original).text()));
    EXPECT_EQ(again.hash, original.hash);
    EXPECT_EQ(again.end.index(), original.end.index());
    EXPECT_EQ(again.decisions, original.decisions);
  }
}

TEST(Replay, OfATraceIsTheRunAgainToTheByte) {
  Simulation simulation;
  for (Seed seed = 0; seed < 50; ++seed) {
    const RunResult original = run_seed(seed);
    const std::vector<std::byte> bytes = record(bank, original);
    traces::Writer writer;
    Recorder recorder(writer);
    recorder.with_pasts();
    const RunResult again = replay(simulation, bank, TraceSchedule(bytes), &recorder);
    EXPECT_EQ(again.hash, original.hash);
    EXPECT_EQ(writer.take_bytes(), bytes);
  }
}

TEST(Replay, OfASeedALineAndATraceIsOneRun) {
  Simulation simulation;
  for (Seed seed = 0; seed < 50; ++seed) {
    const SeedSchedule form = SeedSchedule::parse(SeedSchedule(Order::kLegal, "random", seed).text());
    const auto strategy = make_strategy(form.strategy());
    const RunResult by_seed =
        simulation.run(bank, RunOptions().order(form.order()).strategy(*strategy).seed(form.seed()));
    const RunResult by_line = replay(simulation, bank, Schedule::parse(sim::schedule_of(bank, by_seed).text()));
    const RunResult by_trace = replay(simulation, bank, TraceSchedule(record(bank, by_line)));
    EXPECT_EQ(by_line.hash, by_seed.hash);
    EXPECT_EQ(by_trace.hash, by_seed.hash);
    EXPECT_EQ(sim::schedule_of(bank, by_trace).text(), sim::schedule_of(bank, by_seed).text());
  }
}

TEST(Replay, DivergesWhereAnotherProgramTakesAnotherStep) {
  Simulation simulation;
  const std::vector<std::byte> bytes = record(bank, run_seed(3));
  const RunResult result = replay(simulation, Program("bank", changed_bank_main), TraceSchedule(bytes));
  ASSERT_TRUE(result.diverged());
  const Divergence& divergence = std::get<Diverged>(result.end).divergence;
  EXPECT_EQ(divergence.step, 2U) << divergence.expected << " / " << divergence.found;
  EXPECT_THAT(divergence.expected, HasSubstr("task_start of main/deposit#"));
  EXPECT_THAT(divergence.found, HasSubstr("timer of main"));
}

TEST(Replay, DivergesWhereADecisionIsNotThere) {
  Simulation simulation;
  bool diverged = false;
  for (Seed seed = 0; seed < 20 && !diverged; ++seed) {
    diverged = replay(simulation, Program("bank", shorter_bank_main), schedule_of(run_seed(seed))).diverged();
  }
  EXPECT_TRUE(diverged);
}

Coro<void> nap(Duration duration) { co_await sleep(duration); }
template <int first, int second>
Coro<void> two_naps() {
  co_await gather(nap(std::chrono::milliseconds(first)), nap(std::chrono::milliseconds(second)));
}

TEST(Replay, DivergesWhereAnotherTaskTakesTheSameKindOfStep) {
  Simulation simulation;
  const Program naps("naps", two_naps<1, 2>);
  const RunResult run = simulation.run(naps, RunOptions().order(Order::kFifo));
  const TraceSchedule trace(record(naps, run));
  const RunResult result = replay(simulation, Program("naps", two_naps<2, 1>), trace);
  ASSERT_TRUE(result.diverged());
  EXPECT_THAT(std::get<Diverged>(result.end).divergence.expected, HasSubstr("main/nap#1"));
  EXPECT_THAT(std::get<Diverged>(result.end).divergence.found, HasSubstr("main/nap#2"));
}

Coro<void> one_draw() {
  random_int(1, 1'000'000);
  co_return;
}
Coro<void> another_draw() {
  random_int(2'000'000, 9'000'000);
  co_return;
}

TEST(Replay, DivergesWhereTheSameStepsDrawOtherNumbers) {
  Simulation simulation;
  const Program draws("draws", one_draw);
  const Program changed("draws", another_draw);
  const RunResult run = simulation.run(draws);
  const RunResult by_trace = replay(simulation, changed, TraceSchedule(record(draws, run)));
  ASSERT_TRUE(by_trace.diverged());
  EXPECT_THAT(std::get<Diverged>(by_trace.end).divergence.expected, HasSubstr("a run with hash"));
  const RunResult by_schedule = replay(simulation, changed, schedule_of(draws, run));
  ASSERT_TRUE(by_schedule.diverged());
  EXPECT_THAT(std::get<Diverged>(by_schedule.end).divergence.expected, HasSubstr("a run with hash"));
}

TEST(Replay, DivergesWhereTheRunEndsBeforeTheDecisions) {
  Simulation simulation;
  const RunResult run = run_seed(3);
  std::vector<std::uint32_t> decisions = run.decisions;
  decisions.push_back(1);
  const RunResult result = replay(simulation, bank, Schedule("bank", run.order, run.seed, decisions, run.hash));
  ASSERT_TRUE(result.diverged());
  EXPECT_THAT(std::get<Diverged>(result.end).divergence.found, HasSubstr("the end of the run"));
}

TEST(Replay, RefusesAScheduleOfAnotherProgram) {
  Simulation simulation;
  const Schedule schedule = schedule_of(run_seed(3));
  EXPECT_THAT([&] { replay(simulation, Program("other", bank_main), schedule); },
              ThrowsMessage<ScheduleError>(HasSubstr("not of program 'other'")));
  const TraceSchedule trace(record(bank, run_seed(3)));
  EXPECT_THAT([&] { replay(simulation, Program("other", bank_main), trace); },
              ThrowsMessage<ScheduleError>(HasSubstr("of program 'bank', and this is 'other'")));
}

TEST(Replay, OfATornTraceFollowsItAsFarAsItGoes) {
  Simulation simulation;
  traces::Writer writer;
  Recorder recorder(writer);
  recorder.with_pasts();
  simulation.run(bank, RunOptions().seed(3).recorder(recorder).stop_after(6));
  std::vector<std::byte> bytes = writer.take_bytes();
  bytes.resize(bytes.size() - 1);
  const RunResult result = replay(simulation, bank, TraceSchedule(bytes));
  EXPECT_FALSE(result.diverged());
}

TEST(SeedSchedule, ComesBackFromItsText) {
  const SeedSchedule schedule = SeedSchedule::parse(SeedSchedule(Order::kAny, "random", 0xbeef).text());
  EXPECT_EQ(schedule.text(), "s1.any.random.beef");
  EXPECT_EQ(schedule.seed(), 0xbeefU);
}

TEST(SeedSchedule, RefusesWhatItCannotRead) {
  for (const char* text : {"s1", "s1.any.random", "s1.any.random.", "s1.any.random.xyz", "s1.any.random.1.2",
                           "s1.some.random.1", "s1.any.clever.1", "s2.any.random.1"}) {
    EXPECT_THROW(SeedSchedule::parse(text), ValueError) << text;
  }
}

TEST(Explore, FindsTheLostDepositAndStopsThere) {
  const ExploreResult found = explore(bank);
  ASSERT_EQ(found.failures.size(), 1U);
  EXPECT_EQ(found.failures[0].run.seed + 1, found.runs);
}

TEST(Explore, GoesOnWhenAskedTo) {
  const ExploreResult found = explore(bank, ExploreOptions().runs(500).failures(1'000'000));
  EXPECT_EQ(found.runs, 500U);
  ASSERT_EQ(found.failures.size(), 1U);  // one failure, whatever the numbers
  EXPECT_GT(found.failing_runs, 50U);
  EXPECT_EQ(found.failures[0].runs, found.failing_runs);
}

TEST(Explore, NoticesAProgramThatIsNotDeterministic) {
  static int calls = 0;
  const Program program("unstable", []() -> Coro<void> {
    const int extra = ++calls;
    for (int i = 0; i < extra; ++i) co_await sleep(1s);
    COROSIM_CHECK(false);
  });
  EXPECT_THROW(explore(program), NotDeterministic);
  Simulation simulation;
  EXPECT_THROW(record(program, simulation.run(program)), NotDeterministic);
}

}  // namespace
}  // namespace corosim::sim
