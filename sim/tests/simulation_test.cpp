#include <corosim/sim/simulation.hpp>

#include <memory>
#include <string>
#include <vector>

#include <corosim/runtime/executor.hpp>
#include <corosim/runtime/gather.hpp>
#include <corosim/runtime/lock.hpp>
#include <corosim/runtime/sleep.hpp>
#include <corosim/runtime/task.hpp>
#include <corosim/sim/check.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace corosim::sim {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

RunResult run(Coro<void> (*main)(), const RunOptions& options = RunOptions()) {
  Simulation simulation;
  return simulation.run(Program("test", main), options);
}

Coro<void> nap(Duration duration) { co_await sleep(duration); }

TEST(Simulation, JumpsToTheNextDeadline) {
  const RunResult result = run([]() -> Coro<void> { co_await gather(nap(3h), nap(5h)); });
  EXPECT_TRUE(std::holds_alternative<Completed>(result.end));
  EXPECT_EQ(result.time, Duration(5h));
}

// asyncio's order: what a pass makes ready runs in the next one, behind the timers that are due by then.
TEST(Simulation, UnderFifoADueTimerGoesBeforeWhatItsPassMakesReady) {
  std::string log;
  Simulation simulation;
  const Program program("passes", [&log]() -> Coro<void> {
    log.clear();
    EventLoop& loop = get_running_loop();
    loop.call_soon([&] {
      log += 'a';
      loop.call_later(0s, [&] { log += 't'; });
      loop.call_soon([&] {
        log += 'b';
        loop.call_soon([&] { log += 'c'; });
      });
    });
    co_await sleep(1s);
  });
  simulation.run(program, RunOptions().order(Order::kFifo));
  EXPECT_EQ(log, "abtc");
}

TEST(VirtualClock, NeverGoesBack) {
  VirtualClock clock;
  EXPECT_TRUE(clock.wait(TimePoint(10s)));
  EXPECT_TRUE(clock.wait(TimePoint(2s)));
  EXPECT_EQ(clock.now(), TimePoint(10s));
}

TEST(Simulation, SameSeedSameRun) {
  const auto main = []() -> Coro<void> { co_await gather(nap(1s), nap(1s), nap(1s), nap(2s)); };
  const RunResult first = run(main, RunOptions().seed(7));
  const RunResult second = run(main, RunOptions().seed(7));
  const RunResult other = run(main, RunOptions().seed(8));
  EXPECT_EQ(first.hash, second.hash);
  EXPECT_EQ(first.decisions, second.decisions);
  EXPECT_NE(first.hash, other.hash);
}

TEST(Simulation, AFailedCheckEndsTheRunWithItsPlace) {
  const RunResult result = run([]() -> Coro<void> {
    co_await sleep(30ms);
    COROSIM_CHECK_EQ(1 + 1, 3);
  });
  ASSERT_TRUE(std::holds_alternative<Failed>(result.end));
  const Failed& failed = std::get<Failed>(result.end);
  EXPECT_EQ(failed.what, "1 + 1 == 3 does not hold: 2 and 3");
  EXPECT_THAT(failed.place, HasSubstr("simulation_test.cpp:"));
  EXPECT_EQ(failed.task, "main");
  EXPECT_EQ(failed.time, Duration(30ms));
  EXPECT_EQ(failed.step, 3U);
}

TEST(Simulation, AFailedCheckCannotBeSwallowed) {
  const RunResult result = run([]() -> Coro<void> {
    try {
      COROSIM_CHECK(false);
    } catch (const std::exception&) {
      // the program goes on
    }
    co_await sleep(1s);
  });
  EXPECT_TRUE(std::holds_alternative<Failed>(result.end));
  EXPECT_EQ(result.time, Duration(1s));
}

TEST(Simulation, AnExceptionOfATaskNamesTheTaskWhereItArose) {
  const RunResult result = run([]() -> Coro<void> {
    const auto bad = []() -> Coro<void> {
      co_await sleep(1s);
      throw ValueError("out of range");
    };
    co_await gather(nap(5s), bad());
  });
  ASSERT_TRUE(std::holds_alternative<Failed>(result.end));
  const Failed& failed = std::get<Failed>(result.end);
  EXPECT_EQ(failed.what, "ValueError: out of range");
  EXPECT_EQ(failed.task, "main/lambda#1");
}

TEST(Simulation, AnExceptionThatNobodyRetrievesFailsTheRun) {
  const RunResult result = run([]() -> Coro<void> {
    const auto bad = []() -> Coro<void> {
      throw ValueError("lost");
      co_return;
    };
    create_task(bad());
    co_await sleep(1s);
  });
  ASSERT_TRUE(std::holds_alternative<Failed>(result.end));
  EXPECT_THAT(std::get<Failed>(result.end).what, HasSubstr("Task exception was never retrieved: ValueError: lost"));
}

TEST(Simulation, AnExceptionThatTheProgramsOwnHandlerIsGivenDoesNotFailTheRun) {
  const RunResult result = run([]() -> Coro<void> {
    int handled = 0;
    const auto bad = []() -> Coro<void> {
      throw ValueError("lost");
      co_return;
    };
    get_running_loop().set_exception_handler([&](EventLoop&, const ExceptionContext&) { ++handled; });
    create_task(bad());
    co_await sleep(1s);
    COROSIM_CHECK_EQ(handled, 1);
    get_running_loop().set_exception_handler(nullptr);
  });
  EXPECT_TRUE(std::holds_alternative<Completed>(result.end)) << summary(result.end);
}

TEST(Simulation, AnExceptionThatTheProgramsOwnHandlerThrowsFailsTheRun) {
  const RunResult result = run([]() -> Coro<void> {
    get_running_loop().set_exception_handler([](EventLoop&, const ExceptionContext&) { throw ValueError("again"); });
    get_running_loop().call_soon([] { throw ValueError("oops"); });
    co_await sleep(1s);
  });
  ASSERT_TRUE(std::holds_alternative<Failed>(result.end));
  EXPECT_THAT(std::get<Failed>(result.end).what, HasSubstr("Unhandled error in exception handler: ValueError: again"));
}

TEST(Simulation, AnExceptionInACallbackFailsTheRun) {
  const RunResult result = run([]() -> Coro<void> {
    get_running_loop().call_soon([] { throw ValueError("oops"); });
    co_await sleep(1s);
  });
  ASSERT_TRUE(std::holds_alternative<Failed>(result.end));
  EXPECT_THAT(std::get<Failed>(result.end).what, HasSubstr("Exception in callback: ValueError: oops"));
}

Coro<void> lock_both(Lock& first, Lock& second) {
  const auto outer = co_await first.scoped();
  co_await sleep(1ms);
  const auto inner = co_await second.scoped();
}

TEST(Simulation, DeadlockNamesWhoWaitsForWhatAndWhoHoldsIt) {
  const RunResult result = run([]() -> Coro<void> {
    Lock a("a");
    Lock b("b");
    co_await gather(lock_both(a, b), lock_both(b, a));
  });
  ASSERT_TRUE(std::holds_alternative<Deadlock>(result.end));
  const auto& tasks = std::get<Deadlock>(result.end).tasks;
  ASSERT_EQ(tasks.size(), 3U);
  EXPECT_EQ(tasks[0].path, "main");
  EXPECT_EQ(tasks[0].waits_for, "Future");
  EXPECT_EQ(tasks[1].path, "main/lock_both#1");
  EXPECT_EQ(tasks[1].waits_for, "Lock \"b\", held by main/lock_both#2");
  EXPECT_EQ(tasks[2].waits_for, "Lock \"a\", held by main/lock_both#1");
  ASSERT_EQ(tasks[1].stack.size(), 1U);
  EXPECT_EQ(tasks[1].stack[0].function, "lock_both");
  EXPECT_THAT(tasks[1].stack[0].place, HasSubstr("simulation_test.cpp:"));
}

TEST(Simulation, DeadlockNamesTheTasksOfACycleThatMainLeavesBehind) {
  const RunResult result = run([]() -> Coro<void> {
    struct Cycle {
      Task<> first;
      Task<> second;
    };
    const auto cycle = std::make_shared<Cycle>();
    const auto wait_for_second = [](std::shared_ptr<Cycle> tasks) -> Coro<void> { co_await tasks->second; };
    const auto wait_for_first = [](std::shared_ptr<Cycle> tasks) -> Coro<void> { co_await tasks->first; };
    cycle->first = create_task(wait_for_second(cycle), "first");
    cycle->second = create_task(wait_for_first(cycle), "second");
    create_task(nap(1s));
    co_await sleep(1ms);
  });
  ASSERT_TRUE(std::holds_alternative<Deadlock>(result.end));
  const auto& tasks = std::get<Deadlock>(result.end).tasks;
  ASSERT_EQ(tasks.size(), 2U);
  EXPECT_EQ(tasks[0].waits_for, "Task main/lambda#2");
  EXPECT_EQ(tasks[1].waits_for, "Task main/lambda#1");
}

TEST(Simulation, EndsALivelockAtTheStepLimit) {
  const auto spin = []() -> Coro<void> {
    for (;;) co_await sleep(0s);
  };
  const RunResult result = run(spin, RunOptions().limits(Limits().steps(1000)));
  ASSERT_TRUE(std::holds_alternative<StepLimit>(result.end));
  EXPECT_EQ(result.steps, 1000U);
}

TEST(Simulation, EndsAtTheLimitOfVirtualTime) {
  const auto tick = []() -> Coro<void> {
    for (;;) co_await sleep(1h);
  };
  const RunResult result = run(tick, RunOptions().limits(Limits().virtual_time(10h)));
  ASSERT_TRUE(std::holds_alternative<TimeLimit>(result.end));
  EXPECT_EQ(result.time, Duration(10h));
}

TEST(Simulation, MayTakeExactlyItsVirtualTime) {
  const RunResult result =
      run([]() -> Coro<void> { co_await sleep(10h); }, RunOptions().limits(Limits().virtual_time(10h)));
  EXPECT_TRUE(std::holds_alternative<Completed>(result.end));
}

TEST(Simulation, RunsAsManyJobsAtATimeAsTheExecutorHasWorkers) {
  const auto main = []() -> Coro<void> {
    const auto job = [] {};
    std::vector<Task<void>> jobs;
    for (int i = 0; i < 5; ++i) jobs.push_back(create_task(to_thread(job)));
    co_await gather(jobs);
  };
  for (const std::size_t workers : {1U, 2U, 4U, 5U}) {
    const RunResult result = run(main, RunOptions().executor(ExecutorModel().workers(workers).duration(1s, 1s)));
    EXPECT_EQ(result.time, Duration(1s) * ((5 + workers - 1) / workers)) << workers;
  }
}

TEST(Simulation, ShutsTheExecutorDownAfterTheLastOfItsJobs) {
  const auto main = []() -> Coro<void> {
    int ended = 0;
    const auto job = [&ended] { ++ended; };
    const Task<void> first = create_task(to_thread(job));
    const Task<void> second = create_task(to_thread(job));
    co_await sleep(0s);
    co_await get_running_loop().shutdown_default_executor(std::nullopt);
    COROSIM_CHECK_EQ(ended, 2);
    co_await first;
    co_await second;
  };
  const RunResult result = run(main, RunOptions().order(Order::kFifo).executor(ExecutorModel().duration(1ms, 1s)));
  EXPECT_FALSE(result.failed()) << summary(result.end);
}

TEST(Simulation, TellsTheFirstOfSeveralFailures) {
  const RunResult result = run([]() -> Coro<void> {
    for (const char* const what : {"first", "second"}) {
      get_running_loop().create_future<void>().set_exception(ValueError(what));  // which nobody can retrieve
    }
    co_await sleep(0s);
  });
  EXPECT_THAT(summary(result.end), HasSubstr("first"));
}

TEST(Simulation, EndsAtTheLimitOfRealTime) {
  const auto spin = []() -> Coro<void> {
    for (;;) co_await sleep(0s);
  };
  const RunResult result = run(spin, RunOptions().limits(Limits().steps(UINT64_MAX).real_time(20ms)));
  ASSERT_TRUE(std::holds_alternative<TimeLimit>(result.end));
  EXPECT_FALSE(std::get<TimeLimit>(result.end).virtual_time);
}

TEST(Simulation, CancelsTasksThatAreLeftOver) {
  static std::vector<std::string>* log = nullptr;
  std::vector<std::string> events;
  log = &events;
  run([]() -> Coro<void> {
    const auto stay = [](std::string name) -> Coro<void> {
      try {
        co_await sleep(1h);
      } catch (const CancelledError&) {
        log->push_back(name + " cancelled");
        throw;
      }
    };
    create_task(stay("first"));
    create_task(stay("second"));
    co_await sleep(1s);
    log->push_back("main done");
  });
  EXPECT_THAT(events, ElementsAre("main done", "first cancelled", "second cancelled"));
}

TEST(Simulation, DrawsOfTheProgramFollowTheSeedAndNotTheSchedule) {
  static std::vector<std::int64_t>* drawn = nullptr;
  const auto main = []() -> Coro<void> {
    for (int i = 0; i < 3; ++i) {
      drawn->push_back(random_int(1, 100));
      co_await sleep(1s);
    }
  };
  std::vector<std::int64_t> under_random;
  drawn = &under_random;
  run(main, RunOptions().seed(3));
  std::vector<std::int64_t> under_fifo;
  drawn = &under_fifo;
  run(main, RunOptions().seed(3).order(Order::kFifo));
  EXPECT_EQ(under_random, under_fifo);
}

}  // namespace
}  // namespace corosim::sim
