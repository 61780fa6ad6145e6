// CPython's own tests of task groups, the numbered ones: the first half of `test_taskgroups.py`, one test for one test,
// under the names of the Python methods. The others are in task_groups_scope_test.cpp. docs/cpython-tests.md lists the
// cases that have no meaning in C++.
#include <exception>
#include <string>

#include <gtest/gtest.h>

#include <corosim/runtime/sleep.hpp>
#include <corosim/runtime/task.hpp>
#include <corosim/runtime/task_group.hpp>

#include "task_groups_fixture.hpp"

namespace corosim {
namespace {

using namespace std::chrono_literals;
using testing::CPythonTaskGroup;
using testing::error_of;
using testing::error_of_cancelled;
using testing::error_of_task;
using testing::MyBaseExc;
using testing::MyExc;
using testing::raise_after;
using testing::raise_finally;
using testing::return_after;
using testing::TypeError;
using testing::ZeroDivisionError;

std::string loop_name(const ::testing::TestParamInfo<bool>& eager) { return eager.param ? "Eager" : "Lazy"; }

Coro<void> sleep_for(Duration delay) { co_await sleep(delay); }

Coro<void> crash_after(Duration delay) {
  co_await sleep(delay);
  throw ValueError("crashed");
}

// Sleeps, and adds to `count` when it is cancelled.
Coro<void> count_cancellation(Duration delay, int& count, int by) {
  try {
    co_await sleep(delay);
  } catch (const CancelledError&) {
    count += by;
    throw;
  }
}

TEST_P(CPythonTaskGroup, taskgroup_01) {
  Task<int> t1;
  Task<int> t2;
  const auto body = [&](TaskGroup& g) -> Coro<void> {
    t1 = g.create_task(return_after(100ms, 42));
    t2 = g.create_task(return_after(200ms, 11));
    co_return;
  };
  loop->run_until_complete(task_group(body));
  EXPECT_EQ(t1.result(), 42);
  EXPECT_EQ(t2.result(), 11);
}

TEST_P(CPythonTaskGroup, taskgroup_02) {
  Task<int> t1;
  Task<int> t2;
  const auto body = [&](TaskGroup& g) -> Coro<void> {
    t1 = g.create_task(return_after(100ms, 42));
    co_await sleep(150ms);
    t2 = g.create_task(return_after(200ms, 11));
  };
  loop->run_until_complete(task_group(body));
  EXPECT_EQ(t1.result(), 42);
  EXPECT_EQ(t2.result(), 11);
}

TEST_P(CPythonTaskGroup, taskgroup_03) {
  Task<int> t1;
  Task<int> t2;
  const auto body = [&](TaskGroup& g) -> Coro<void> {
    t1 = g.create_task(return_after(1s, 42));
    co_await sleep(150ms);
    // The explicit cancellation of t1 is no matter of the group: everything goes on.
    t1.cancel();
    t2 = g.create_task(return_after(200ms, 11));
  };
  loop->run_until_complete(task_group(body));
  EXPECT_TRUE(t1.cancelled());
  EXPECT_EQ(t2.result(), 11);
}

TEST_P(CPythonTaskGroup, taskgroup_04) {
  int num = 0;
  bool t2_cancel = false;
  Task<> t2;
  const auto foo2 = [&]() -> Coro<void> {
    try {
      co_await sleep(1s);
    } catch (const CancelledError&) {
      t2_cancel = true;
      throw;
    }
    ++num;
  };
  const auto body = [&](TaskGroup& g) -> Coro<void> {
    g.create_task(raise_after<ZeroDivisionError>(100ms));
    t2 = g.create_task(foo2());
    co_return;
  };
  const auto runner = [&]() -> Coro<void> {
    co_await task_group(body);
    num += 10;
  };
  EXPECT_EQ(loop->run_until_complete(error_of_task(runner())), "ExceptionGroup{ZeroDivisionError}");
  EXPECT_EQ(num, 0);
  EXPECT_TRUE(t2_cancel);
  EXPECT_TRUE(t2.cancelled());
}

// A child's error cancels the other children, and the errors are gathered in a group.
TEST_P(CPythonTaskGroup, cancel_children_on_child_error) {
  int num = 0;
  bool t2_cancel = false;
  bool runner_cancel = false;
  const auto foo2 = [&]() -> Coro<void> {
    try {
      co_await sleep(5s);
    } catch (const CancelledError&) {
      t2_cancel = true;
      throw;
    }
    ++num;
  };
  const auto body = [&](TaskGroup& g) -> Coro<void> {
    for (int i = 0; i < 3; ++i) g.create_task(raise_after<ZeroDivisionError>(100ms));
    g.create_task(foo2());
    try {
      co_await sleep(10s);
    } catch (const CancelledError&) {
      runner_cancel = true;
      throw;
    }
  };
  const auto runner = [&]() -> Coro<void> {
    co_await task_group(body);
    num += 10;
  };
  EXPECT_EQ(loop->run_until_complete(error_of_task(runner())), "ExceptionGroup{ZeroDivisionError}");
  EXPECT_EQ(num, 0);
  EXPECT_TRUE(t2_cancel);
  EXPECT_TRUE(runner_cancel);
}

TEST_P(CPythonTaskGroup, cancellation) {
  int num = 0;
  const auto body = [&](TaskGroup& g) -> Coro<void> {
    for (int i = 0; i < 5; ++i) g.create_task(count_cancellation(5s, num, 1));
    co_return;
  };
  EXPECT_EQ(loop->run_until_complete(error_of_cancelled(task_group(body))), "CancelledError");
  EXPECT_EQ(num, 5);
}

TEST_P(CPythonTaskGroup, taskgroup_07) {
  int num = 0;
  const auto body = [&](TaskGroup& g) -> Coro<void> {
    for (int i = 0; i < 5; ++i) g.create_task(count_cancellation(5s, num, 1));
    co_await count_cancellation(10s, num, 10);
  };
  EXPECT_EQ(loop->run_until_complete(error_of_cancelled(task_group(body))), "CancelledError");
  EXPECT_EQ(num, 15);
}

TEST_P(CPythonTaskGroup, taskgroup_08) {
  const auto body = [](TaskGroup& g) -> Coro<void> {
    for (int i = 0; i < 5; ++i) g.create_task(raise_finally<ZeroDivisionError>(10s));
    co_await sleep(10s);
  };
  EXPECT_EQ(loop->run_until_complete(error_of_cancelled(task_group(body))), "ExceptionGroup{ZeroDivisionError}");
}

TEST_P(CPythonTaskGroup, taskgroup_09) {
  Task<int> t1;
  Task<int> t2;
  const auto body = [&](TaskGroup& g) -> Coro<void> {
    t1 = g.create_task(return_after(1s, 42));
    t2 = g.create_task(return_after(2s, 11));
    co_await sleep(100ms);
    throw ZeroDivisionError();
  };
  EXPECT_EQ(loop->run_until_complete(error_of(task_group(body))), "ExceptionGroup{ZeroDivisionError}");
  EXPECT_TRUE(t1.cancelled());
  EXPECT_TRUE(t2.cancelled());
}

TEST_P(CPythonTaskGroup, taskgroup_10) {
  Task<int> t1;
  Task<int> t2;
  const auto body = [&](TaskGroup& g) -> Coro<void> {
    t1 = g.create_task(return_after(1s, 42));
    t2 = g.create_task(return_after(2s, 11));
    throw ZeroDivisionError();
    co_return;
  };
  EXPECT_EQ(loop->run_until_complete(error_of(task_group(body))), "ExceptionGroup{ZeroDivisionError}");
  EXPECT_TRUE(t1.cancelled());
  EXPECT_TRUE(t2.cancelled());
}

TEST_P(CPythonTaskGroup, taskgroup_11) {
  const auto inner = [](TaskGroup& g2) -> Coro<void> {
    for (int i = 0; i < 5; ++i) g2.create_task(raise_finally<ZeroDivisionError>(10s));
    co_await sleep(10s);
  };
  const auto outer = [&](TaskGroup&) -> Coro<void> { co_await task_group(inner); };
  EXPECT_EQ(loop->run_until_complete(error_of_cancelled(task_group(outer))),
            "ExceptionGroup{ExceptionGroup{ZeroDivisionError}}");
}

TEST_P(CPythonTaskGroup, taskgroup_12) {
  const auto inner = [](TaskGroup& g2) -> Coro<void> {
    for (int i = 0; i < 5; ++i) g2.create_task(raise_finally<ZeroDivisionError>(10s));
    co_await sleep(10s);
  };
  const auto outer = [&](TaskGroup& g1) -> Coro<void> {
    g1.create_task(sleep_for(10s));
    co_await task_group(inner);
  };
  EXPECT_EQ(loop->run_until_complete(error_of_cancelled(task_group(outer))),
            "ExceptionGroup{ExceptionGroup{ZeroDivisionError}}");
}

TEST_P(CPythonTaskGroup, taskgroup_13) {
  const auto inner = [](TaskGroup& g2) -> Coro<void> {
    g2.create_task(crash_after(10s));
    co_return;
  };
  const auto outer = [&](TaskGroup& g1) -> Coro<void> {
    g1.create_task(crash_after(100ms));
    co_await task_group(inner);
  };
  EXPECT_EQ(loop->run_until_complete(error_of_task(task_group(outer))), "ExceptionGroup{ValueError}");
}

TEST_P(CPythonTaskGroup, taskgroup_14) {
  const auto inner = [](TaskGroup& g2) -> Coro<void> {
    g2.create_task(crash_after(100ms));
    co_return;
  };
  const auto outer = [&](TaskGroup& g1) -> Coro<void> {
    g1.create_task(crash_after(10s));
    co_await task_group(inner);
  };
  EXPECT_EQ(loop->run_until_complete(error_of_task(task_group(outer))), "ExceptionGroup{ExceptionGroup{ValueError}}");
}

// Goes on sleeping for a while when it is cancelled: an `await` in Python's handler.
Coro<void> linger_when_cancelled() {
  std::exception_ptr cancellation;
  try {
    co_await sleep(10s);
  } catch (const CancelledError&) {
    cancellation = std::current_exception();
  }
  if (!cancellation) co_return;
  co_await sleep(500ms);
  std::rethrow_exception(cancellation);
}

TEST_P(CPythonTaskGroup, taskgroup_15) {
  const auto body = [](TaskGroup& g1) -> Coro<void> {
    g1.create_task(raise_after<ZeroDivisionError>(300ms));
    co_await linger_when_cancelled();
  };
  EXPECT_EQ(loop->run_until_complete(error_of_cancelled(task_group(body))), "ExceptionGroup{ZeroDivisionError}");
}

TEST_P(CPythonTaskGroup, taskgroup_16) {
  const auto body = [](TaskGroup& g1) -> Coro<void> {
    g1.create_task(raise_after<ZeroDivisionError>(300ms));
    co_await linger_when_cancelled();
  };
  const auto runner = [&]() -> Coro<void> {
    const Task<> t = create_task(task_group(body));
    co_await t;
  };
  EXPECT_EQ(loop->run_until_complete(error_of_cancelled(runner())), "ExceptionGroup{ZeroDivisionError}");
}

TEST_P(CPythonTaskGroup, taskgroup_17) {
  int num = 0;
  const auto body = [&](TaskGroup&) -> Coro<void> { co_await count_cancellation(10s, num, 10); };
  EXPECT_EQ(loop->run_until_complete(error_of_cancelled(task_group(body))), "CancelledError");
  EXPECT_EQ(num, 10);
}

TEST_P(CPythonTaskGroup, taskgroup_18) {
  int num = 0;
  const auto body = [&](TaskGroup&) -> Coro<void> {
    try {
      co_await sleep(10s);
    } catch (const CancelledError&) {
      num += 10;
      throw MyExc();  // not a good idea, CPython says, but to be supported
    }
  };
  EXPECT_EQ(loop->run_until_complete(error_of_cancelled(task_group(body))), "ExceptionGroup{MyExc}");
  EXPECT_EQ(num, 10);
}

TEST_P(CPythonTaskGroup, taskgroup_19) {
  const auto body = [](TaskGroup& g) -> Coro<void> {
    g.create_task(raise_after<ZeroDivisionError>(100ms));
    co_await raise_finally<MyExc>(10s);
  };
  EXPECT_EQ(loop->run_until_complete(error_of_task(task_group(body))), "ExceptionGroup{MyExc,ZeroDivisionError}");
}

TEST_P(CPythonTaskGroup, taskgroup_20a) {
  const auto body = [](TaskGroup& g) -> Coro<void> {
    g.create_task(raise_after<ZeroDivisionError>(100ms));
    co_await raise_finally<MyBaseExc>(10s);
  };
  EXPECT_EQ(loop->run_until_complete(error_of(task_group(body))), "BaseExceptionGroup{MyBaseExc,ZeroDivisionError}");
}

TEST_P(CPythonTaskGroup, taskgroup_21a) {
  const auto body = [](TaskGroup& g) -> Coro<void> {
    g.create_task(raise_after<MyBaseExc>(100ms));
    co_await raise_finally<TypeError>(10s);
  };
  EXPECT_EQ(loop->run_until_complete(error_of(task_group(body))), "BaseExceptionGroup{MyBaseExc,TypeError}");
}

TEST_P(CPythonTaskGroup, taskgroup_22) {
  const auto body = [](TaskGroup& g) -> Coro<void> {
    g.create_task(return_after(1s, 42));
    g.create_task(return_after(2s, 11));
    co_return;
  };
  EXPECT_EQ(loop->run_until_complete(error_of_cancelled(task_group(body), 50ms)), "CancelledError");
}

// Python counts `g._tasks`: all tasks that are not done but this one.
TEST_P(CPythonTaskGroup, taskgroup_23) {
  const auto body = [](TaskGroup& g) -> Coro<void> {
    for (int count = 0; count < 10; ++count) {
      co_await sleep(100ms);
      g.create_task(sleep_for(300ms));
      if (count != 5) continue;
      EXPECT_LT(all_tasks().size() - 1, 5U);
    }
    co_await sleep(1350ms);
    EXPECT_EQ(all_tasks().size() - 1, 0U);
  };
  loop->run_until_complete(task_group(body));
}

TEST_P(CPythonTaskGroup, taskgroup_24) {
  const auto root = [](TaskGroup& g) -> Coro<void> {
    co_await sleep(100ms);
    g.create_task(sleep_for(100ms));
    g.create_task(sleep_for(200ms));
  };
  const auto body = [&](TaskGroup& g) -> Coro<void> {
    g.create_task(root(g));
    co_return;
  };
  loop->run_until_complete(task_group(body));
  EXPECT_EQ(loop.time(), 300ms);
}

Coro<void> hydra(TaskGroup& g, int& nhydras) {
  ++nhydras;
  co_await sleep(10ms);
  for (int head = 0; head < 2; ++head) g.create_task(hydra(g, nhydras));
}

TEST_P(CPythonTaskGroup, taskgroup_25) {
  int nhydras = 0;
  const auto hercules = [&]() -> Coro<void> {
    while (nhydras < 10) co_await sleep(15ms);
    throw ZeroDivisionError();
  };
  const auto body = [&](TaskGroup& g) -> Coro<void> {
    g.create_task(hydra(g, nhydras));
    g.create_task(hercules());
    co_return;
  };
  EXPECT_EQ(loop->run_until_complete(error_of(task_group(body))), "ExceptionGroup{ZeroDivisionError}");
  EXPECT_GE(nhydras, 10);
}

INSTANTIATE_TEST_SUITE_P(Loops, CPythonTaskGroup, ::testing::Bool(), loop_name);

}  // namespace
}  // namespace corosim
