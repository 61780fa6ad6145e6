// CPython's own tests of asyncio.Lock, from `test_locks.py`, one test for one test, under the names of the Python
// methods. docs/cpython-tests.md lists the cases that have no meaning in C++.
#include <concepts>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <corosim/runtime/condition.hpp>
#include <corosim/runtime/event.hpp>
#include <corosim/runtime/lock.hpp>
#include <corosim/runtime/semaphore.hpp>
#include <corosim/runtime/sleep.hpp>
#include <corosim/runtime/task.hpp>

#include "isolated_test.hpp"
#include "private_state.hpp"

namespace corosim {
namespace {

using namespace std::chrono_literals;
using testing::acquire;
using testing::Awaitable;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::raises;
using ::testing::SizeIs;
using testing::waiters;
using testing::WaiterStatus;

class CPythonLock : public testing::IsolatedTest {};

TEST_F(CPythonLock, lock) {
  const Lock lock;
  EXPECT_FALSE(Awaitable<Lock>);
  EXPECT_TRUE(Awaitable<decltype(lock.acquire())>);
  EXPECT_FALSE(lock.locked());
}

TEST_F(CPythonLock, lock_doesnt_accept_loop_parameter) {
  EXPECT_FALSE((std::constructible_from<Lock, EventLoop&>));
  EXPECT_FALSE((std::constructible_from<Condition, EventLoop&>));
  EXPECT_FALSE((std::constructible_from<Event, EventLoop&>));
  EXPECT_FALSE((std::constructible_from<Semaphore, EventLoop&>));
  EXPECT_FALSE((std::constructible_from<BoundedSemaphore, EventLoop&>));
}

// Nor does `with await lock` have a meaning: a guard comes from scoped() only.
TEST_F(CPythonLock, lock_by_with_statement) {
  run([]() -> Coro<void> {
    const auto refuses = []<class Primitive>(Primitive lock) -> Coro<void> {
      co_await sleep(10ms);
      EXPECT_FALSE(lock.locked());
      EXPECT_FALSE(Awaitable<Primitive>);
      EXPECT_FALSE(lock.locked());
    };
    co_await refuses(Lock());
    co_await refuses(Condition());
    co_await refuses(Semaphore());
    co_await refuses(BoundedSemaphore());
  });
}

TEST_F(CPythonLock, acquire) {
  run([]() -> Coro<void> {
    const Lock lock;
    std::vector<int> result;
    const bool acquired = co_await lock.acquire();
    EXPECT_TRUE(acquired);
    const auto c = [&](int number) -> Coro<bool> {
      const bool taken = co_await lock.acquire();
      if (taken) result.push_back(number);
      co_return true;
    };
    const Task<bool> t1 = create_task(c(1));
    const Task<bool> t2 = create_task(c(2));
    co_await sleep(0s);
    EXPECT_THAT(result, IsEmpty());

    lock.release();
    co_await sleep(0s);
    EXPECT_THAT(result, ElementsAre(1));
    co_await sleep(0s);
    EXPECT_THAT(result, ElementsAre(1));

    const Task<bool> t3 = create_task(c(3));
    lock.release();
    co_await sleep(0s);
    EXPECT_THAT(result, ElementsAre(1, 2));
    lock.release();
    co_await sleep(0s);
    EXPECT_THAT(result, ElementsAre(1, 2, 3));

    EXPECT_TRUE(t1.done());
    EXPECT_TRUE(t1.result());
    EXPECT_TRUE(t2.done());
    EXPECT_TRUE(t2.result());
    EXPECT_TRUE(t3.done());
    EXPECT_TRUE(t3.result());
  });
}

TEST_F(CPythonLock, acquire_cancel) {
  run([]() -> Coro<void> {
    const Lock lock;
    const bool acquired = co_await lock.acquire();
    EXPECT_TRUE(acquired);
    const Task<bool> task = create_task(acquire(lock));
    get_running_loop().call_soon([=] { task.cancel(); });
    const bool cancelled = co_await raises<CancelledError>(task);
    EXPECT_TRUE(cancelled);
    EXPECT_THAT(waiters(lock), IsEmpty());
  });
}

// A holds the lock, B and C wait for it. At once B is cancelled and A releases: the release has to pass over B, whose
// wait is cancelled but still in line.
TEST_F(CPythonLock, cancel_race) {
  run([]() -> Coro<void> {
    const Lock lock;
    const auto lockit = [&](std::optional<Future<>> blocker) -> Coro<void> {
      const auto guard = co_await lock.scoped();
      if (blocker) co_await *blocker;
    };
    const Future<> fa = get_running_loop().create_future<>();
    const Task<> ta = create_task(lockit(fa));
    co_await sleep(0s);
    EXPECT_TRUE(lock.locked());
    const Task<> tb = create_task(lockit(std::nullopt));
    co_await sleep(0s);
    EXPECT_THAT(waiters(lock), SizeIs(1));
    const Task<> tc = create_task(lockit(std::nullopt));
    co_await sleep(0s);
    EXPECT_THAT(waiters(lock), SizeIs(2));

    fa.set_result();
    tb.cancel();
    EXPECT_EQ(waiters(lock).front(), WaiterStatus::kCancelled);
    co_await sleep(0s);
    EXPECT_FALSE(lock.locked());
    EXPECT_TRUE(ta.done());
    EXPECT_TRUE(tb.cancelled());
    co_await tc;
  });
}

// One holder, three waiters: the first is cancelled as the holder releases. Only one of the others gets the lock.
TEST_F(CPythonLock, cancel_release_race) {
  run([]() -> Coro<void> {
    const Lock lock;
    int lock_count = 0;
    int call_count = 0;
    const auto lockit = [&]() -> Coro<void> {
      ++call_count;
      co_await lock.acquire();
      ++lock_count;
    };
    co_await lock.acquire();
    const Task<> t1 = create_task(lockit());
    const Task<> t2 = create_task(lockit());
    const Task<> t3 = create_task(lockit());
    co_await sleep(0s);

    const auto trigger = [=] {
      t1.cancel();
      lock.release();
    };
    get_running_loop().call_soon(trigger);
    const bool cancelled = co_await raises<CancelledError>(t1);
    EXPECT_TRUE(cancelled);

    EXPECT_EQ(lock_count, 1);
    EXPECT_EQ(call_count, 3);
    EXPECT_TRUE(t1.cancelled());
    EXPECT_TRUE(t2.done());

    t3.cancel();
    co_await sleep(0s);
    EXPECT_TRUE(t3.cancelled());
  });
}

TEST_F(CPythonLock, finished_waiter_cancelled) {
  run([]() -> Coro<void> {
    const Lock lock;
    co_await lock.acquire();
    EXPECT_TRUE(lock.locked());
    const Task<bool> tb = create_task(acquire(lock));
    co_await sleep(0s);
    EXPECT_THAT(waiters(lock), SizeIs(1));

    // The first waiter is cancelled and the lock released: the second one, which comes after, gets it.
    const Task<bool> tc = create_task(acquire(lock));
    tb.cancel();
    lock.release();
    co_await sleep(0s);
    EXPECT_TRUE(lock.locked());
    EXPECT_TRUE(tb.cancelled());
    co_await tc;
  });
}

TEST_F(CPythonLock, release_not_acquired) {
  const Lock lock;
  EXPECT_THROW(lock.release(), RuntimeError);
}

TEST_F(CPythonLock, release_no_waiters) {
  run([]() -> Coro<void> {
    const Lock lock;
    co_await lock.acquire();
    EXPECT_TRUE(lock.locked());
    lock.release();
    EXPECT_FALSE(lock.locked());
  });
}

TEST_F(CPythonLock, context_manager) {
  run([]() -> Coro<void> {
    const Lock lock;
    EXPECT_FALSE(lock.locked());
    {
      const auto guard = co_await lock.scoped();
      EXPECT_TRUE(lock.locked());
    }
    EXPECT_FALSE(lock.locked());
  });
}

}  // namespace
}  // namespace corosim
