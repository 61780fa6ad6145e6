// CPython's own tests of asyncio.Condition, from `test_locks.py`, one test for one test, under the names of the Python
// methods. docs/cpython-tests.md lists the cases that have no meaning in C++.
#include <concepts>
#include <exception>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <corosim/runtime/condition.hpp>
#include <corosim/runtime/lock.hpp>
#include <corosim/runtime/sleep.hpp>
#include <corosim/runtime/task.hpp>
#include <corosim/runtime/timeout.hpp>

#include "isolated_test.hpp"
#include "private_state.hpp"

namespace corosim {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::raises;
using testing::TestLoop;
using ::testing::ThrowsMessage;
using testing::waiters;

class CPythonCondition : public testing::IsolatedTest {
 protected:
  // The `c1`, `c2` and `c3` of the tests: waits once, keeps the lock.
  Coro<bool> wait_once(int number) {
    co_await cond.acquire();
    const bool notified = co_await cond.wait();
    if (notified) result.push_back(number);
    co_return true;
  }
  // The same, and releases the lock.
  Coro<bool> wait_and_release(int number) {
    const bool done = co_await wait_once(number);
    cond.release();
    co_return done;
  }
  // The `func` of test_cancelled_error_*: waits until `wake`; passes the CancelledError on that comes instead, and
  // keeps it in `raised`.
  Coro<void> wait_until_cancelled() {
    const auto guard = co_await cond.scoped();
    const auto predicate = [this] { return wake; };
    try {
      co_await cond.wait_for(predicate);
      ADD_FAILURE() << "no CancelledError";
    } catch (const CancelledError&) {
      raised = std::current_exception();
    }
    std::rethrow_exception(raised);
  }
  // The `consumer` of test_cancelled_wakeup*: takes one from `state` whenever it is not zero, until it is negative.
  Coro<void> consume() {
    const auto guard = co_await cond.scoped();
    const auto nonzero = [this] { return state != 0; };
    while (true) {
      co_await cond.wait_for(nonzero);
      if (state < 0) co_return;
      --state;
    }
  }
  // Waits, for a short time only, until `state` is zero.
  Coro<void> wait_for_zero() {
    const auto zero = [this] { return state == 0; };
    const auto body = [&](Timeout&) -> Coro<void> { co_await cond.wait_for(zero); };
    try {
      co_await timeout(10ms, body);
    } catch (const TimeoutError&) {
    }
  }

  const Condition cond;
  std::vector<int> result;
  bool wake = false;
  int state = 0;
  std::exception_ptr raised;
};

TEST_F(CPythonCondition, wait) {
  run([this]() -> Coro<void> {
    const Task<bool> t1 = create_task(wait_once(1));
    const Task<bool> t2 = create_task(wait_once(2));
    const Task<bool> t3 = create_task(wait_once(3));
    co_await sleep(0s);
    EXPECT_THAT(result, IsEmpty());
    EXPECT_FALSE(cond.locked());

    const bool acquired = co_await cond.acquire();
    EXPECT_TRUE(acquired);
    cond.notify();
    co_await sleep(0s);
    EXPECT_THAT(result, IsEmpty());
    EXPECT_TRUE(cond.locked());

    cond.release();
    co_await sleep(0s);
    EXPECT_THAT(result, ElementsAre(1));
    EXPECT_TRUE(cond.locked());

    cond.notify(2);
    co_await sleep(0s);
    EXPECT_THAT(result, ElementsAre(1));
    EXPECT_TRUE(cond.locked());

    cond.release();
    co_await sleep(0s);
    EXPECT_THAT(result, ElementsAre(1, 2));
    EXPECT_TRUE(cond.locked());

    cond.release();
    co_await sleep(0s);
    EXPECT_THAT(result, ElementsAre(1, 2, 3));
    EXPECT_TRUE(cond.locked());

    EXPECT_TRUE(t1.done());
    EXPECT_TRUE(t1.result());
    EXPECT_TRUE(t2.done());
    EXPECT_TRUE(t2.result());
    EXPECT_TRUE(t3.done());
    EXPECT_TRUE(t3.result());
  });
}

TEST_F(CPythonCondition, wait_cancel) {
  run([this]() -> Coro<void> {
    co_await cond.acquire();
    const Task<bool> wait = create_task(cond.wait());
    get_running_loop().call_soon([=] { wait.cancel(); });
    const bool cancelled = co_await raises<CancelledError>(wait);
    EXPECT_TRUE(cancelled);
    EXPECT_THAT(waiters(cond), IsEmpty());
    EXPECT_TRUE(cond.locked());
  });
}

TEST_F(CPythonCondition, wait_cancel_contested) {
  run([this]() -> Coro<void> {
    co_await cond.acquire();
    EXPECT_TRUE(cond.locked());
    const Task<bool> wait_task = create_task(cond.wait());
    co_await sleep(0s);
    EXPECT_FALSE(cond.locked());

    // Notified, with the lock taken, before the request to cancel.
    co_await cond.acquire();
    EXPECT_TRUE(cond.locked());
    cond.notify();
    get_running_loop().call_soon([=] { wait_task.cancel(); });
    get_running_loop().call_soon([this] { cond.release(); });
    try {
      co_await wait_task;
    } catch (const CancelledError&) {
    }
    EXPECT_TRUE(cond.locked());
  });
}

TEST_F(CPythonCondition, wait_cancel_after_notify) {
  run([this]() -> Coro<void> {
    bool waited = false;
    const auto wait_on_cond = [&]() -> Coro<void> {
      const auto guard = co_await cond.scoped();
      waited = true;
      co_await cond.wait();
    };
    const Task<> waiter = create_task(wait_on_cond());
    co_await sleep(0s);  // starts to wait

    co_await cond.acquire();
    cond.notify();
    co_await sleep(0s);  // gets to acquire()
    waiter.cancel();
    co_await sleep(0s);  // the request is noted
    cond.release();
    co_await sleep(0s);  // and delivered
    EXPECT_TRUE(waiter.cancelled());
    EXPECT_TRUE(waited);
  });
}

TEST_F(CPythonCondition, wait_unacquired) {
  run([this]() -> Coro<void> {
    const bool raised_error = co_await raises<RuntimeError>(cond.wait());
    EXPECT_TRUE(raised_error);
  });
}

TEST_F(CPythonCondition, wait_for) {
  run([this]() -> Coro<void> {
    bool presult = false;
    const auto predicate = [&] { return presult; };
    const auto c1 = [&]() -> Coro<bool> {
      co_await cond.acquire();
      const bool answer = co_await cond.wait_for(predicate);
      if (answer) {
        result.push_back(1);
        cond.release();
      }
      co_return true;
    };
    const Task<bool> t = create_task(c1());
    co_await sleep(0s);
    EXPECT_THAT(result, IsEmpty());

    co_await cond.acquire();
    cond.notify();
    cond.release();
    co_await sleep(0s);
    EXPECT_THAT(result, IsEmpty());

    presult = true;
    co_await cond.acquire();
    cond.notify();
    cond.release();
    co_await sleep(0s);
    EXPECT_THAT(result, ElementsAre(1));
    EXPECT_TRUE(t.done());
    EXPECT_TRUE(t.result());
  });
}

TEST_F(CPythonCondition, wait_for_unacquired) {
  run([this]() -> Coro<void> {
    // The result is what the predicate gave, not only whether it holds.
    const auto at_once = [] { return std::optional(std::vector<int>{1, 2, 3}); };
    const auto res = co_await cond.wait_for(at_once);
    EXPECT_EQ(res, at_once());

    const auto never = [] { return false; };
    const bool raised_error = co_await raises<RuntimeError>(cond.wait_for(never));
    EXPECT_TRUE(raised_error);
  });
}

TEST_F(CPythonCondition, notify) {
  run([this]() -> Coro<void> {
    const Task<bool> t1 = create_task(wait_and_release(1));
    const Task<bool> t2 = create_task(wait_and_release(2));
    const Task<bool> t3 = create_task(wait_and_release(3));
    co_await sleep(0s);
    EXPECT_THAT(result, IsEmpty());

    co_await cond.acquire();
    cond.notify(1);
    cond.release();
    co_await sleep(0s);
    EXPECT_THAT(result, ElementsAre(1));

    co_await cond.acquire();
    cond.notify(1);
    cond.notify(2048);
    cond.release();
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

TEST_F(CPythonCondition, notify_all) {
  run([this]() -> Coro<void> {
    const Task<bool> t1 = create_task(wait_and_release(1));
    const Task<bool> t2 = create_task(wait_and_release(2));
    co_await sleep(0s);
    EXPECT_THAT(result, IsEmpty());

    co_await cond.acquire();
    cond.notify_all();
    cond.release();
    co_await sleep(0s);
    EXPECT_THAT(result, ElementsAre(1, 2));

    EXPECT_TRUE(t1.done());
    EXPECT_TRUE(t1.result());
    EXPECT_TRUE(t2.done());
    EXPECT_TRUE(t2.result());
  });
}

TEST_F(CPythonCondition, notify_unacquired) { EXPECT_THROW(cond.notify(), RuntimeError); }

TEST_F(CPythonCondition, notify_all_unacquired) { EXPECT_THROW(cond.notify_all(), RuntimeError); }

TEST_F(CPythonCondition, context_manager) {
  run([this]() -> Coro<void> {
    EXPECT_FALSE(cond.locked());
    {
      const auto guard = co_await cond.scoped();
      EXPECT_TRUE(cond.locked());
    }
    EXPECT_FALSE(cond.locked());
  });
}

// That the condition's lock is the given one shows in that each is locked when the other is.
TEST_F(CPythonCondition, explicit_lock) {
  run([]() -> Coro<void> {
    const auto f = [](std::optional<Lock> given_lock, std::optional<Condition> given_condition) -> Coro<void> {
      const Lock lock = given_lock.value_or(Lock());
      const Condition condition = given_condition.value_or(Condition(lock));
      EXPECT_FALSE(lock.locked());
      EXPECT_FALSE(condition.locked());
      {
        const auto guard = co_await condition.scoped();
        EXPECT_TRUE(lock.locked());
        EXPECT_TRUE(condition.locked());
      }
      EXPECT_FALSE(lock.locked());
      EXPECT_FALSE(condition.locked());
      {
        const auto guard = co_await lock.scoped();
        EXPECT_TRUE(lock.locked());
        EXPECT_TRUE(condition.locked());
      }
      EXPECT_FALSE(lock.locked());
      EXPECT_FALSE(condition.locked());
    };
    co_await f(std::nullopt, std::nullopt);
    co_await f(Lock(), std::nullopt);
    const Lock lock;
    co_await f(lock, Condition(lock));
  });
}

// Where the Python test sets `_loop`, a task of another loop has waited here.
TEST_F(CPythonCondition, ambiguous_loops) {
  const TestLoop other;
  const Lock wrong_loop_lock;
  const Condition wrong_loop_cond;
  const auto bind = [](auto wait) -> Coro<void> {
    const auto task = create_task(std::move(wait));
    co_await sleep(0s);
    task.cancel();
    const bool cancelled = co_await raises<CancelledError>(task);
    EXPECT_TRUE(cancelled);
  };
  const auto bind_both = [&]() -> Coro<void> {
    co_await wrong_loop_lock.acquire();
    co_await bind(testing::acquire(wrong_loop_lock));
    wrong_loop_lock.release();
    co_await wrong_loop_cond.acquire();
    co_await bind(wrong_loop_cond.wait());
    wrong_loop_cond.release();
  };
  other->run_until_complete(bind_both());

  const auto wrong_loop_in_lock = [&]() -> Coro<void> {
    EXPECT_FALSE((std::constructible_from<Lock, EventLoop&>));
    const auto guard = co_await wrong_loop_lock.scoped();  // the lock is free: taken without any loop
    const Condition condition(wrong_loop_lock);
    co_await condition.acquire();
  };
  EXPECT_THAT([&] { loop->run_until_complete(wrong_loop_in_lock()); },
              ThrowsMessage<RuntimeError>(HasSubstr("is bound to a different event loop")));

  const auto wrong_loop_in_cond = [&]() -> Coro<void> {
    EXPECT_FALSE((std::constructible_from<Condition, Lock, EventLoop&>));
    const auto guard = co_await wrong_loop_cond.scoped();
    co_await wrong_loop_cond.wait();
  };
  EXPECT_THAT([&] { loop->run_until_complete(wrong_loop_in_cond()); },
              ThrowsMessage<RuntimeError>(HasSubstr("is bound to a different event loop")));
}

TEST_F(CPythonCondition, timeout_in_block) {
  run([this]() -> Coro<void> {
    const auto guard = co_await cond.scoped();
    const bool timed_out = co_await raises<TimeoutError>(corosim::wait_for(cond.wait(), 500ms));
    EXPECT_TRUE(timed_out);
  });
}

// A CancelledError that comes while the task waits to be woken is passed on: itself, not another one.
TEST_F(CPythonCondition, cancelled_error_wakeup) {
  run([this]() -> Coro<void> {
    const Task<> task = create_task(wait_until_cancelled());
    co_await sleep(0s);
    task.cancel("foo");
    try {
      co_await task;
      ADD_FAILURE() << "no CancelledError";
    } catch (const CancelledError& error) {
      EXPECT_TRUE(error.message() && error.message().text() == "foo");
      EXPECT_EQ(std::current_exception(), raised);
    }
  });
}

// The same where it comes while the task takes the lock again.
TEST_F(CPythonCondition, cancelled_error_re_aquire) {
  run([this]() -> Coro<void> {
    const Task<> task = create_task(wait_until_cancelled());
    co_await sleep(0s);
    co_await cond.acquire();
    wake = true;
    cond.notify();
    co_await sleep(0s);
    task.cancel("foo");
    cond.release();
    try {
      co_await task;
      ADD_FAILURE() << "no CancelledError";
    } catch (const CancelledError& error) {
      EXPECT_TRUE(error.message() && error.message().text() == "foo");
      EXPECT_EQ(std::current_exception(), raised);
    }
  });
}

// A task that is cancelled as it is notified does not lose the notification: another waiter gets it.
TEST_F(CPythonCondition, cancelled_wakeup) {
  run([this]() -> Coro<void> {
    const Task<> c0 = create_task(consume());
    const Task<> c1 = create_task(consume());
    co_await sleep(0s);
    {
      const auto guard = co_await cond.scoped();
      ++state;
      cond.notify(1);
      c0.cancel();
      co_await wait_for_zero();
      EXPECT_EQ(state, 0);
      state = -1;
      cond.notify_all();
    }
    co_await c1;
  });
}

// The same where it is cancelled while it takes the lock again.
TEST_F(CPythonCondition, cancelled_wakeup_relock) {
  run([this]() -> Coro<void> {
    const Task<> c0 = create_task(consume());
    const Task<> c1 = create_task(consume());
    co_await sleep(0s);
    {
      const auto guard = co_await cond.scoped();
      ++state;
      cond.notify(1);
      co_await sleep(0s);
      c0.cancel();
      co_await wait_for_zero();
      EXPECT_EQ(state, 0);
      state = -1;
      cond.notify_all();
    }
    co_await c1;
  });
}

}  // namespace
}  // namespace corosim
