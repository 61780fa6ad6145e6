// What a recorded run is worth once its program was edited.
#include <corosim/sim/anchored_replay.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include <corosim/corosim.hpp>
#include <corosim/traces/trace.hpp>

#include "line_match.hpp"

namespace corosim::sim {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

// The same program in four versions; functions correspond by name.

namespace first {
Coro<void> deposit(int& balance, int amount) {
  co_await sleep(0ms);

  const int before = balance;
  co_await sleep(0ms);
  balance = before + amount;
}
Coro<void> bank() {
  int balance = 0;
  co_await gather(deposit(balance, 1), deposit(balance, 2), deposit(balance, 4));
  COROSIM_CHECK_EQ(balance, 7);
}
}  // namespace first

namespace with_more_waits {
Coro<void> deposit(int& balance, int amount) {
  co_await sleep(0ms);  // new, as are the last wait and this comment
  co_await sleep(0ms);

  const int before = balance;
  co_await sleep(0ms);
  balance = before + amount;
  co_await sleep(0ms);
}
Coro<void> bank() {
  int balance = 0;

  co_await gather(deposit(balance, 1), deposit(balance, 2), deposit(balance, 4));
  COROSIM_CHECK_EQ(balance, 7);
}
}  // namespace with_more_waits

namespace locked {
Coro<void> deposit(int& balance, int amount, Lock& lock) {
  co_await sleep(0ms);
  const auto guard = co_await lock.scoped();
  const int before = balance;
  co_await sleep(0ms);
  balance = before + amount;
}
Coro<void> bank() {
  int balance = 0;
  Lock lock;
  co_await gather(deposit(balance, 1, lock), deposit(balance, 2, lock), deposit(balance, 4, lock));
  COROSIM_CHECK_EQ(balance, 7);
}
}  // namespace locked

namespace with_fewer_deposits {
Coro<void> deposit(int& balance, int amount) {
  co_await sleep(0ms);
  const int before = balance;
  co_await sleep(0ms);
  balance = before + amount;
}
Coro<void> bank() {
  int balance = 0;
  co_await gather(deposit(balance, 1), deposit(balance, 2));
  COROSIM_CHECK_EQ(balance, 3);
}
}  // namespace with_fewer_deposits

const Program kFirst("bank", first::bank);

std::vector<RunResult> runs(bool failing) {
  Simulation simulation;
  RandomStrategy strategy;
  std::vector<RunResult> found;
  for (Seed seed = 0; seed < 100; ++seed) {
    RunResult run = simulation.run(kFirst, RunOptions().strategy(strategy).seed(seed));
    if (run.failed() == failing) found.push_back(std::move(run));
  }
  return found;
}

traces::Trace trace_of(const RunResult& run) { return traces::Trace::from_bytes(record(kFirst, run)); }

TEST(AnchoredReplay, OfTheSameProgramIsTheSameRun) {
  Simulation simulation;
  for (const bool failing : {false, true}) {
    for (const RunResult& run : runs(failing)) {
      const AnchoredReplay again = replay_anchored(simulation, kFirst, trace_of(run));
      EXPECT_EQ(again.result.hash, run.hash);
      EXPECT_EQ(again.followed, run.steps);
      EXPECT_EQ(again.reordered, 0U);
      EXPECT_EQ(again.text(), "followed all " + std::to_string(run.steps) + " recorded steps");
    }
  }
}

TEST(AnchoredReplay, FailsAgainWhereLinesMovedAndWaitsWereAdded) {
  Simulation simulation;
  const Program edited("bank", with_more_waits::bank);
  std::size_t failed = 0;
  const std::vector<RunResult> failing = runs(true);
  for (const RunResult& run : failing) {
    EXPECT_TRUE(replay(simulation, edited, TraceSchedule(record(kFirst, run))).diverged())
        << "decision by decision it cannot be followed";
    const AnchoredReplay again = replay_anchored(simulation, edited, trace_of(run));
    EXPECT_EQ(again.followed, run.steps) << again.text();
    failed += again.result.failed() ? 1 : 0;
  }
  EXPECT_EQ(failed, failing.size());
}

TEST(AnchoredReplay, PassesWhereTheBugIsGone) {
  Simulation simulation;
  for (const RunResult& run : runs(true)) {
    const AnchoredReplay again = replay_anchored(simulation, Program("bank", locked::bank), trace_of(run));
    EXPECT_FALSE(again.result.failed());
    EXPECT_FALSE(again.result.diverged());
    EXPECT_GT(again.followed, run.steps / 2) << again.text();
  }
}

TEST(AnchoredReplay, NamesTheFirstStepThatWasLost) {
  Simulation simulation;
  const RunResult run = runs(true).front();
  const AnchoredReplay again = replay_anchored(simulation, Program("bank", with_fewer_deposits::bank), trace_of(run));
  EXPECT_LT(again.followed, run.steps);
  EXPECT_THAT(again.first_lost, HasSubstr("main/deposit#3 at anchored_replay_test.cpp:"));
  EXPECT_THAT(again.text(), HasSubstr("; the first lost is step "));
}

TEST(AnchoredReplay, RefusesATraceOfAnotherProgram) {
  Simulation simulation;
  EXPECT_THROW(replay_anchored(simulation, Program("other", first::bank), trace_of(runs(true).front())), ScheduleError);
}

TEST(LineMatch, FollowsWhatMovedAndWhatLiesBetween) {
  EXPECT_THAT(match_lines({10, 12, 15}, {10, 12, 15}), ElementsAre(Pair(10, 10), Pair(12, 12), Pair(15, 15)));
  EXPECT_THAT(match_lines({10, 12, 15}, {13, 15, 18}), ElementsAre(Pair(10, 13), Pair(12, 15), Pair(15, 18)));
  EXPECT_THAT(match_lines({10, 12, 15}, {13, 16, 18}), ElementsAre(Pair(10, 13), Pair(12, 16), Pair(15, 18)))
      << "one line more in the middle";
  EXPECT_THAT(match_lines({10, 12, 15}, {11, 12, 13, 15, 16}), ElementsAre(Pair(10, 11), Pair(12, 13), Pair(15, 16)));
  EXPECT_THAT(match_lines({10, 12, 15}, {9, 20, 23, 25}), ElementsAre(Pair(10, 9), Pair(12, 20), Pair(15, 23)));
  EXPECT_THAT(match_lines({10, 12}, {}), IsEmpty());
}

}  // namespace
}  // namespace corosim::sim
