#include <corosim/runtime/lock.hpp>

#include <optional>
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

// Takes the lock, keeps it for one pass.
Coro<void> pass_through(Lock lock, Log& log, std::string name) {
  try {
    co_await lock.acquire();
  } catch (const CancelledError&) {
    log.push_back(name + " cancelled");
    throw;
  }
  log.push_back(name);
  co_await sleep(0s);
  lock.release();
}

Coro<void> passes(int count) {
  for (int i = 0; i < count; ++i) co_await sleep(0s);
}

TEST(Lock, IsTakenWithoutASchedulingPointWhereItIsFree) {
  Log log;
  const auto main = [&]() -> Coro<void> {
    Lock lock;
    const Task<> other = create_task(passes(0));
    const bool acquired = co_await lock.acquire();
    EXPECT_TRUE(acquired);
    EXPECT_TRUE(lock.locked());
    EXPECT_FALSE(other.done());
    lock.release();
    EXPECT_FALSE(lock.locked());
  };
  run_virtual(main());
}

TEST(Lock, GoesToWaitersInTheOrderOfTheirComing) {
  Log log;
  const auto main = [&]() -> Coro<void> {
    Lock lock;
    const Task<> a = create_task(pass_through(lock, log, "a"));
    const Task<> b = create_task(pass_through(lock, log, "b"));
    const Task<> c = create_task(pass_through(lock, log, "c"));
    co_await a;
    co_await b;
    co_await c;
    EXPECT_FALSE(lock.locked());
  };
  run_virtual(main());
  EXPECT_THAT(log, ElementsAre("a", "b", "c"));
}

TEST(Lock, IsNotTakenByANewcomerWhileAWokenWaiterHasNotRun) {
  Log log;
  const auto main = [&]() -> Coro<void> {
    Lock lock;
    co_await lock.acquire();
    const Task<> waiting = create_task(pass_through(lock, log, "waiting"));
    co_await passes(1);
    lock.release();
    EXPECT_FALSE(lock.locked());
    co_await lock.acquire();
    log.push_back("newcomer");
    EXPECT_TRUE(waiting.done());
    lock.release();
  };
  run_virtual(main());
  EXPECT_THAT(log, ElementsAre("waiting", "newcomer"));
}

TEST(Lock, IsTakenAtOnceWhereAllThatWaitAreCancelled) {
  Log log;
  const auto main = [&]() -> Coro<void> {
    Lock lock;
    co_await lock.acquire();
    const Task<> waiting = create_task(pass_through(lock, log, "waiting"));
    co_await passes(1);
    waiting.cancel();
    lock.release();
    co_await lock.acquire();
    log.push_back("newcomer");
    lock.release();
    co_await passes(1);
    EXPECT_TRUE(waiting.cancelled());
  };
  run_virtual(main());
  EXPECT_THAT(log, ElementsAre("newcomer", "waiting cancelled"));
}

// Which of three waiters is cancelled, and whether the lock is released before that or after.
class LockCancellation : public ::testing::TestWithParam<std::tuple<int, bool>> {};

TEST_P(LockCancellation, LetsTheOthersPassInTheirOrder) {
  const int victim = std::get<0>(GetParam());
  const bool released_first = std::get<1>(GetParam());
  Log log;
  const auto main = [&]() -> Coro<void> {
    Lock lock;
    co_await lock.acquire();
    std::vector<Task<>> tasks;
    for (const char* name : {"0", "1", "2"}) tasks.push_back(create_task(pass_through(lock, log, name)));
    co_await passes(1);
    if (released_first) lock.release();
    tasks[static_cast<std::size_t>(victim)].cancel();
    if (!released_first) lock.release();
    co_await passes(9);
    EXPECT_FALSE(lock.locked());
    for (const Task<>& task : tasks) EXPECT_TRUE(task.done());
  };
  run_virtual(main());
  Log passed;
  for (const std::string& line : log) {
    if (line.size() == 1) passed.push_back(line);
  }
  Log expected{"0", "1", "2"};
  expected.erase(expected.begin() + victim);
  EXPECT_EQ(passed, expected);
  EXPECT_THAT(log, ::testing::Contains(std::to_string(victim) + " cancelled"));
}

INSTANTIATE_TEST_SUITE_P(EachWaiter, LockCancellation,
                         ::testing::Combine(::testing::Values(0, 1, 2), ::testing::Bool()));

TEST(Lock, IsNotPassedOnByACancelledWaiterWhileSomebodyHoldsIt) {
  Log log;
  const auto main = [&]() -> Coro<void> {
    Lock lock;
    co_await lock.acquire();
    const Task<> a = create_task(pass_through(lock, log, "a"));
    const Task<> b = create_task(pass_through(lock, log, "b"));
    co_await passes(1);
    a.cancel();
    co_await passes(3);
    EXPECT_FALSE(b.done());
    lock.release();
    co_await b;
  };
  run_virtual(main());
  EXPECT_THAT(log, ElementsAre("a cancelled", "b"));
}

TEST(Lock, RefusesAReleaseWhileItIsNotLocked) {
  Lock lock;
  try {
    lock.release();
    FAIL() << "nothing was thrown";
  } catch (const RuntimeError& error) {
    EXPECT_STREQ(error.what(), "Lock is not acquired.");
  }
}

TEST(Lock, IsReleasedByAnotherTask) {
  const auto main = []() -> Coro<void> {
    Lock lock;
    co_await lock.acquire();
    const auto release = [](Lock held) -> Coro<void> {
      held.release();
      co_return;
    };
    co_await create_task(release(lock));
    EXPECT_FALSE(lock.locked());
  };
  run_virtual(main());
}

TEST(LockGuard, ReleasesAtTheEndOfItsScope) {
  const auto main = []() -> Coro<void> {
    Lock lock;
    {
      auto guard = co_await lock.scoped();
      EXPECT_TRUE(lock.locked());
      Lock::Guard moved = std::move(guard);
      EXPECT_TRUE(lock.locked());
    }
    EXPECT_FALSE(lock.locked());
  };
  run_virtual(main());
}

TEST(LockGuard, ReleasesWhenAnExceptionLeavesItsScope) {
  const auto main = []() -> Coro<void> {
    Lock lock;
    bool caught = false;
    try {
      const auto guard = co_await lock.scoped();
      co_await sleep(1s);
      throw ValueError("inside");
    } catch (const ValueError&) {
      caught = true;
    }
    EXPECT_TRUE(caught);
    EXPECT_FALSE(lock.locked());
  };
  run_virtual(main());
}

TEST(LockGuard, ReleasesEarlyOnce) {
  const auto main = []() -> Coro<void> {
    Lock lock;
    auto guard = co_await lock.scoped();
    guard.release();
    EXPECT_FALSE(lock.locked());
    guard.release();
  };
  run_virtual(main());
}

TEST(LockGuard, ReportsALockThatWasReleasedUnderIt) {
  std::string reported;
  const auto main = [&]() -> Coro<void> {
    get_running_loop().set_exception_handler(
        [&reported](EventLoop&, const ExceptionContext& context) { reported = describe(context.exception); });
    Lock lock;
    const auto guard = co_await lock.scoped();
    lock.release();
  };
  run_virtual(main());
  EXPECT_EQ(reported, "RuntimeError: Lock is not acquired.");
}

TEST(LockReport, NamesTheLockAndItsHolder) {
  Log log;
  const auto main = [&]() -> Coro<void> {
    Lock lock("account");
    co_await lock.acquire();
    const Task<> waiting = create_task(pass_through(lock, log, "waiting"));
    co_await passes(1);
    const detail::Waiter* waiter = waiting.state()->as_task()->parked();
    EXPECT_NE(waiter, nullptr);
    EXPECT_EQ(waiter->waits_for(), "Lock \"account\"");
    EXPECT_EQ(waiter->holder(), get_running_loop().current_task());
    lock.release();
    co_await waiting;
  };
  run_virtual(main());
}

TEST(LockReport, NamesNobodyWhenTheHolderHasEnded) {
  Log log;
  const auto main = [&]() -> Coro<void> {
    Lock lock;
    const auto acquire_only = [](Lock taken) -> Coro<void> { co_await taken.acquire(); };
    co_await create_task(acquire_only(lock));
    const Task<> waiting = create_task(pass_through(lock, log, "waiting"));
    co_await passes(1);
    const detail::Waiter* waiter = waiting.state()->as_task()->parked();
    EXPECT_EQ(waiter->waits_for(), "Lock");
    EXPECT_EQ(waiter->holder(), nullptr);
    waiting.cancel();
  };
  run_virtual(main());
}

// Two tasks that use a lock.
Coro<void> contend(Lock lock, Log& log) {
  const auto guard = co_await lock.scoped();
  const Task<> a = create_task(pass_through(lock, log, "a"));
  const Task<> b = create_task(pass_through(lock, log, "b"));
  co_await passes(2);
  a.cancel();
  co_await passes(2);
}

TEST(LockTeardown, DestroysTheLoopAtEveryPass) {
  for (int pass_count = 0; pass_count < 9; ++pass_count) {
    Log log;
    run_and_destroy(contend(Lock(), log), pass_count);
  }
}

TEST(LockTeardown, KeepsTheLockForTasksThatOutliveItsOwner) {
  Log log;
  const auto main = [&]() -> Coro<void> {
    Lock lock;
    co_await lock.acquire();
    create_task(pass_through(lock, log, "a"));
    create_task(pass_through(lock, log, "b"));
    co_await passes(1);
    lock.release();
  };
  run_virtual(main());
  EXPECT_THAT(log, ElementsAre("a", "b cancelled"));
}

TEST(LockTeardown, LeavesADeadlockedTaskToTheLoop) {
  testing::VirtualClock clock;
  const EventLoopPtr loop = new_event_loop(LoopOptions().clock(clock));
  const auto twice = [](Lock lock) -> Coro<void> {
    const auto guard = co_await lock.scoped();
    co_await lock.acquire();
  };
  EXPECT_THROW(loop->run_until_complete(twice(Lock())), DeadlockError);
}

}  // namespace
}  // namespace corosim
