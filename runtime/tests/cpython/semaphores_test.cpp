// CPython's own tests of asyncio.Semaphore, from `test_locks.py`, one test for one test, under the names of the Python
// methods. docs/cpython-tests.md lists the cases that have no meaning in C++.
#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <corosim/runtime/gather.hpp>
#include <corosim/runtime/semaphore.hpp>
#include <corosim/runtime/sleep.hpp>
#include <corosim/runtime/task.hpp>
#include <corosim/runtime/task_group.hpp>
#include <corosim/runtime/timeout.hpp>

#include "isolated_test.hpp"
#include "private_state.hpp"

namespace corosim {
namespace {

using namespace std::chrono_literals;
using testing::acquire;
using testing::Awaitable;
using ::testing::Each;
using ::testing::ElementsAre;
using testing::raises;
using ::testing::SizeIs;
using testing::value;
using testing::waiters;
using testing::WaiterStatus;

class CPythonSemaphore : public testing::IsolatedTest {
 protected:
  // The `c1`, `c2`, ... of the tests.
  Coro<bool> acquire_and_log(Semaphore sem, int number) {
    co_await sem.acquire();
    result.push_back(number);
    co_return true;
  }

  std::vector<int> result;
};

TEST_F(CPythonSemaphore, initial_value_zero) {
  const Semaphore sem(0);
  EXPECT_TRUE(sem.locked());
}

TEST_F(CPythonSemaphore, semaphore) {
  const Semaphore sem;
  EXPECT_EQ(value(sem), 1);
  EXPECT_FALSE(Awaitable<Semaphore>);
  EXPECT_TRUE(Awaitable<decltype(sem.acquire())>);
  EXPECT_FALSE(sem.locked());
  EXPECT_EQ(value(sem), 1);
}

TEST_F(CPythonSemaphore, semaphore_value) { EXPECT_THROW(Semaphore(-1), ValueError); }

TEST_F(CPythonSemaphore, acquire) {
  run([this]() -> Coro<void> {
    const Semaphore sem(3);
    const bool first = co_await sem.acquire();
    EXPECT_TRUE(first);
    const bool second = co_await sem.acquire();
    EXPECT_TRUE(second);
    EXPECT_FALSE(sem.locked());

    const Task<bool> t1 = create_task(acquire_and_log(sem, 1));
    const Task<bool> t2 = create_task(acquire_and_log(sem, 2));
    const Task<bool> t3 = create_task(acquire_and_log(sem, 3));
    co_await sleep(0s);
    EXPECT_THAT(result, ElementsAre(1));
    EXPECT_TRUE(sem.locked());
    EXPECT_THAT(waiters(sem), SizeIs(2));
    EXPECT_EQ(value(sem), 0);

    const Task<bool> t4 = create_task(acquire_and_log(sem, 4));
    sem.release();
    sem.release();
    EXPECT_EQ(value(sem), 0);

    co_await sleep(0s);
    EXPECT_EQ(value(sem), 0);
    EXPECT_THAT(result, SizeIs(3));
    EXPECT_TRUE(sem.locked());
    EXPECT_THAT(waiters(sem), SizeIs(1));
    EXPECT_EQ(value(sem), 0);

    EXPECT_TRUE(t1.done());
    EXPECT_TRUE(t1.result());
    const std::vector<Task<bool>> race_tasks{t2, t3, t4};
    const auto done = [](const Task<bool>& task) { return task.done() && task.result(); };
    EXPECT_EQ(std::count_if(race_tasks.begin(), race_tasks.end(), done), 2);

    sem.release();
    co_await gather(race_tasks);
  });
}

TEST_F(CPythonSemaphore, acquire_cancel) {
  run([]() -> Coro<void> {
    const Semaphore sem;
    co_await sem.acquire();
    const Task<bool> task = create_task(acquire(sem));
    get_running_loop().call_soon([=] { task.cancel(); });
    const bool cancelled = co_await raises<CancelledError>(task);
    EXPECT_TRUE(cancelled);
    EXPECT_THAT(waiters(sem), Each(::testing::AnyOf(WaiterStatus::kWoken, WaiterStatus::kCancelled)));
  });
}

TEST_F(CPythonSemaphore, acquire_cancel_before_awoken) {
  run([]() -> Coro<void> {
    const Semaphore sem(0);
    const Task<bool> t1 = create_task(acquire(sem));
    const Task<bool> t2 = create_task(acquire(sem));
    const Task<bool> t3 = create_task(acquire(sem));
    const Task<bool> t4 = create_task(acquire(sem));
    co_await sleep(0s);

    t1.cancel();
    t2.cancel();
    sem.release();
    co_await sleep(0s);
    co_await sleep(0s);
    EXPECT_TRUE(t3.done());
    EXPECT_FALSE(t4.done());

    t3.cancel();
    t4.cancel();
    co_await sleep(0s);
  });
}

TEST_F(CPythonSemaphore, acquire_hang) {
  run([]() -> Coro<void> {
    const Semaphore sem(0);
    const Task<bool> t1 = create_task(acquire(sem));
    const Task<bool> t2 = create_task(acquire(sem));
    co_await sleep(0s);
    t1.cancel();
    sem.release();
    co_await sleep(0s);
    co_await sleep(0s);
    EXPECT_TRUE(sem.locked());
    EXPECT_TRUE(t2.done());
  });
}

TEST_F(CPythonSemaphore, acquire_no_hang) {
  run([]() -> Coro<void> {
    const Semaphore sem(1);
    Task<> t2;
    const auto c1 = [&]() -> Coro<void> {
      {
        const auto guard = co_await sem.scoped();
        co_await sleep(0s);
      }
      t2.cancel();
    };
    const auto c2 = [&]() -> Coro<void> {
      const auto guard = co_await sem.scoped();
      ADD_FAILURE() << "c2 got the semaphore";
    };
    const Task<> t1 = create_task(c1());
    t2 = create_task(c2());
    const auto [r1, r2] = co_await gather(return_exceptions, t1, t2);
    EXPECT_TRUE(r1.has_value());
    EXPECT_TRUE(r2.cancelled());
    co_await wait_for(acquire(sem), 1s);
  });
}

TEST_F(CPythonSemaphore, release_not_acquired) {
  const BoundedSemaphore sem;
  EXPECT_THROW(sem.release(), ValueError);
}

TEST_F(CPythonSemaphore, release_no_waiters) {
  run([]() -> Coro<void> {
    const Semaphore sem;
    co_await sem.acquire();
    EXPECT_TRUE(sem.locked());
    sem.release();
    EXPECT_FALSE(sem.locked());
  });
}

TEST_F(CPythonSemaphore, acquire_fifo_order) {
  run([]() -> Coro<void> {
    const Semaphore sem(1);
    std::vector<std::string> log;
    const auto coro = [&](std::string tag) -> Coro<void> {
      co_await sem.acquire();
      log.push_back(tag + "_1");
      co_await sleep(10ms);
      sem.release();

      co_await sem.acquire();
      log.push_back(tag + "_2");
      co_await sleep(10ms);
      sem.release();
    };
    const auto body = [&](TaskGroup& tg) -> Coro<void> {
      tg.create_task(coro("c1"));
      tg.create_task(coro("c2"));
      tg.create_task(coro("c3"));
      co_return;
    };
    co_await task_group(body);
    EXPECT_THAT(log, ElementsAre("c1_1", "c2_1", "c3_1", "c1_2", "c2_2", "c3_2"));
  });
}

TEST_F(CPythonSemaphore, acquire_fifo_order_2) {
  run([this]() -> Coro<void> {
    const Semaphore sem(1);
    const auto c2 = [&]() -> Coro<bool> {
      co_await sem.acquire();
      result.push_back(2);
      sem.release();
      co_await sem.acquire();
      result.push_back(4);
      co_return true;
    };
    const Task<bool> t1 = create_task(acquire_and_log(sem, 1));
    const Task<bool> t2 = create_task(c2());
    const Task<bool> t3 = create_task(acquire_and_log(sem, 3));
    co_await sleep(0s);
    sem.release();
    sem.release();
    co_await gather(t1, t2, t3);
    EXPECT_THAT(result, ElementsAre(1, 2, 3, 4));
  });
}

TEST_F(CPythonSemaphore, acquire_fifo_order_3) {
  run([this]() -> Coro<void> {
    const Semaphore sem(0);
    const Task<bool> t1 = create_task(acquire_and_log(sem, 1));
    const Task<bool> t2 = create_task(acquire_and_log(sem, 2));
    const Task<bool> t3 = create_task(acquire_and_log(sem, 3));
    co_await sleep(0s);
    t1.cancel();
    co_await sleep(0s);
    sem.release();
    sem.release();
    co_await gather(return_exceptions, t1, t2, t3);
    EXPECT_THAT(result, ElementsAre(2, 3));
  });
}

// An acquire() that was waited for wakes all those in line for which there are units.
TEST_F(CPythonSemaphore, acquire_fifo_order_4) {
  run([this]() -> Coro<void> {
    const Semaphore sem(0);
    std::optional<Task<bool>> t4;
    const auto c4 = [&]() -> Coro<bool> {
      result.push_back(4);
      co_return true;
    };
    // Is woken by c2, and by then all are awake: the task that it makes runs after c3.
    const auto c1 = [&]() -> Coro<bool> {
      EXPECT_EQ(value(sem), 0);
      co_await sem.acquire();
      EXPECT_EQ(value(sem), 0);
      t4 = create_task(c4());
      result.push_back(1);
      co_return true;
    };
    const auto c2 = [&]() -> Coro<bool> {
      sem.release();
      sem.release();
      sem.release();
      EXPECT_EQ(value(sem), 2);
      EXPECT_TRUE(sem.locked());  // c1 was not resumed yet
      co_await sem.acquire();
      result.push_back(2);
      co_return true;
    };
    const auto c3 = [&]() -> Coro<bool> {
      co_await sem.acquire();
      EXPECT_TRUE(sem.locked());
      result.push_back(3);
      co_return true;
    };
    const Task<bool> t1 = create_task(c1());
    const Task<bool> t2 = create_task(c2());
    const Task<bool> t3 = create_task(c3());
    co_await sleep(0s);
    EXPECT_EQ(value(sem), 2);
    EXPECT_THAT(waiters(sem), SizeIs(3));
    co_await sleep(0s);

    co_await gather(t1, t2, t3, t4.value());
    EXPECT_THAT(result, ElementsAre(1, 2, 3, 4));
  });
}

}  // namespace
}  // namespace corosim
