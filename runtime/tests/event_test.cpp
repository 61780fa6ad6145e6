#include <corosim/runtime/event.hpp>

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <corosim/runtime/sleep.hpp>
#include <corosim/runtime/task.hpp>

#include "virtual_time.hpp"

namespace corosim {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using testing::run_and_destroy;
using testing::run_virtual;

using Log = std::vector<std::string>;

Coro<void> wait_for_event(Event event, Log& log, std::string name) {
  const bool set = co_await event.wait();
  EXPECT_TRUE(set);
  log.push_back(name);
}

TEST(Event, DoesNotHoldUpATaskWhileItIsSet) {
  const auto main = []() -> Coro<void> {
    Event event;
    EXPECT_FALSE(event.is_set());
    event.set();
    EXPECT_TRUE(event.is_set());
    const auto nothing = []() -> Coro<void> { co_return; };
    const Task<> other = create_task(nothing());
    co_await event.wait();
    EXPECT_FALSE(other.done());
  };
  run_virtual(main());
}

TEST(Event, WakesAllThatWaitInTheOrderOfTheirComing) {
  Log log;
  const auto main = [&]() -> Coro<void> {
    Event event;
    for (const char* name : {"a", "b", "c"}) create_task(wait_for_event(event, log, name));
    co_await sleep(1s);
    EXPECT_TRUE(log.empty());
    event.set();
    EXPECT_TRUE(log.empty());
    co_await sleep(0s);
  };
  run_virtual(main());
  EXPECT_THAT(log, ElementsAre("a", "b", "c"));
}

TEST(Event, LetsAWokenTaskGoOnThoughItIsClearedAgain) {
  Log log;
  const auto main = [&]() -> Coro<void> {
    Event event;
    create_task(wait_for_event(event, log, "early"));
    co_await sleep(0s);
    event.set();
    event.clear();
    const Task<> late = create_task(wait_for_event(event, log, "late"));
    co_await sleep(1s);
    EXPECT_FALSE(late.done());
    event.set();
    co_await late;
  };
  run_virtual(main());
  EXPECT_THAT(log, ElementsAre("early", "late"));
}

TEST(Event, CancelsAWaiterWithoutTouchingTheOthers) {
  Log log;
  const auto main = [&]() -> Coro<void> {
    Event event;
    std::vector<Task<>> tasks;
    for (const char* name : {"a", "b", "c"}) tasks.push_back(create_task(wait_for_event(event, log, name)));
    co_await sleep(0s);
    tasks[1].cancel();
    event.set();
    co_await sleep(0s);
    EXPECT_TRUE(tasks[1].cancelled());
  };
  run_virtual(main());
  EXPECT_THAT(log, ElementsAre("a", "c"));
}

TEST(Event, CancelsATaskThatWasWokenAndHasNotRun) {
  Log log;
  const auto main = [&]() -> Coro<void> {
    Event event;
    const Task<> task = create_task(wait_for_event(event, log, "woken"));
    co_await sleep(0s);
    event.set();
    task.cancel("too late");
    co_await sleep(0s);
    EXPECT_TRUE(task.cancelled());
  };
  run_virtual(main());
  EXPECT_TRUE(log.empty());
}

TEST(Event, NamesItselfInReports) {
  Log log;
  const auto main = [&]() -> Coro<void> {
    Event event("ready");
    const Task<> task = create_task(wait_for_event(event, log, "task"));
    co_await sleep(0s);
    EXPECT_EQ(task.state()->as_task()->parked()->waits_for(), "Event \"ready\"");
    event.set();
    co_await task;
  };
  run_virtual(main());
}

TEST(EventTeardown, DestroysTheLoopAtEveryPass) {
  const auto main = [](Event event, Log& log) -> Coro<void> {
    const Task<> a = create_task(wait_for_event(event, log, "a"));
    const Task<> b = create_task(wait_for_event(event, log, "b"));
    co_await sleep(0s);
    a.cancel();
    co_await sleep(0s);
    event.set();
    co_await b;
  };
  for (int pass_count = 0; pass_count < 6; ++pass_count) {
    Log log;
    run_and_destroy(main(Event(), log), pass_count);
  }
}

}  // namespace
}  // namespace corosim
