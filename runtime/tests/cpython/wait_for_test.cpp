// CPython's own tests of asyncio.wait_for, from `test_waitfor.py`, one test for one test, under the names of the Python
// methods.
#include <exception>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <corosim/runtime/shield.hpp>
#include <corosim/runtime/sleep.hpp>
#include <corosim/runtime/timeout.hpp>
#include <corosim/runtime/wait.hpp>

#include "expect_raises.hpp"
#include "test_loop.hpp"

namespace corosim {
namespace {

using namespace std::chrono_literals;
using testing::expect_raises;
using testing::TestLoop;

// Runs for its time and takes no notice of being cancelled.
class SlowTask {
 public:
  static constexpr Duration kTaskTimeout = 200ms;

  Coro<void> run() {
    EventLoop& loop = get_running_loop();
    const TimePoint exit_at = loop.time() + kTaskTimeout;
    while (loop.time() < exit_at) {
      try {
        co_await sleep(exit_at - loop.time());
      } catch (const CancelledError&) {
      }
    }
    exited = true;
  }

  bool exited = false;
};

class WaitForTest : public ::testing::Test {
 protected:
  template <class F>
  void run(F test) {
    loop->run_until_complete(test());
  }

  TestLoop loop;
};

// AsyncioWaitForTest --------------------------------------------------------------------------------------------------

class CPythonWaitFor : public WaitForTest {
 protected:
  void test_cancel_wait_for(std::optional<Duration> limit) {
    run([&]() -> Coro<void> {
      const auto blocking = [&]() -> Coro<void> { co_await loop->create_future(); };
      const Task<void> task = create_task(blocking());
      const Task<void> wait = create_task(wait_for(task, limit));
      loop->call_soon([&] { wait.cancel(); });
      co_await expect_raises<CancelledError>(wait);
      EXPECT_TRUE(task.cancelled());
    });
  }
};

TEST_F(CPythonWaitFor, asyncio_wait_for_cancelled) {
  run([]() -> Coro<void> {
    SlowTask t;
    const Task<void> waiting = create_task(wait_for(t.run(), SlowTask::kTaskTimeout * 2));
    co_await sleep(0s);
    waiting.cancel();
    const std::vector<Task<void>> tasks{waiting};
    co_await wait(tasks);
    EXPECT_TRUE(t.exited);
  });
}

TEST_F(CPythonWaitFor, asyncio_wait_for_timeout) {
  run([]() -> Coro<void> {
    SlowTask t;
    try {
      co_await wait_for(t.run(), SlowTask::kTaskTimeout / 2);
    } catch (const TimeoutError&) {
    }
    EXPECT_TRUE(t.exited);
  });
}

TEST_F(CPythonWaitFor, wait_for_timeout_less_then_0_or_0_future_done) {
  run([&]() -> Coro<void> {
    const Future<std::string> fut = loop->create_future<std::string>();
    fut.set_result("done");
    const std::string ret = co_await wait_for(fut, 0s);
    EXPECT_EQ(ret, "done");
    EXPECT_TRUE(fut.done());
  });
}

TEST_F(CPythonWaitFor, wait_for_timeout_less_then_0_or_0_coroutine_do_not_started) {
  run([]() -> Coro<void> {
    bool foo_started = false;
    const auto foo = [&]() -> Coro<void> {
      foo_started = true;
      co_return;
    };
    co_await expect_raises<TimeoutError>(wait_for(foo(), 0s));
    EXPECT_FALSE(foo_started);
  });
}

TEST_F(CPythonWaitFor, wait_for_timeout_less_then_0_or_0) {
  run([&]() -> Coro<void> {
    for (const Duration limit : {Duration(0s), Duration(-1s)}) {
      std::optional<bool> foo_running;
      const Future<void> started = loop->create_future();
      const auto foo = [&]() -> Coro<std::string> {
        foo_running = true;
        started.set_result();
        try {
          co_await sleep(10s);
        } catch (...) {
          foo_running = false;
          throw;
        }
        co_return "done";
      };
      const Task<std::string> fut = create_task(foo());
      co_await started;
      co_await expect_raises<TimeoutError>(wait_for(fut, limit));
      EXPECT_TRUE(fut.done());
      EXPECT_TRUE(fut.cancelled());
      EXPECT_EQ(foo_running, false);
      EXPECT_EQ(loop.time(), 0s);
    }
  });
}

TEST_F(CPythonWaitFor, wait_for) {
  run([&]() -> Coro<void> {
    std::optional<bool> foo_running;
    const auto foo = [&]() -> Coro<std::string> {
      foo_running = true;
      try {
        co_await sleep(1h);
      } catch (...) {
        foo_running = false;
        throw;
      }
      co_return "done";
    };
    const Task<std::string> fut = create_task(foo());
    co_await expect_raises<TimeoutError>(wait_for(fut, 100ms));
    EXPECT_TRUE(fut.done());
    EXPECT_TRUE(fut.cancelled());
    EXPECT_EQ(foo_running, false);
    EXPECT_EQ(loop.time(), 100ms);
  });
}

TEST_F(CPythonWaitFor, wait_for_blocking) {
  run([]() -> Coro<void> {
    const auto coro = []() -> Coro<std::string> { co_return "done"; };
    const std::string res = co_await wait_for(coro(), std::nullopt);
    EXPECT_EQ(res, "done");
  });
}

TEST_F(CPythonWaitFor, wait_for_race_condition) {
  run([&]() -> Coro<void> {
    const Future<std::string> fut = loop->create_future<std::string>();
    Coro<std::string> task = wait_for(fut, 200ms);
    loop->call_soon([&] { fut.set_result("ok"); });
    const std::string res = co_await std::move(task);
    EXPECT_EQ(res, "ok");
  });
}

TEST_F(CPythonWaitFor, wait_for_cancellation_race_condition) {
  run([]() -> Coro<void> {
    const auto inner = []() -> Coro<int> {
      const auto rest = []() -> Coro<void> { co_await sleep(1s); };
      co_await expect_raises<CancelledError>(rest());
      co_return 1;
    };
    const int result = co_await wait_for(inner(), 10ms);
    EXPECT_EQ(result, 1);
  });
}

// Python also looks at `__context__`, which C++ does not have; the same in the next.
TEST_F(CPythonWaitFor, wait_for_waits_for_task_cancellation) {
  run([]() -> Coro<void> {
    bool task_done = false;
    const auto inner = [&]() -> Coro<void> {
      std::exception_ptr leaving;
      try {
        co_await sleep(10s);
      } catch (const CancelledError&) {
        leaving = std::current_exception();
      }
      if (leaving) co_await sleep(100us);
      task_done = true;
      if (leaving) std::rethrow_exception(leaving);
    };
    const Task<void> inner_task = create_task(inner());
    co_await expect_raises<TimeoutError>(wait_for(inner_task, 100us));
    EXPECT_TRUE(task_done);
    EXPECT_TRUE(inner_task.cancelled());
  });
}

TEST_F(CPythonWaitFor, wait_for_waits_for_task_cancellation_w_timeout_0) {
  run([]() -> Coro<void> {
    bool task_done = false;
    const auto inner = [&]() -> Coro<void> {
      std::exception_ptr leaving;
      try {
        co_await sleep(10s);
      } catch (const CancelledError&) {
        leaving = std::current_exception();
      }
      if (leaving) co_await sleep(100us);
      task_done = true;
      if (leaving) std::rethrow_exception(leaving);
    };
    const auto foo = [&]() -> Coro<void> {
      const Task<void> inner_task = create_task(inner());
      co_await sleep(100us);
      co_await wait_for(inner_task, 0s);
    };
    co_await expect_raises<TimeoutError>(foo());
    EXPECT_TRUE(task_done);
  });
}

TEST_F(CPythonWaitFor, wait_for_reraises_exception_during_cancellation) {
  class FooException : public std::exception {};
  run([]() -> Coro<void> {
    const auto inner = []() -> Coro<void> {
      try {
        co_await sleep(200ms);
      } catch (...) {
        throw FooException();
      }
    };
    const auto foo = [&]() -> Coro<void> {
      const Task<void> inner_task = create_task(inner());
      co_await wait_for(inner_task, 100us);
    };
    co_await expect_raises<FooException>(foo());
  });
}

TEST_F(CPythonWaitFor, cancel_blocking_wait_for) { test_cancel_wait_for(std::nullopt); }

TEST_F(CPythonWaitFor, cancel_wait_for) { test_cancel_wait_for(60s); }

TEST_F(CPythonWaitFor, wait_for_cancel_suppressed) {
  run([]() -> Coro<void> {
    const auto return_42 = []() -> Coro<int> {
      try {
        co_await sleep(10s);
      } catch (const CancelledError&) {
        co_return 42;
      }
      co_return 0;
    };
    const int res = co_await wait_for(return_42(), 100ms);
    EXPECT_EQ(res, 42);
  });
}

// The inner task ends in one pass, before its waiter is cancelled.
TEST_F(CPythonWaitFor, wait_for_issue86296) {
  run([]() -> Coro<void> {
    const auto inner = []() -> Coro<std::string> { co_return "done"; };
    const Task<std::string> inner_task = create_task(inner());
    bool reached_end = false;
    const auto wait_for_coro = [&]() -> Coro<void> {
      co_await wait_for(inner_task, 100s);
      co_await sleep(1s);
      reached_end = true;
    };
    const Task<void> task = create_task(wait_for_coro());
    EXPECT_FALSE(task.done());
    co_await sleep(0s);
    task.cancel();
    co_await expect_raises<CancelledError>(task);
    EXPECT_TRUE(inner_task.done());
    const std::string result = co_await inner_task;
    EXPECT_EQ(result, "done");
    EXPECT_FALSE(reached_end);
  });
}

// WaitForShieldTests --------------------------------------------------------------------------------------------------

class CPythonWaitForShield : public WaitForTest {
 protected:
  static Coro<std::string> coro(Duration delay) {
    co_await sleep(delay);
    co_return "done";
  }
};

TEST_F(CPythonWaitForShield, zero_timeout) {
  run([&]() -> Coro<void> {
    const Task<std::string> task = create_task(coro(10ms));
    const Future<std::string> shielded_task = shield(task);
    co_await expect_raises<TimeoutError>(wait_for(shielded_task, 0s));
    EXPECT_FALSE(task.done());
    EXPECT_FALSE(task.cancelled());
    EXPECT_TRUE(shielded_task.cancelled());
    co_await sleep(100ms);
    EXPECT_TRUE(task.done());
  });
}

TEST_F(CPythonWaitForShield, none_timeout) {
  run([&]() -> Coro<void> {
    const Task<std::string> task = create_task(coro(100ms));
    co_await wait_for(shield(task), std::nullopt);
    EXPECT_TRUE(task.done());
    const std::string result = co_await task;
    EXPECT_EQ(result, "done");
  });
}

TEST_F(CPythonWaitForShield, shielded_timeout) {
  run([&]() -> Coro<void> {
    const Task<std::string> task = create_task(coro(100ms));
    co_await expect_raises<TimeoutError>(wait_for(shield(task), 10ms));
    EXPECT_FALSE(task.done());
    EXPECT_FALSE(task.cancelled());
    const std::string result = co_await task;
    EXPECT_EQ(result, "done");
  });
}

}  // namespace
}  // namespace corosim
