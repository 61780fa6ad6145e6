#include <corosim/runtime/barrier.hpp>

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

Coro<void> meet(Barrier barrier, Log& log, std::string name) {
  try {
    const int index = co_await barrier.wait();
    log.push_back(name + " " + std::to_string(index));
  } catch (const BrokenBarrierError& error) {
    log.push_back(name + " broken: " + error.what());
  } catch (const CancelledError&) {
    log.push_back(name + " cancelled");
    throw;
  }
}

TEST(Barrier, HoldsTasksUntilAllHaveCome) {
  Log log;
  const auto main = [&]() -> Coro<void> {
    Barrier barrier(3);
    EXPECT_EQ(barrier.parties(), 3);
    create_task(meet(barrier, log, "a"));
    create_task(meet(barrier, log, "b"));
    co_await passes(5);
    EXPECT_EQ(barrier.n_waiting(), 2);
    EXPECT_TRUE(log.empty());
    create_task(meet(barrier, log, "c"));
    co_await passes(5);
    EXPECT_EQ(barrier.n_waiting(), 0);
  };
  run_virtual(main());
  EXPECT_THAT(log, ElementsAre("c 2", "a 0", "b 1"));
}

TEST(Barrier, DoesNotHoldASingleParty) {
  Log log;
  const auto main = [&]() -> Coro<void> {
    Barrier barrier(1);
    co_await meet(barrier, log, "a");
    co_await meet(barrier, log, "b");
  };
  run_virtual(main());
  EXPECT_THAT(log, ElementsAre("a 0", "b 0"));
}

TEST(Barrier, IsUsedRoundAfterRound) {
  Log log;
  const auto main = [&]() -> Coro<void> {
    Barrier barrier(2);
    for (const char* name : {"a", "b", "c", "d"}) create_task(meet(barrier, log, name));
    co_await passes(20);
  };
  run_virtual(main());
  EXPECT_THAT(log, ElementsAre("b 1", "a 0", "d 1", "c 0"));
}

TEST(Barrier, GivesThePlaceOfACancelledTaskFree) {
  Log log;
  const auto main = [&]() -> Coro<void> {
    Barrier barrier(2);
    const Task<> a = create_task(meet(barrier, log, "a"));
    co_await passes(2);
    a.cancel();
    co_await passes(5);
    EXPECT_EQ(barrier.n_waiting(), 0);
    create_task(meet(barrier, log, "b"));
    create_task(meet(barrier, log, "c"));
    co_await passes(9);
  };
  run_virtual(main());
  EXPECT_THAT(log, ElementsAre("a cancelled", "c 1", "b 0"));
}

TEST(Barrier, ThrowsAtThoseThatWaitWhenItIsReset) {
  Log log;
  const auto main = [&]() -> Coro<void> {
    Barrier barrier(3);
    create_task(meet(barrier, log, "a"));
    create_task(meet(barrier, log, "b"));
    co_await passes(2);
    co_await barrier.reset();
    EXPECT_FALSE(barrier.broken());
    co_await passes(9);
    EXPECT_EQ(barrier.n_waiting(), 0);
  };
  run_virtual(main());
  EXPECT_THAT(log, ElementsAre("a broken: Abort or reset of barrier", "b broken: Abort or reset of barrier"));
}

TEST(Barrier, ThrowsAtEverybodyOnceItIsAbortedUntilItIsReset) {
  Log log;
  const auto main = [&]() -> Coro<void> {
    Barrier barrier(2);
    create_task(meet(barrier, log, "waiting"));
    co_await passes(2);
    co_await barrier.abort();
    EXPECT_TRUE(barrier.broken());
    co_await passes(5);
    co_await meet(barrier, log, "late");
    co_await barrier.reset();
    EXPECT_FALSE(barrier.broken());
    create_task(meet(barrier, log, "a"));
    co_await passes(1);
    co_await meet(barrier, log, "b");
    co_await passes(5);
  };
  run_virtual(main());
  EXPECT_THAT(log,
              ElementsAre("waiting broken: Abort or reset of barrier", "late broken: Barrier aborted", "b 1", "a 0"));
}

TEST(Barrier, RefusesToBeWithoutParties) { EXPECT_THROW(Barrier(0), ValueError); }

TEST(Barrier, NamesItselfInReports) {
  Log log;
  const auto main = [&]() -> Coro<void> {
    Barrier barrier(2, "start");
    const Task<> a = create_task(meet(barrier, log, "a"));
    co_await passes(1);
    EXPECT_EQ(a.state()->as_task()->parked()->waits_for(), "Barrier \"start\"");
    a.cancel();
    co_await passes(2);
  };
  run_virtual(main());
}

TEST(BarrierTeardown, DestroysTheLoopAtEveryPass) {
  const auto main = [](Log& log) -> Coro<void> {
    Barrier barrier(3);
    const Task<> a = create_task(meet(barrier, log, "a"));
    const Task<> b = create_task(meet(barrier, log, "b"));
    co_await passes(2);
    a.cancel();
    co_await passes(1);
    co_await barrier.reset();
    co_await b;
    co_await meet(barrier, log, "c");
  };
  for (int pass_count = 0; pass_count < 12; ++pass_count) {
    Log log;
    run_and_destroy(main(log), pass_count);
  }
}

}  // namespace
}  // namespace corosim
