#include <corosim/sim/injection.hpp>

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <corosim/runtime/event.hpp>
#include <corosim/runtime/gather.hpp>
#include <corosim/runtime/lock.hpp>
#include <corosim/runtime/shield.hpp>
#include <corosim/runtime/sleep.hpp>
#include <corosim/runtime/task.hpp>
#include <corosim/sim/check.hpp>
#include <corosim/sim/explore.hpp>
#include <corosim/sim/replay.hpp>
#include <corosim/sim/report.hpp>
#include <corosim/traces/trace.hpp>

namespace corosim::sim {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::ThrowsMessage;

// What the tasks of the run say, in order.
std::vector<std::string> said;
void say(std::string text) { said.push_back(std::move(text)); }

Coro<void> waiter(Event event) {
  say("started");
  try {
    co_await event.wait();
    say("woken");
  } catch (const CancelledError&) {
    say("cancelled");
  }
  try {
    co_await sleep(1ms);
    say("slept");
  } catch (const CancelledError&) {
    say("cancelled again");
  }
}

Coro<void> waiter_main() {
  Event event;
  const Task<void> task = create_task(waiter(event));
  co_await sleep(1ms);
  say("set");
  event.set();
  co_await task;
}

const Program program("waiter", waiter_main);

RunResult run_with(const Injection& injection, Order order = Order::kFifo, Seed seed = 0) {
  said.clear();
  Simulation simulation;
  return simulation.run(program, RunOptions().order(order).seed(seed).inject(injection));
}

TEST(Injection, ComesBackFromItsText) {
  for (const char* text : {"main/deposit#2@1:parked", "main@0:unstarted", "#00c0ffee00c0ffee@12:again", "a@b@3:idle"}) {
    EXPECT_EQ(Injection::parse(text).text(), text);
  }
}

TEST(Injection, RefusesWhatItCannotRead) {
  for (const char* text : {"", "main", "main@1", "@1:parked", "main@x:parked", "main@1:", "main:parked@1"}) {
    EXPECT_THROW(Injection::parse(text), ValueError) << text;
  }
  EXPECT_THAT([] { Injection::parse("main@1:often"); }, ThrowsMessage<ValueError>(HasSubstr("its moment is 'often'")));
  EXPECT_THAT([] { Injection("main", 0, Moment::kParked); },
              ThrowsMessage<ValueError>(HasSubstr("wait 0 has no moment")));
  EXPECT_THROW(Injection("main", 1, Moment::kUnstarted), ValueError);
}

TEST(Injection, BeforeItsFirstStepTheTaskNeverRuns) {
  const RunResult result = run_with({"main/waiter#1", 0, Moment::kUnstarted});
  EXPECT_THAT(said, ElementsAre("set"));
  EXPECT_EQ(result.injections[0].requests, 1U);
  EXPECT_EQ(result.injections[0].step, 1U);
}

TEST(Injection, InItsFirstStepTheTaskGetsItAtItsFirstWait) {
  run_with({"main/waiter#1", 0, Moment::kResumed});
  EXPECT_THAT(said, ElementsAre("started", "cancelled", "set", "slept"));
}

TEST(Injection, WhileItIsParkedEndsTheWaitBeforeTheWakeUp) {
  for (const Moment moment : {Moment::kParked, Moment::kIdle}) {
    run_with({"main/waiter#1", 1, moment});
    EXPECT_THAT(said, ElementsAre("started", "cancelled", "set", "slept")) << to_string(moment);
  }
}

TEST(Injection, AfterTheWakeUpTheWaitIsCancelledNevertheless) {
  for (const Moment moment : {Moment::kWoken, Moment::kResuming}) {
    run_with({"main/waiter#1", 1, moment});
    EXPECT_THAT(said, ElementsAre("started", "set", "cancelled", "slept")) << to_string(moment);
  }
}

TEST(Injection, AfterItResumedTheNextWaitGetsIt) {
  run_with({"main/waiter#1", 1, Moment::kResumed});
  EXPECT_THAT(said, ElementsAre("started", "set", "woken", "cancelled again"));
}

TEST(Injection, TwiceBeforeTheFirstIsDeliveredIsOneCancellation) {
  const RunResult result = run_with({"main/waiter#1", 1, Moment::kTwice});
  EXPECT_THAT(said, ElementsAre("started", "cancelled", "set", "slept"));
  EXPECT_EQ(result.injections[0].requests, 2U);
}

TEST(Injection, AgainMeetsTheHandlersOwnWait) {
  const RunResult result = run_with({"main/waiter#1", 1, Moment::kAgain});
  EXPECT_THAT(said, ElementsAre("started", "cancelled", "cancelled again", "set"));
  EXPECT_EQ(result.injections[0].requests, 2U);
}

TEST(Injection, AgainIsTwiceAndNoMore) {
  const Program stubborn("stubborn", []() -> Coro<void> {
    for (int wait = 0; wait < 4; ++wait) {
      try {
        co_await sleep(1ms);
      } catch (const CancelledError&) {
        say("cancelled");
      }
    }
  });
  said.clear();
  Simulation simulation;
  const RunResult result = simulation.run(stubborn, RunOptions().inject({"main", 1, Moment::kAgain}));
  EXPECT_THAT(said, ElementsAre("cancelled", "cancelled"));
  EXPECT_EQ(result.injections[0].requests, 2U);
}

TEST(Injection, FindsABareYieldNeitherParkedNorIdle) {
  const Program yields("yields", []() -> Coro<void> { co_await sleep(0ms); });
  for (const Moment moment : {Moment::kParked, Moment::kIdle, Moment::kWoken}) {
    Simulation simulation;
    const RunResult result = simulation.run(yields, RunOptions().inject({"main", 1, moment}));
    EXPECT_EQ(result.injections[0].requests, moment == Moment::kWoken ? 1U : 0U);
  }
}

TEST(Injection, ThatIsNotReachedHappensNot) {
  const RunResult result = run_with({"main/waiter#1", 7, Moment::kParked});
  EXPECT_EQ(result.injections[0].requests, 0U);
  EXPECT_THAT(said, ElementsAre("started", "set", "woken", "slept"));
}

TEST(Injection, MeansTheSameUnderEverySchedule) {
  for (const Order order : {Order::kLegal, Order::kAny}) {
    for (Seed seed = 0; seed < 50; ++seed) {
      const RunResult result = run_with({"main/waiter#1", 1, Moment::kWoken}, order, seed);
      EXPECT_THAT(said, ElementsAre("started", "set", "cancelled", "slept"));
      const Injected& injected = result.injections[0];
      ASSERT_EQ(injected.requests, 1U);
      EXPECT_EQ(injected.stack.back().awaiting.file(), "injection_test.cpp");
    }
  }
}

TEST(Injection, OfTheMainTaskEndsTheRunInGoodOrder) {
  const RunResult result = run_with({"main", 1, Moment::kParked});
  EXPECT_TRUE(std::holds_alternative<Completed>(result.end)) << summary(result.end);
  // What main had started is cancelled and waited for.
  EXPECT_THAT(said, ElementsAre("started", "cancelled", "slept"));
}

TEST(Injection, BeforeTheMainTasksFirstStepLeavesNothingToRun) {
  const RunResult result = run_with({"main", 0, Moment::kUnstarted});
  EXPECT_FALSE(result.failed());
  EXPECT_THAT(said, IsEmpty());
}

TEST(Injection, WithoutOneACancelledMainTaskIsAFailure) {
  const Program cancelled("cancelled", []() -> Coro<void> {
    const Task<void> task = create_task(waiter_main());
    task.cancel();
    co_await task;
  });
  Simulation simulation;
  EXPECT_TRUE(simulation.run(cancelled).failed());
}

// Three take the lock one after the other; the second is cancelled when all have queued.
Coro<void> take(Lock lock, std::string name) {
  const auto guard = co_await lock.scoped();
  say(name);
  co_await sleep(1ms);
}
Coro<void> lock_main() {
  const Lock lock;
  co_await gather(return_exceptions, take(lock, "a"), take(lock, "b"), take(lock, "c"));
}

TEST(Injection, IdleComesWhenAllOthersHaveQueued) {
  said.clear();
  traces::Writer writer;
  Recorder recorder(writer);
  recorder.with_pasts();
  Simulation simulation;
  RunOptions options;
  options.order(Order::kFifo).inject({"main/take#2", 1, Moment::kIdle}).recorder(recorder);
  const RunResult result = simulation.run(Program("locks", lock_main), options);
  EXPECT_FALSE(result.failed());
  EXPECT_THAT(said, ElementsAre("a", "c"));
  EXPECT_EQ(result.injections[0].step, 4U);  // main, a, b, c
}

TEST(Injection, SeesAShield) {
  const auto main = []() -> Coro<void> {
    const Task<void> inner = create_task(waiter_main());
    co_await shield(Future<void>(inner));
  };
  Simulation simulation;
  const RunResult result = simulation.run(Program("shielded", main), RunOptions().inject({"main", 1, Moment::kParked}));
  EXPECT_TRUE(result.injections[0].shielded);
  EXPECT_FALSE(run_with({"main", 1, Moment::kParked}).injections[0].shielded);
}

std::vector<Injection> every_moment() {
  std::vector<Injection> all;
  for (const char* task : {"main", "main/waiter#1"}) {
    for (std::uint32_t wait = 0; wait < 3; ++wait) {
      for (const Moment moment : kAllMoments) {
        if (has_moment(wait, moment)) all.emplace_back(task, wait, moment);
      }
    }
  }
  return all;
}

TEST(Injection, IsPartOfTheRunAndReplaysFromItsSchedule) {
  Simulation simulation;
  int requested = 0;
  for (const Injection& injection : every_moment()) {
    const RunResult original = run_with(injection, Order::kLegal, 5);
    const std::vector<std::string> said_first = said;
    requested += original.injections[0].requests > 0 ? 1 : 0;
    const std::string text = schedule_of(program, original).text();
    said.clear();
    const RunResult again = replay(simulation, program, Schedule::parse(text));
    EXPECT_FALSE(again.diverged()) << injection.text() << ": " << summary(again.end);
    EXPECT_EQ(again.hash, original.hash);
    EXPECT_EQ(said, said_first);
    EXPECT_EQ(schedule_of(program, again).text(), text);
  }
  EXPECT_GT(requested, 20);
}

TEST(Injection, ReplaysFromItsTraceToTheByte) {
  Simulation simulation;
  for (const Injection& injection : every_moment()) {
    const RunResult original = run_with(injection, Order::kAny, 6);
    const std::vector<std::byte> bytes = record(program, original);
    traces::Writer writer;
    Recorder recorder(writer);
    recorder.with_pasts();
    const RunResult again = replay(simulation, program, TraceSchedule(bytes), &recorder);
    EXPECT_FALSE(again.diverged()) << injection.text() << ": " << summary(again.end);
    EXPECT_EQ(writer.take_bytes(), bytes);
  }
}

TEST(Injection, StandsInTheTraceAtItsStep) {
  const RunResult result = run_with({"main/waiter#1", 1, Moment::kParked});
  const traces::Trace trace = traces::Trace::from_bytes(record(program, result));
  std::vector<std::string> requests;
  for (traces::StepNumber number = 0; number <= trace.steps().size(); ++number) {
    for (const traces::Note& note : trace.notes(number)) {
      const auto* request = std::get_if<traces::CancelRequested>(&note);
      if (request != nullptr) requests.push_back(fmt::format("{} {}", number, trace.task_name(request->task)));
    }
  }
  EXPECT_THAT(requests, ElementsAre("2 main/waiter#1"));
  EXPECT_EQ(trace.step(3)->kind, traces::StepKind::task_cancel);
  EXPECT_THAT(trace.run().extra, ElementsAre(std::pair<std::string, std::string>("cancel", "main/waiter#1@1:parked")));
}

TEST(Injection, ChangesTheHashAlsoWhereItChangesNothingElse) {
  // The task's last wait is over, and nothing awaits it: the steps are the same.
  const Program done_soon("soon", []() -> Coro<void> { co_await sleep(0ms); });
  Simulation simulation;
  const RunResult plain = simulation.run(done_soon, RunOptions());
  const RunResult injected = simulation.run(done_soon, RunOptions().inject({"main", 1, Moment::kResumed}));
  EXPECT_EQ(injected.injections[0].requests, 1U);
  EXPECT_NE(plain.hash, injected.hash);
}

TEST(Injection, TheReportTellsOfIt) {
  const Program fails("fails", []() -> Coro<void> {
    try {
      co_await sleep(1ms);
    } catch (const CancelledError&) {
    }
    COROSIM_CHECK_EQ(get_running_loop().time().time_since_epoch(), Duration(1ms));
  });
  Simulation simulation;
  const RunResult result = simulation.run(fails, RunOptions().inject({"main", 1, Moment::kParked}));
  ASSERT_TRUE(result.failed());
  EXPECT_THAT(
      render_failure(fails, result, ReportContext()),
      ::testing::ContainsRegex("  cancel   main@1:parked, in lambda at injection_test.cpp:[0-9]+, after step 1\n"));
}

TEST(Schedule, WithoutInjectionsKeepsItsText) {
  const Schedule plain("bank", Order::kLegal, 42, {0, 1, 2}, 0x12345678);
  EXPECT_EQ(plain.text(), "d1.2a.AZQEeFY0EgEBAAIqcA");  // frozen: schedules that people kept
}

}  // namespace
}  // namespace corosim::sim
