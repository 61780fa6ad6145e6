// One test for each row of docs/asyncio-differences.md, which names them; rows that another test shows name that.
#include <signal.h>

#include <concepts>
#include <exception>
#include <memory>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <corosim/runtime/as_completed.hpp>
#include <corosim/runtime/async_generator.hpp>
#include <corosim/runtime/gather.hpp>
#include <corosim/runtime/lock.hpp>
#include <corosim/runtime/run.hpp>
#include <corosim/runtime/shield.hpp>
#include <corosim/runtime/sleep.hpp>
#include <corosim/runtime/task_group.hpp>
#include <corosim/runtime/timeout.hpp>
#include <corosim/runtime/wait.hpp>

#include "virtual_time.hpp"

namespace corosim {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::run_and_destroy;
using testing::run_virtual;
using ::testing::ThrowsMessage;

template <class D>
concept Sleepable = requires(D delay) { corosim::sleep(delay); };

TEST(AsyncioDifferences, ATaskThatNobodyKeepsRunsToItsEnd) {
  bool ended = false;
  const auto background = [&]() -> Coro<void> {
    co_await sleep(1s);
    ended = true;
  };
  const auto main = [&]() -> Coro<void> {
    create_task(background());
    co_await sleep(2s);
  };
  run_virtual(main());
  EXPECT_TRUE(ended);
}

TEST(AsyncioDifferences, WhatAsyncioKeepsInSetsIsKeptInOrder) {
  std::vector<std::string> cancelled;
  const auto rest = [&](std::string name) -> Coro<std::string> {
    try {
      co_await sleep(1s);
    } catch (const CancelledError&) {
      cancelled.push_back(name);
      throw;
    }
    co_return name;
  };
  const auto group_that_fails = [&](TaskGroup& group) -> Coro<void> {
    for (const char* name : {"c", "a", "b"}) group.create_task(rest(name));
    co_await sleep(0s);
    throw ValueError("");
  };
  const auto main = [&]() -> Coro<void> {
    std::vector<Task<std::string>> tasks;
    for (const char* name : {"c", "a", "b"}) tasks.push_back(create_task(rest(name)));
    const auto [done, pending] = co_await wait(tasks);
    EXPECT_THAT(done, ElementsAre(tasks[0], tasks[1], tasks[2]));
    std::vector<std::string> completed;
    auto iterator = as_completed(tasks);
    while (const auto next = co_await iterator.next()) completed.push_back(next->result());
    EXPECT_THAT(completed, ElementsAre("c", "a", "b"));
    try {
      co_await task_group(group_that_fails);
    } catch (const ExceptionGroup&) {
    }
  };
  run_virtual(main());
  EXPECT_THAT(cancelled, ElementsAre("c", "a", "b"));
}

TEST(AsyncioDifferences, TimeIsWholeNanosecondsWithItsUnitInTheType) {
  EXPECT_FALSE(Sleepable<int>);
  EXPECT_FALSE(Sleepable<double>);
  EXPECT_TRUE(Sleepable<std::chrono::milliseconds>);
  EXPECT_TRUE((std::same_as<TimePoint::duration, std::chrono::nanoseconds>));
  const auto main = []() -> Coro<void> {
    for (int i = 0; i < 10; ++i) co_await sleep(100ms);  // ten times 0.1 in floating point is not 1
    EXPECT_EQ(get_running_loop().time(), TimePoint(1s));
  };
  run_virtual(main());
}

TEST(AsyncioDifferences, ScopesAndLoopsTakeTheirBodyAsACoroutine) {
  std::vector<std::string> log;
  const auto letters = []() -> AsyncGenerator<std::string> {
    co_yield "a";
    co_yield "b";
  };
  const auto main = [&]() -> Coro<void> {
    const int of_group = co_await task_group([](TaskGroup&) -> Coro<int> { co_return 1; });
    const int of_timeout = co_await timeout(1s, [](Timeout&) -> Coro<int> { co_return 2; });
    EXPECT_EQ(of_group + of_timeout, 3);
    Lock lock;
    {
      const auto guard = co_await lock.scoped();
      EXPECT_TRUE(lock.locked());
    }
    EXPECT_FALSE(lock.locked());
    auto generator = letters();
    while (auto item = co_await generator.next()) log.push_back(*item);
  };
  run_virtual(main());
  EXPECT_THAT(log, ElementsAre("a", "b"));
}

TEST(AsyncioDifferences, CatchingEveryStdExceptionSwallowsNoCancellation) {
  EXPECT_FALSE((std::derived_from<CancelledError, std::exception>));
  EXPECT_FALSE((std::derived_from<BaseExceptionGroup, std::exception>));
  EXPECT_TRUE((std::derived_from<ExceptionGroup, std::exception>));
  bool swallowed = false;
  const auto careless = [&]() -> Coro<void> {
    try {
      co_await sleep(1h);
    } catch (const std::exception&) {
      swallowed = true;
    }
  };
  const auto main = [&]() -> Coro<void> {
    const Task<void> task = create_task(careless());
    co_await sleep(1s);
    task.cancel();
    const std::vector<Task<void>> tasks{task};
    co_await wait(tasks);
    EXPECT_TRUE(task.cancelled());
  };
  run_virtual(main());
  EXPECT_FALSE(swallowed);
}

TEST(AsyncioDifferences, GatherGivesExceptionsAsOutcomes) {
  const auto fail = []() -> Coro<int> {
    throw ValueError("no");
    co_return 0;
  };
  const auto succeed = []() -> Coro<int> { co_return 7; };
  const auto main = [&]() -> Coro<void> {
    const std::tuple<Outcome<int>, Outcome<int>> outcomes = co_await gather(return_exceptions, fail(), succeed());
    EXPECT_TRUE(holds<ValueError>(std::get<0>(outcomes).exception()));
    EXPECT_EQ(std::get<1>(outcomes).value(), 7);
  };
  run_virtual(main());
}

TEST(AsyncioDifferences, EachAwaitOfAFutureGivesACopyAndTheFirstWhatOnlyMoves) {
  const auto main = []() -> Coro<void> {
    EventLoop& loop = get_running_loop();
    const Future<std::string> copied = loop.create_future<std::string>();
    copied.set_result("text");
    std::string first = co_await copied;
    first += " changed";
    const std::string second = co_await copied;
    EXPECT_EQ(second, "text");

    const Future<std::unique_ptr<int>> moved = loop.create_future<std::unique_ptr<int>>();
    moved.set_result(std::make_unique<int>(7));
    const std::unique_ptr<int> owner = co_await moved;
    const std::unique_ptr<int> nothing = co_await moved;
    EXPECT_EQ(*owner, 7);
    EXPECT_EQ(nothing, nullptr);
  };
  run_virtual(main());
}

TEST(AsyncioDifferences, TheResultOfNothingIsAMonostate) {
  const auto nothing = []() -> Coro<void> { co_return; };
  const auto seven = []() -> Coro<int> { co_return 7; };
  const auto main = [&]() -> Coro<void> {
    const std::tuple<std::monostate, int> results = co_await gather(nothing(), seven());
    EXPECT_EQ(std::get<1>(results), 7);
  };
  run_virtual(main());
}

TEST(AsyncioDifferences, AnInnerFutureOfTwoShieldsReportsAtThePlaceOfTheFirst) {
  std::vector<std::string> log;
  const auto main = [&]() -> Coro<void> {
    EventLoop& loop = get_running_loop();
    loop.set_exception_handler([&](EventLoop&, const ExceptionContext&) { log.push_back("report"); });
    const Future<void> inner = loop.create_future();
    const Future<void> first = shield(inner);
    first.cancel();
    co_await sleep(0s);
    inner.add_done_callback([&] { log.push_back("callback"); });
    const Future<void> second = shield(inner);
    second.cancel();
    co_await sleep(0s);
    inner.set_exception(ValueError("lost"));
    co_await sleep(0s);
  };
  run_virtual(main());
  EXPECT_THAT(log, ElementsAre("report", "callback"));
}

TEST(AsyncioDifferences, DestroyingALoopRunsDestructorsAndNoHandlers) {
  bool destroyed = false;
  bool handled = false;
  struct Guard {
    bool& destroyed;
    ~Guard() { destroyed = true; }
  };
  const auto main = [&]() -> Coro<void> {
    const Guard guard{destroyed};
    try {
      co_await sleep(1h);
    } catch (...) {
      handled = true;
      throw;
    }
  };
  run_and_destroy(main(), 1);
  EXPECT_TRUE(destroyed);
  EXPECT_FALSE(handled);
}

TEST(AsyncioDifferences, ACancellationPassesThroughAChainOfAnyLength) {
  struct Chain {
    static Coro<void> link(Task<void> next) { co_await next; }
    static Coro<void> end() { co_await sleep(1h); }
  };
  const auto main = []() -> Coro<void> {
    Task<void> task = create_task(Chain::end());
    for (int i = 1; i < 10'000; ++i) task = create_task(Chain::link(task));
    co_await sleep(1s);
    task.cancel();
    const std::vector<Task<void>> tasks{task};
    co_await wait(tasks);
    EXPECT_TRUE(task.cancelled());
  };
  run_virtual(main());
}

TEST(AsyncioDifferences, TasksThatAwaitEachOtherInACycleCannotBeCancelled) {
  const auto main = []() -> Coro<void> {
    Task<void> first;
    Task<void> second;
    const auto await_first = [&]() -> Coro<void> { co_await first; };
    const auto await_second = [&]() -> Coro<void> { co_await second; };
    first = create_task(await_second());
    second = create_task(await_first());
    co_await sleep(1s);
    EXPECT_THAT([&] { first.cancel(); }, ThrowsMessage<RuntimeError>(HasSubstr("cycle")));
  };
  testing::VirtualClock clock;
  const EventLoopPtr loop = new_event_loop(LoopOptions().clock(clock));
  loop->run_until_complete(main());
}

TEST(AsyncioDifferences, NoExceptionOfACallbackEndsTheRun) {
  class SystemExit {};
  std::vector<std::string> reports;
  const auto main = [&]() -> Coro<int> {
    EventLoop& loop = get_running_loop();
    loop.set_exception_handler(
        [&](EventLoop&, const ExceptionContext& context) { reports.push_back(context.message); });
    loop.call_soon([] { throw SystemExit(); });
    co_await sleep(1s);
    co_return 7;
  };
  EXPECT_EQ(run_virtual(main()), 7);
  EXPECT_THAT(reports, ElementsAre("Exception in callback"));
}

TEST(AsyncioDifferences, RunLeavesSignalHandlersAlone) {
  struct sigaction before{};
  ASSERT_EQ(sigaction(SIGINT, nullptr, &before), 0);
  const auto main = [&]() -> Coro<void> {
    struct sigaction within{};
    EXPECT_EQ(sigaction(SIGINT, nullptr, &within), 0);
    EXPECT_EQ(within.sa_handler, before.sa_handler);
    co_return;
  };
  run(main());
}

}  // namespace
}  // namespace corosim
