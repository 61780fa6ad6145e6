// A coroutine that nobody awaited is a warning of the run, which fails only where it was asked to.
#include <string>
#include <vector>

#include <corosim/runtime/coro.hpp>
#include <corosim/runtime/gather.hpp>
#include <corosim/runtime/lock.hpp>
#include <corosim/runtime/sleep.hpp>
#include <corosim/runtime/task.hpp>
#include <corosim/runtime/timeout.hpp>
#include <corosim/runtime/wait.hpp>
#include <corosim/sim/check.hpp>
#include <corosim/sim/explore.hpp>
#include <corosim/sim/replay.hpp>
#include <corosim/sim/report.hpp>
#include <corosim/sim/run_virtual.hpp>
#include <corosim/sim/simulation.hpp>
#include <corosim/traces/trace.hpp>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace corosim::sim {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr int kDepositLine = __LINE__ + 1;
Coro<void> deposit(int&, int) { co_return; }

Coro<void> forgetful() {
  int balance = 0;
  const auto worker = [](int& account) -> Coro<void> {
    co_await sleep(5ms);
    for (int i = 0; i < 3; ++i) {
      [[maybe_unused]] const Coro<void> forgotten = deposit(account, 1);
    }
  };
  co_await gather(worker(balance), worker(balance));
}

// Forgets in some schedules only.
Coro<void> racy() {
  bool late = false;
  const auto look = [](bool& flag) -> Coro<void> {
    co_await sleep(0s);
    flag = true;
  };
  const auto forget = [](const bool& flag) -> Coro<void> {
    co_await sleep(0s);
    int account = 0;
    Coro<void> coro = deposit(account, 1);
    if (flag) co_await std::move(coro);
  };
  co_await gather(look(late), forget(late));
}

const Program kForgetful("forgetful", forgetful);
const Program kRacy("racy", racy);

RunResult run(const Program& program, const RunOptions& options = RunOptions()) {
  Simulation simulation;
  return simulation.run(program, options);
}

TEST(Warnings, DoNotFailTheRun) {
  const RunResult result = run(kForgetful, RunOptions().order(Order::kFifo));
  EXPECT_FALSE(result.failed());
  ASSERT_THAT(result.warnings, SizeIs(1));
  const Warning& warning = result.warnings[0];
  EXPECT_EQ(warning.what, "coroutine 'deposit' was never awaited");
  EXPECT_EQ(warning.place, fmt::format("warnings_test.cpp:{}", kDepositLine));
  EXPECT_EQ(warning.task, "main/lambda#1");
  EXPECT_EQ(warning.time, Duration(5ms));
  EXPECT_EQ(warning.count, 6U);
}

TEST(Warnings, StandInTheReport) {
  const RunResult result = run(kForgetful, RunOptions().order(Order::kFifo));
  EXPECT_THAT(
      render_passed(kForgetful, result),
      HasSubstr(fmt::format("\n  warning  coroutine 'deposit' was never awaited (warnings_test.cpp:{}), 6 times, "
                            "at step {} in main/lambda#1\n",
                            kDepositLine, result.warnings[0].step)));
}

TEST(Warnings, FailARunThatAllowsNone) {
  const RunResult result = run(kForgetful, RunOptions().limits(Limits().warnings(0)));
  ASSERT_TRUE(std::holds_alternative<Failed>(result.end));
  EXPECT_EQ(summary(result.end),
            fmt::format("coroutine 'deposit' was never awaited (warnings_test.cpp:{})", kDepositLine));
  EXPECT_TRUE(run(kForgetful, RunOptions().limits(Limits().warnings(5))).failed());
  EXPECT_FALSE(run(kForgetful, RunOptions().limits(Limits().warnings(6))).failed());
}

TEST(Warnings, AreFoundByAnExplorationWithTheSeedAndReplayed) {
  const ExploreResult found = explore(kRacy, ExploreOptions().runs(50));
  EXPECT_THAT(found.failures, IsEmpty());
  ASSERT_THAT(found.warnings, SizeIs(1));
  EXPECT_GT(found.warnings[0].runs, 0U);
  EXPECT_LT(found.warnings[0].runs, 50U);
  EXPECT_THAT(render_warnings(found.warnings), HasSubstr(fmt::format("of seed {:#x}\n", found.warnings[0].seed)));

  const Limits none = Limits().warnings(0);
  const ExploreResult failing = explore(kRacy, ExploreOptions().runs(50).limits(none));
  ASSERT_THAT(failing.failures, SizeIs(1));
  EXPECT_EQ(failing.failures[0].run.seed, found.warnings[0].seed);
  const std::vector<std::byte> bytes = record(kRacy, failing.failures[0].run, none);
  Simulation simulation;
  const RunResult again = replay(simulation, kRacy, TraceSchedule(bytes), nullptr, none);
  EXPECT_EQ(again.hash, failing.failures[0].run.hash);
  EXPECT_TRUE(again.failed());
}

TEST(Warnings, AreMarksInTheTrace) {
  traces::Writer writer;
  Recorder recorder(writer);
  recorder.with_pasts();
  run(kForgetful, RunOptions().recorder(recorder));
  std::vector<std::string> marks;
  const traces::Trace trace = traces::Trace::from_bytes(writer.take_bytes());
  for (const traces::Step& step : trace.steps()) {
    for (const traces::Note& note : trace.notes(step.number)) {
      if (const auto* mark = std::get_if<traces::Mark>(&note)) marks.push_back(mark->text);
    }
  }
  ASSERT_THAT(marks, SizeIs(6));
  EXPECT_THAT(marks[0], HasSubstr("warning: coroutine 'deposit' was never awaited (warnings_test.cpp:"));
}

TEST(Warnings, OfARunThatIsAbandonedDoNotExist) {
  const Program waiting("waiting", []() -> Coro<void> {
    int account = 0;
    const auto keep = [](Coro<void> argument) -> Coro<void> {
      co_await sleep(1s);
      co_await std::move(argument);
    };
    co_await gather(keep(deposit(account, 1)), keep(deposit(account, 2)), wait_for(deposit(account, 3), 1s));
  });
  ::testing::internal::CaptureStderr();
  const std::uint64_t steps = run(waiting).steps;
  for (std::uint64_t step = 0; step < steps; ++step) {
    const RunResult result = run(waiting, RunOptions().stop_after(step).limits(Limits().warnings(0)));
    EXPECT_THAT(result.warnings, IsEmpty()) << "stopped after " << step << " steps";
    EXPECT_TRUE(std::holds_alternative<Stopped>(result.end));
  }
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

constexpr int kPumpLine = __LINE__ + 1;
Coro<void> pump() { co_await sleep(1h); }

Coro<void> leaves_a_pump() {
  const Task<> task = create_task(pump());
  co_await sleep(1ms);
}

TEST(Warnings, NameATaskThatIsPendingAtTheEndWhereTheyWereAskedFor) {
  const Program leaving("leaving", leaves_a_pump);
  EXPECT_THAT(run(leaving).warnings, IsEmpty()) << "asyncio cancels it without a word";
  const RunResult result = run(leaving, RunOptions().limits(Limits().warnings(10)));
  EXPECT_FALSE(result.failed());
  ASSERT_THAT(result.warnings, SizeIs(1));
  EXPECT_EQ(summary(result.warnings[0]),
            fmt::format("task 'pump', made at warnings_test.cpp:{}, was still pending when the program ended, in its "
                        "wait for sleep (warnings_test.cpp:{})",
                        kPumpLine + 3, kPumpLine));
  EXPECT_EQ(result.warnings[0].task, "main/pump#1");
}

TEST(Warnings, OfAPendingTaskFailARunThatAllowsNone) {
  const RunResult result = run(Program("leaving", leaves_a_pump), RunOptions().limits(Limits().warnings(0)));
  ASSERT_TRUE(std::holds_alternative<Failed>(result.end));
  EXPECT_THAT(std::get<Failed>(result.end).what, HasSubstr("task 'pump', made at "));
  EXPECT_EQ(std::get<Failed>(result.end).task, "main/pump#1");
}

TEST(Warnings, AreNotOfATaskThatWasAwaitedOrHasEnded) {
  const Program tidy("tidy", []() -> Coro<void> {
    const Task<> cancelled = create_task(pump());
    int account = 0;
    const Task<> ended = create_task(deposit(account, 1));
    co_await sleep(1ms);
    cancelled.cancel();
    const std::vector<Task<>> tasks{cancelled, ended};
    co_await wait(tasks);
  });
  EXPECT_THAT(run(tidy, RunOptions().limits(Limits().warnings(0))).warnings, IsEmpty());
}

TEST(Warnings, OfADeadlockAreThoseBeforeIt) {
  const Program stuck("stuck", []() -> Coro<void> {
    int account = 0;
    const Coro<void> never = deposit(account, 1);
    co_await get_running_loop().create_future<void>();
  });
  const RunResult result = run(stuck);
  EXPECT_TRUE(std::holds_alternative<Deadlock>(result.end));
  EXPECT_THAT(result.warnings, IsEmpty());
}

TEST(Warnings, GoToStandardErrorOfASingleRun) {
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(run_virtual(forgetful()), 0);
  EXPECT_THAT(::testing::internal::GetCapturedStderr(),
              HasSubstr("  warning  coroutine 'deposit' was never awaited (warnings_test.cpp:"));
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(run_virtual([]() -> Coro<void> { co_await sleep(1s); }()), 0);
  EXPECT_THAT(::testing::internal::GetCapturedStderr(), IsEmpty());
}

// A task made of the library's own coroutine bears its name.
TEST(TaskPaths, NameTheLibrarysCoroutines) {
  const Program program("locks", []() -> Coro<void> {
    const Lock lock("account");
    co_await lock.acquire();
    co_await gather(lock.acquire(), wait_for(lock.acquire(), 1h), lock.acquire());
  });
  const RunResult result = run(program, RunOptions().order(Order::kFifo).limits(Limits().virtual_time(1min)));
  ASSERT_TRUE(std::holds_alternative<TimeLimit>(result.end));
  const auto& tasks = std::get<TimeLimit>(result.end).tasks;
  ASSERT_THAT(tasks, SizeIs(4));
  EXPECT_EQ(tasks[1].path, "main/Lock.acquire#1");
  EXPECT_EQ(tasks[2].path, "main/wait_for#1");
  EXPECT_EQ(tasks[2].stack.back().function, "Lock.acquire");
  EXPECT_THAT(tasks[2].stack.back().place, HasSubstr("warnings_test.cpp:"));
  EXPECT_EQ(tasks[3].path, "main/Lock.acquire#2");
  EXPECT_EQ(tasks[3].waits_for, "Lock \"account\", held by main");
}

}  // namespace
}  // namespace corosim::sim
