#include <corosim/runtime/condition.hpp>

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

Coro<void> passes(int count) {
  for (int i = 0; i < count; ++i) co_await sleep(0s);
}

// Waits for one notification.
Coro<void> listen(Condition condition, Log& log, std::string name) {
  const auto guard = co_await condition.scoped();
  try {
    const bool notified = co_await condition.wait();
    EXPECT_TRUE(notified);
  } catch (const CancelledError& error) {
    EXPECT_TRUE(condition.locked());
    log.push_back(name + " cancelled" + (error.message() ? " " + error.message().text() : ""));
    throw;
  }
  EXPECT_TRUE(condition.locked());
  log.push_back(name);
}

Coro<void> notify(Condition condition, std::size_t count) {
  const auto guard = co_await condition.scoped();
  condition.notify(count);
}

TEST(Condition, WakesAsManyAsAreNotifiedInTheOrderOfTheirComing) {
  Log log;
  const auto main = [&]() -> Coro<void> {
    Condition condition;
    for (const char* name : {"a", "b", "c"}) create_task(listen(condition, log, name));
    co_await passes(1);
    EXPECT_FALSE(condition.locked());
    co_await notify(condition, 2);
    co_await passes(5);
    EXPECT_THAT(log, ElementsAre("a", "b"));
    co_await notify(condition, 2);
    co_await passes(5);
  };
  run_virtual(main());
  EXPECT_THAT(log, ElementsAre("a", "b", "c"));
}

TEST(Condition, HoldsNotifiedTasksUntilTheLockIsFree) {
  Log log;
  const auto main = [&]() -> Coro<void> {
    Condition condition;
    for (const char* name : {"a", "b"}) create_task(listen(condition, log, name));
    co_await passes(1);
    co_await condition.acquire();
    condition.notify_all();
    co_await passes(5);
    EXPECT_TRUE(log.empty());
    condition.release();
    co_await passes(5);
  };
  run_virtual(main());
  EXPECT_THAT(log, ElementsAre("a", "b"));
}

TEST(Condition, WaitsForAPredicateAndReturnsWhatItReturned) {
  const auto main = []() -> Coro<void> {
    Condition condition;
    int value = 0;
    const auto producer = [](Condition shared, int& target) -> Coro<void> {
      for (int i = 1; i <= 3; ++i) {
        co_await sleep(1s);
        const auto guard = co_await shared.scoped();
        target = i;
        shared.notify_all();
      }
    };
    const Task<> producing = create_task(producer(condition, value));
    const auto guard = co_await condition.scoped();
    const auto three = [&value] { return value == 3 ? 33 : 0; };
    const int result = co_await condition.wait_for(three);
    EXPECT_EQ(result, 33);
    EXPECT_EQ(get_running_loop().time().time_since_epoch(), 3s);
    co_await producing;
  };
  run_virtual(main());
}

TEST(Condition, DoesNotWaitForAPredicateThatHolds) {
  const auto main = []() -> Coro<void> {
    Condition condition;
    const auto yes = [] { return true; };
    const bool result = co_await condition.wait_for(yes);
    EXPECT_TRUE(result);
  };
  run_virtual(main());
}

TEST(Condition, SharesALock) {
  Log log;
  const auto main = [&]() -> Coro<void> {
    Lock lock;
    Condition not_empty(lock);
    Condition not_full(lock);
    const Task<> a = create_task(listen(not_empty, log, "not empty"));
    const Task<> b = create_task(listen(not_full, log, "not full"));
    co_await passes(1);
    co_await lock.acquire();
    EXPECT_TRUE(not_full.locked());
    not_full.notify();
    lock.release();
    co_await b;
    EXPECT_FALSE(a.done());
    co_await notify(not_empty, 1);
    co_await a;
  };
  run_virtual(main());
  EXPECT_THAT(log, ElementsAre("not full", "not empty"));
}

TEST(Condition, RefusesToWaitOrNotifyWithoutTheLock) {
  const auto main = []() -> Coro<void> {
    Condition condition;
    std::string waiting;
    try {
      co_await condition.wait();
    } catch (const RuntimeError& error) {
      waiting = error.what();
    }
    EXPECT_EQ(waiting, "cannot wait on un-acquired lock");
    EXPECT_THROW(condition.notify(), RuntimeError);
    EXPECT_THROW(condition.notify_all(), RuntimeError);
  };
  run_virtual(main());
}

class ConditionCancellation : public ::testing::TestWithParam<int> {};

TEST_P(ConditionCancellation, LetsTheOthersBeNotified) {
  const int victim = GetParam();
  Log log;
  const auto main = [&]() -> Coro<void> {
    Condition condition;
    std::vector<Task<>> tasks;
    for (const char* name : {"0", "1", "2"}) tasks.push_back(create_task(listen(condition, log, name)));
    co_await passes(1);
    tasks[static_cast<std::size_t>(victim)].cancel();
    co_await passes(5);
    co_await notify(condition, 3);
    co_await passes(5);
    for (const Task<>& task : tasks) EXPECT_TRUE(task.done());
    EXPECT_FALSE(condition.locked());
  };
  run_virtual(main());
  EXPECT_EQ(log.size(), 3U);
  EXPECT_EQ(log.front(), std::to_string(victim) + " cancelled");
}

INSTANTIATE_TEST_SUITE_P(EachWaiter, ConditionCancellation, ::testing::Values(0, 1, 2));

TEST(Condition, PassesANotificationOnWhenTheNotifiedTaskIsCancelled) {
  Log log;
  const auto main = [&]() -> Coro<void> {
    Condition condition;
    const Task<> a = create_task(listen(condition, log, "a"));
    const Task<> b = create_task(listen(condition, log, "b"));
    co_await passes(1);
    co_await notify(condition, 1);
    a.cancel();
    co_await b;
  };
  run_virtual(main());
  EXPECT_THAT(log, ElementsAre("a cancelled", "b"));
}

TEST(Condition, TakesTheLockAgainHoweverOftenItIsCancelled) {
  Log log;
  const auto main = [&]() -> Coro<void> {
    Condition condition;
    const Task<> a = create_task(listen(condition, log, "a"));
    co_await passes(1);
    co_await condition.acquire();
    a.cancel("first");
    co_await passes(2);
    a.cancel("second");
    co_await passes(2);
    a.cancel("third");
    co_await passes(2);
    EXPECT_TRUE(log.empty());
    condition.release();
    co_await passes(2);
    EXPECT_TRUE(a.cancelled());
    EXPECT_FALSE(condition.locked());
  };
  run_virtual(main());
  EXPECT_THAT(log, ElementsAre("a cancelled third"));
}

TEST(ConditionTeardown, DestroysTheLoopAtEveryPass) {
  const auto main = [](Log& log) -> Coro<void> {
    Condition condition;
    const Task<> a = create_task(listen(condition, log, "a"));
    const Task<> b = create_task(listen(condition, log, "b"));
    co_await passes(1);
    a.cancel();
    co_await notify(condition, 2);
    co_await b;
    co_await passes(9);
  };
  for (int pass_count = 0; pass_count < 9; ++pass_count) {
    Log log;
    run_and_destroy(main(log), pass_count);
  }
}

}  // namespace
}  // namespace corosim
