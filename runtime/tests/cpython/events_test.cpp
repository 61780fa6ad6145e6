// CPython's own tests of asyncio.Event, from `test_locks.py`, one test for one test, under the names of the Python
// methods. docs/cpython-tests.md lists the cases that have no meaning in C++.
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <corosim/runtime/event.hpp>
#include <corosim/runtime/sleep.hpp>
#include <corosim/runtime/task.hpp>

#include "isolated_test.hpp"
#include "private_state.hpp"

namespace corosim {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::raises;
using ::testing::SizeIs;
using testing::waiters;

class CPythonEvent : public testing::IsolatedTest {};

Coro<bool> wait_for_event(Event event) { co_return co_await event.wait(); }

TEST_F(CPythonEvent, wait) {
  run([]() -> Coro<void> {
    const Event ev;
    EXPECT_FALSE(ev.is_set());
    std::vector<int> result;
    const auto c = [&](int number) -> Coro<void> {
      const bool waited = co_await ev.wait();
      if (waited) result.push_back(number);
    };
    const Task<> t1 = create_task(c(1));
    const Task<> t2 = create_task(c(2));
    co_await sleep(0s);
    EXPECT_THAT(result, IsEmpty());

    const Task<> t3 = create_task(c(3));
    ev.set();
    co_await sleep(0s);
    EXPECT_THAT(result, ElementsAre(3, 1, 2));

    EXPECT_TRUE(t1.done());
    t1.result();
    EXPECT_TRUE(t2.done());
    t2.result();
    EXPECT_TRUE(t3.done());
    t3.result();
  });
}

TEST_F(CPythonEvent, wait_on_set) {
  run([]() -> Coro<void> {
    const Event ev;
    ev.set();
    const bool res = co_await ev.wait();
    EXPECT_TRUE(res);
  });
}

TEST_F(CPythonEvent, wait_cancel) {
  run([]() -> Coro<void> {
    const Event ev;
    const Task<bool> wait = create_task(wait_for_event(ev));
    get_running_loop().call_soon([=] { wait.cancel(); });
    const bool cancelled = co_await raises<CancelledError>(wait);
    EXPECT_TRUE(cancelled);
    EXPECT_THAT(waiters(ev), IsEmpty());
  });
}

TEST_F(CPythonEvent, clear) {
  const Event ev;
  EXPECT_FALSE(ev.is_set());
  ev.set();
  EXPECT_TRUE(ev.is_set());
  ev.clear();
  EXPECT_FALSE(ev.is_set());
}

TEST_F(CPythonEvent, clear_with_waiters) {
  run([]() -> Coro<void> {
    const Event ev;
    std::vector<int> result;
    const auto c1 = [&]() -> Coro<bool> {
      const bool waited = co_await ev.wait();
      if (waited) result.push_back(1);
      co_return true;
    };
    const Task<bool> t = create_task(c1());
    co_await sleep(0s);
    EXPECT_THAT(result, IsEmpty());

    ev.set();
    ev.clear();
    EXPECT_FALSE(ev.is_set());

    ev.set();
    ev.set();
    EXPECT_THAT(waiters(ev), SizeIs(1));
    co_await sleep(0s);
    EXPECT_THAT(result, ElementsAre(1));
    EXPECT_THAT(waiters(ev), SizeIs(0));
    EXPECT_TRUE(t.done());
    EXPECT_TRUE(t.result());
  });
}

}  // namespace
}  // namespace corosim
