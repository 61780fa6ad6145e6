// CPython's own tests of cancelling tasks, from `test_tasks.py`, one test for one test, under the names of the Python
// methods. docs/cpython-tests.md lists the cases that have no meaning in C++.
#include <exception>
#include <string>
#include <tuple>
#include <vector>

#include <gtest/gtest.h>

#include <corosim/runtime/sleep.hpp>
#include <corosim/runtime/task.hpp>
#include <corosim/runtime/wait.hpp>

#include "test_loop.hpp"

namespace corosim {
namespace {

using namespace std::chrono_literals;
using testing::cancelled_with;
using testing::run_cancelled;
using testing::TestLoop;

Coro<void> sleep_for(Duration delay) { co_await sleep(delay); }

// Python's `_must_cancel`: the next step of the task delivers a cancellation.
bool must_cancel(const AnyTask& task) { return task.state()->as_task()->delivers_cancellation(); }
// Python's `_fut_waiter is not None`.
bool has_waiter(const AnyTask& task) { return task.state()->as_task()->parked() != nullptr; }

struct MessageCase {
  CancelMessage given;
  std::string expected;
};
// Python's two further cases, `cancel(None)` and a message that is a number, are the first one and none here.
std::vector<MessageCase> message_cases() { return {{CancelMessage(), "(none)"}, {"my message", "my message"}}; }

TEST(CPythonTasks, cancelling) {
  TestLoop loop;
  const Task<> t = loop->create_task(sleep_for(10s));
  EXPECT_EQ(t.cancelling(), 0);
  EXPECT_TRUE(t.cancel());
  EXPECT_EQ(t.cancelling(), 1);
  EXPECT_TRUE(t.cancel());
  run_cancelled(loop, t);
}

TEST(CPythonTasks, uncancel_basic) {
  TestLoop loop;
  const auto task = []() -> Coro<void> {
    bool cancelled = false;
    try {
      co_await sleep(10s);
    } catch (const CancelledError&) {
      current_task()->uncancel();
      cancelled = true;
    }
    if (cancelled) co_await sleep(10s);
  };
  const Task<> t = loop->create_task(task());
  loop->run_until_complete(sleep_for(10ms));

  EXPECT_TRUE(t.cancel());  // the first sleep
  EXPECT_EQ(t.cancelling(), 1);
  EXPECT_FALSE(t.cancelled());
  loop->run_until_complete(sleep_for(10ms));

  EXPECT_EQ(t.cancelling(), 0);
  EXPECT_FALSE(t.cancelled());

  EXPECT_TRUE(t.cancel());  // the second sleep
  EXPECT_EQ(t.cancelling(), 1);
  EXPECT_FALSE(t.cancelled());
  run_cancelled(loop, t);
  EXPECT_TRUE(t.cancelled());
  EXPECT_TRUE(t.done());

  t.uncancel();  // no longer effective
  EXPECT_TRUE(t.cancelled());
  EXPECT_TRUE(t.done());
}

TEST(CPythonTasks, uncancel_structured_blocks) {
  TestLoop loop;
  using Result = std::tuple<bool, bool, bool>;  // timed out; structured block finished; outer code reached
  const auto make_request_with_timeout = [](Duration delay, Duration limit) -> Coro<Result> {
    const AnyTask task = *current_task();
    bool timed_out = false;
    bool structured_block_finished = false;
    TimerHandle timeout = task.get_loop().call_later(limit, [&timed_out, &task] {
      timed_out = true;
      task.cancel();
    });
    std::exception_ptr left;
    try {
      co_await sleep(delay);
      structured_block_finished = true;
    } catch (...) {
      left = std::current_exception();
    }
    timeout.cancel();
    if (timed_out && task.uncancel() == 0 && left && holds<CancelledError>(left)) {
      left = nullptr;  // Python: raise TimeoutError, caught around the block
    }
    if (left) std::rethrow_exception(left);
    co_await sleep(0s);
    co_return Result(timed_out, structured_block_finished, true);
  };
  const Task<Result> t1 = loop->create_task(make_request_with_timeout(10s, 100ms));
  EXPECT_EQ(loop->run_until_complete(t1), Result(true, false, true));
  EXPECT_EQ(t1.cancelling(), 0);

  const Task<Result> t2 = loop->create_task(make_request_with_timeout(0s, 10s));
  EXPECT_EQ(loop->run_until_complete(t2), Result(false, true, true));
  EXPECT_EQ(t2.cancelling(), 0);
}

TEST(CPythonTasks, uncancel_resets_must_cancel) {
  TestLoop loop;
  const Future<> fut = loop->create_future<>();
  const auto coro = [&]() -> Coro<int> {
    co_await fut;
    co_return 42;
  };
  const Task<int> task = loop->create_task(coro());
  loop->run_until_complete(sleep_for(0s));  // the task waits for fut
  fut.set_result();                         // the task is scheduled
  task.cancel();
  EXPECT_EQ(task.cancelling(), 1);
  EXPECT_TRUE(must_cancel(task));
  task.uncancel();
  EXPECT_EQ(task.cancelling(), 0);
  EXPECT_FALSE(must_cancel(task));
  EXPECT_EQ(loop->run_until_complete(task), 42);
}

TEST(CPythonTasks, cancel) {
  TestLoop loop;
  const auto task = []() -> Coro<int> {
    co_await sleep(10s);
    co_return 12;
  };
  const Task<int> t = loop->create_task(task());
  loop->call_soon([&] { t.cancel(); });
  run_cancelled(loop, t);
  EXPECT_TRUE(t.done());
  EXPECT_TRUE(t.cancelled());
  EXPECT_FALSE(t.cancel());
  EXPECT_EQ(loop.time(), 0s);
}

TEST(CPythonTasks, cancel_with_message_then_future_result) {
  for (const MessageCase& message : message_cases()) {
    TestLoop loop;
    const auto coro = [&]() -> Coro<void> {
      const Task<> task = create_task(sleep_for(10s));
      co_await sleep(0s);
      task.cancel(message.given);
      co_await wait(std::vector<Task<>>(1, task));
      task.result();
    };
    const Task<> task = loop->create_task(coro());
    EXPECT_EQ(run_cancelled(loop, task), message.expected);
  }
}

TEST(CPythonTasks, cancel_with_message_then_future_exception) {
  for (const MessageCase& message : message_cases()) {
    TestLoop loop;
    const auto coro = [&]() -> Coro<void> {
      const Task<> task = create_task(sleep_for(10s));
      co_await sleep(0s);
      task.cancel(message.given);
      co_await wait(std::vector<Task<>>(1, task));
      task.exception();
    };
    const Task<> task = loop->create_task(coro());
    EXPECT_EQ(run_cancelled(loop, task), message.expected);
  }
}

// Python's `raise ValueError from ex`: the nested exception.
TEST(CPythonTasks, cancellation_exception_context) {
  TestLoop loop;
  const Future<> fut = loop->create_future<>();
  const auto sleeper = [&]() -> Coro<void> {
    fut.set_result();
    co_await sleep(10s);
  };
  const auto coro = [&]() -> Coro<void> {
    const Task<> inner_task = create_task(sleeper());
    co_await fut;
    get_running_loop().call_soon([inner_task] { inner_task.cancel("msg"); });
    try {
      co_await inner_task;
    } catch (const CancelledError&) {
      std::throw_with_nested(ValueError("cancelled"));
    }
  };
  const Task<> task = loop->create_task(coro());
  try {
    loop->run_until_complete(task);
    ADD_FAILURE() << "no ValueError";
  } catch (const ValueError& error) {
    EXPECT_STREQ(error.what(), "cancelled");
    EXPECT_EQ(cancelled_with([&] { std::rethrow_if_nested(error); }), "msg");
  }
}

TEST(CPythonTasks, cancel_with_message_before_starting_task) {
  TestLoop loop;
  const auto coro = []() -> Coro<void> {
    const Task<> task = create_task(sleep_for(10s));
    task.cancel("my message");
    co_await wait(std::vector<Task<>>(1, task));
    task.exception();
  };
  const Task<> task = loop->create_task(coro());
  EXPECT_EQ(run_cancelled(loop, task), "my message");
}

TEST(CPythonTasks, cancel_yield) {
  TestLoop loop;
  const auto task = []() -> Coro<int> {
    co_await sleep(0s);
    co_await sleep(0s);
    co_return 12;
  };
  const Task<int> t = loop->create_task(task());
  loop.run_briefly();
  t.cancel();
  run_cancelled(loop, t);
  EXPECT_TRUE(t.done());
  EXPECT_TRUE(t.cancelled());
  EXPECT_FALSE(t.cancel());
}

TEST(CPythonTasks, cancel_inner_future) {
  TestLoop loop;
  const Future<> f = loop->create_future<>();
  const auto task = [&]() -> Coro<int> {
    co_await f;
    co_return 12;
  };
  const Task<int> t = loop->create_task(task());
  loop.run_briefly();
  f.cancel();
  run_cancelled(loop, t);
  EXPECT_TRUE(f.cancelled());
  EXPECT_TRUE(t.cancelled());
}

TEST(CPythonTasks, cancel_both_task_and_inner_future) {
  TestLoop loop;
  const Future<> f = loop->create_future<>();
  const auto task = [&]() -> Coro<int> {
    co_await f;
    co_return 12;
  };
  const Task<int> t = loop->create_task(task());
  loop.run_briefly();
  f.cancel();
  t.cancel();
  run_cancelled(loop, t);
  EXPECT_TRUE(t.done());
  EXPECT_TRUE(f.cancelled());
  EXPECT_TRUE(t.cancelled());
}

TEST(CPythonTasks, cancel_task_catching) {
  TestLoop loop;
  const Future<> fut1 = loop->create_future<>();
  const Future<> fut2 = loop->create_future<>();
  const auto task = [&]() -> Coro<int> {
    co_await fut1;
    try {
      co_await fut2;
    } catch (const CancelledError&) {
      co_return 42;
    }
    co_return 0;
  };
  const Task<int> t = loop->create_task(task());
  loop.run_briefly();
  EXPECT_TRUE(has_waiter(t));
  fut1.set_result();
  loop.run_briefly();
  EXPECT_TRUE(has_waiter(t));
  t.cancel();
  EXPECT_TRUE(fut2.cancelled());
  EXPECT_EQ(loop->run_until_complete(t), 42);
  EXPECT_FALSE(t.cancelled());
}

TEST(CPythonTasks, cancel_task_ignoring) {
  TestLoop loop;
  const Future<> fut1 = loop->create_future<>();
  const Future<> fut2 = loop->create_future<>();
  const Future<int> fut3 = loop->create_future<int>();
  const auto task = [&]() -> Coro<int> {
    co_await fut1;
    try {
      co_await fut2;
    } catch (const CancelledError&) {
    }
    co_return co_await fut3;
  };
  const Task<int> t = loop->create_task(task());
  loop.run_briefly();
  fut1.set_result();
  loop.run_briefly();
  t.cancel();
  EXPECT_TRUE(fut2.cancelled());
  loop.run_briefly();
  EXPECT_TRUE(has_waiter(t));
  fut3.set_result(42);
  EXPECT_EQ(loop->run_until_complete(t), 42);
  EXPECT_FALSE(fut3.cancelled());
  EXPECT_FALSE(t.cancelled());
}

TEST(CPythonTasks, cancel_current_task) {
  TestLoop loop;
  Task<int> t;
  const auto task = [&]() -> Coro<int> {
    t.cancel();
    EXPECT_TRUE(must_cancel(t));
    co_await sleep(100s);  // cancelled at once
    co_return 12;
  };
  t = loop->create_task(task());
  EXPECT_FALSE(t.cancelled());
  run_cancelled(loop, t);
  EXPECT_TRUE(t.done());
  EXPECT_TRUE(t.cancelled());
  EXPECT_FALSE(must_cancel(t));
  EXPECT_FALSE(t.cancel());
  EXPECT_EQ(loop.time(), 0s);
}

TEST(CPythonTasks, cancel_at_end) {
  TestLoop loop;
  Task<int> t;
  const auto task = [&]() -> Coro<int> {
    t.cancel();
    EXPECT_TRUE(must_cancel(t));
    co_return 12;
  };
  t = loop->create_task(task());
  EXPECT_FALSE(t.cancelled());
  run_cancelled(loop, t);
  EXPECT_TRUE(t.done());
  EXPECT_TRUE(t.cancelled());
  EXPECT_FALSE(must_cancel(t));
  EXPECT_FALSE(t.cancel());
}

TEST(CPythonTasks, cancel_awaited_task) {
  TestLoop loop;
  Task<> task;
  Task<> nested_task;
  const Future<> fut = loop->create_future<>();
  const auto nested = [&]() -> Coro<void> { co_await fut; };
  const auto coro = [&]() -> Coro<void> {
    nested_task = create_task(nested());
    co_await sleep(0s);
    task.cancel();
    co_await nested_task;  // cancelled at once
  };
  task = loop->create_task(coro());
  run_cancelled(loop, task);
  EXPECT_TRUE(task.cancelled());
  EXPECT_TRUE(nested_task.cancelled());
  EXPECT_TRUE(fut.cancelled());
}

TEST(CPythonTasks, task_cancel_sleeping_task) {
  TestLoop loop;
  const auto doit = []() -> Coro<std::string> {
    const Task<> sleeper = create_task(sleep_for(5000s));
    get_running_loop().call_later(100ms, [sleeper] { sleeper.cancel(); });
    try {
      co_await sleeper;
    } catch (const CancelledError&) {
      co_return "cancelled";
    }
    co_return "slept in";
  };
  EXPECT_EQ(loop->run_until_complete(doit()), "cancelled");
  EXPECT_EQ(loop.time(), 100ms);
}

TEST(CPythonTasks, task_cancel_waiter_future) {
  TestLoop loop;
  const Future<> fut = loop->create_future<>();
  const auto coro = [&]() -> Coro<void> { co_await fut; };
  const Task<> task = loop->create_task(coro());
  loop.run_briefly();
  EXPECT_TRUE(has_waiter(task));
  task.cancel();
  loop.run_briefly();
  run_cancelled(loop, task);
  EXPECT_FALSE(has_waiter(task));
  EXPECT_TRUE(fut.cancelled());
}

// Python also lets SystemExit through the loop; no exception does that here.
TEST(CPythonTasks, baseexception_during_cancel) {
  TestLoop loop;
  struct SystemExit {};
  const std::exception_ptr base_exc = std::make_exception_ptr(SystemExit());
  const auto notmutch = [&]() -> Coro<void> {
    try {
      co_await sleep_for(10s);
    } catch (const CancelledError&) {
      std::rethrow_exception(base_exc);
    }
  };
  const Task<> task = loop->create_task(notmutch());
  loop.run_briefly();
  task.cancel();
  EXPECT_FALSE(task.done());
  loop.run_briefly();
  EXPECT_TRUE(task.done());
  EXPECT_FALSE(task.cancelled());
  EXPECT_EQ(task.exception(), base_exc);
}

TEST(CPythonTasks, yield_future_passes_cancel) {
  TestLoop loop;
  int proof = 0;
  const Future<> waiter = loop->create_future<>();
  const auto inner = [&]() -> Coro<void> {
    try {
      co_await waiter;
    } catch (const CancelledError&) {
      ++proof;
      throw;
    }
    ADD_FAILURE() << "got past the await in inner()";
  };
  const auto outer = [&]() -> Coro<void> {
    try {
      co_await inner();
      proof += 10;
    } catch (const CancelledError&) {
      proof += 100;  // expected
    }
  };
  const Task<> f = loop->create_task(outer());
  loop.run_briefly();
  f.cancel();
  loop->run_until_complete(f);
  EXPECT_EQ(proof, 101);
  EXPECT_TRUE(waiter.cancelled());
}

TEST(CPythonTasks, yield_wait_does_not_shield_cancel) {
  TestLoop loop;
  int proof = 0;
  const Future<> waiter = loop->create_future<>();
  const auto inner = [&]() -> Coro<void> {
    co_await waiter;
    ++proof;
  };
  const auto outer = [&]() -> Coro<void> {
    const std::vector<Task<>> tasks(1, create_task(inner()));
    co_await wait(tasks);
    proof += 100;
  };
  const Task<> f = loop->create_task(outer());
  loop.run_briefly();
  f.cancel();
  run_cancelled(loop, f);
  waiter.set_result();
  loop.run_briefly();
  EXPECT_EQ(proof, 1);
}

}  // namespace
}  // namespace corosim
