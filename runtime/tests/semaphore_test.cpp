#include <corosim/runtime/semaphore.hpp>

#include <string>
#include <tuple>
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

Coro<void> take(Semaphore semaphore, Log& log, std::string name) {
  const bool taken = co_await semaphore.acquire();
  EXPECT_TRUE(taken);
  log.push_back(name);
}

Coro<void> passes(int count) {
  for (int i = 0; i < count; ++i) co_await sleep(0s);
}

TEST(Semaphore, GivesItsUnitsWithoutASchedulingPoint) {
  const auto main = []() -> Coro<void> {
    Semaphore semaphore(2);
    const Task<> other = create_task(passes(0));
    co_await semaphore.acquire();
    EXPECT_FALSE(semaphore.locked());
    co_await semaphore.acquire();
    EXPECT_TRUE(semaphore.locked());
    EXPECT_FALSE(other.done());
  };
  run_virtual(main());
}

TEST(Semaphore, WakesWaitersInTheOrderOfTheirComing) {
  Log log;
  const auto main = [&]() -> Coro<void> {
    Semaphore semaphore(0);
    for (const char* name : {"a", "b", "c"}) create_task(take(semaphore, log, name));
    co_await passes(1);
    semaphore.release();
    semaphore.release();
    co_await passes(1);
    EXPECT_THAT(log, ElementsAre("a", "b"));
    semaphore.release();
    co_await passes(1);
  };
  run_virtual(main());
  EXPECT_THAT(log, ElementsAre("a", "b", "c"));
}

TEST(Semaphore, HandsAReleasedUnitToTheWaiterAtOnce) {
  Log log;
  const auto main = [&]() -> Coro<void> {
    Semaphore semaphore(0);
    const Task<> waiting = create_task(take(semaphore, log, "waiting"));
    co_await passes(1);
    semaphore.release();
    EXPECT_TRUE(semaphore.locked());
    const Task<> newcomer = create_task(take(semaphore, log, "newcomer"));
    co_await passes(2);
    EXPECT_FALSE(newcomer.done());
    semaphore.release();
    co_await newcomer;
  };
  run_virtual(main());
  EXPECT_THAT(log, ElementsAre("waiting", "newcomer"));
}

TEST(Semaphore, IsNotLockedByWaitersThatAreCancelled) {
  Log log;
  const auto main = [&]() -> Coro<void> {
    Semaphore semaphore(0);
    const Task<> waiting = create_task(take(semaphore, log, "waiting"));
    co_await passes(1);
    waiting.cancel();
    semaphore.release();
    EXPECT_FALSE(semaphore.locked());
    co_await semaphore.acquire();
    log.push_back("newcomer");
  };
  run_virtual(main());
  EXPECT_THAT(log, ElementsAre("newcomer"));
}

class SemaphoreCancellation : public ::testing::TestWithParam<std::tuple<int, bool>> {};

TEST_P(SemaphoreCancellation, PassesTheUnitOn) {
  const int victim = std::get<0>(GetParam());
  const bool released_first = std::get<1>(GetParam());
  Log log;
  const auto main = [&]() -> Coro<void> {
    Semaphore semaphore(0);
    std::vector<Task<>> tasks;
    for (const char* name : {"0", "1", "2"}) tasks.push_back(create_task(take(semaphore, log, name)));
    co_await passes(1);
    if (released_first) semaphore.release();
    tasks[static_cast<std::size_t>(victim)].cancel();
    if (!released_first) semaphore.release();
    semaphore.release();
    co_await passes(3);
    EXPECT_TRUE(semaphore.locked());
    semaphore.release();
    EXPECT_FALSE(semaphore.locked());
  };
  run_virtual(main());
  Log expected{"0", "1", "2"};
  expected.erase(expected.begin() + victim);
  EXPECT_EQ(log, expected);
}

INSTANTIATE_TEST_SUITE_P(EachWaiter, SemaphoreCancellation,
                         ::testing::Combine(::testing::Values(0, 1, 2), ::testing::Bool()));

TEST(Semaphore, RefusesANegativeValue) {
  try {
    Semaphore semaphore(-1);
    FAIL() << "nothing was thrown";
  } catch (const ValueError& error) {
    EXPECT_STREQ(error.what(), "Semaphore initial value must be >= 0");
  }
}

TEST(Semaphore, GrowsBeyondItsFirstValue) {
  Semaphore semaphore(0);
  semaphore.release();
  semaphore.release();
  EXPECT_FALSE(semaphore.locked());
}

TEST(BoundedSemaphore, RefusesMoreUnitsThanItBeganWith) {
  const auto main = []() -> Coro<void> {
    BoundedSemaphore semaphore(1);
    EXPECT_THROW(semaphore.release(), ValueError);
    co_await semaphore.acquire();
    semaphore.release();
    EXPECT_THROW(semaphore.release(), ValueError);
  };
  run_virtual(main());
}

TEST(SemaphoreGuard, ReleasesAtTheEndOfItsScope) {
  const auto main = []() -> Coro<void> {
    BoundedSemaphore semaphore;
    {
      const auto guard = co_await semaphore.scoped();
      EXPECT_TRUE(semaphore.locked());
    }
    EXPECT_FALSE(semaphore.locked());
  };
  run_virtual(main());
}

TEST(SemaphoreTeardown, DestroysTheLoopAtEveryPass) {
  const auto main = [](Semaphore semaphore, Log& log) -> Coro<void> {
    const auto guard = co_await semaphore.scoped();
    const Task<> a = create_task(take(semaphore, log, "a"));
    const Task<> b = create_task(take(semaphore, log, "b"));
    co_await passes(1);
    semaphore.release();
    a.cancel();
    co_await b;
  };
  for (int pass_count = 0; pass_count < 6; ++pass_count) {
    Log log;
    run_and_destroy(main(Semaphore(), log), pass_count);
  }
}

}  // namespace
}  // namespace corosim
