// CPython's own tests of asyncio.timeout, from `test_timeouts.py`, one test for one test, under the names of the Python
// methods. docs/cpython-tests.md lists the cases that have no meaning in C++. A scope that Python asks after its
// statement is one that the test keeps here.
#include <exception>
#include <optional>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <corosim/runtime/sleep.hpp>
#include <corosim/runtime/task_group.hpp>
#include <corosim/runtime/timeout.hpp>

#include "expect_raises.hpp"
#include "test_loop.hpp"

namespace corosim {
namespace {

using namespace std::chrono_literals;
using testing::expect_raises;
using ::testing::HasSubstr;
using testing::TestLoop;
using ::testing::ThrowsMessage;

Coro<void> sleep_for(Duration delay) { co_await sleep(delay); }
Coro<void> sleep_10s(Timeout&) { co_await sleep(10s); }

class ZeroDivisionError : public std::exception {};

class CPythonTimeout : public ::testing::Test {
 protected:
  template <class F>
  void run(F test) {
    loop->run_until_complete(test());
  }
  TimePoint in(Duration delay) const { return loop->time() + delay; }

  TestLoop loop;
};

TEST_F(CPythonTimeout, timeout_basic) {
  run([&]() -> Coro<void> {
    Timeout cm(in(10ms));
    co_await expect_raises<TimeoutError>(timeout(cm, sleep_10s));
    EXPECT_TRUE(cm.expired());
    EXPECT_EQ(loop.time(), 10ms);
    co_await expect_raises<TimeoutError>(timeout(10ms, sleep_10s));
    EXPECT_EQ(loop.time(), 20ms);
  });
}

TEST_F(CPythonTimeout, timeout_at_basic) {
  run([&]() -> Coro<void> {
    const TimePoint deadline = in(10ms);
    Timeout cm(deadline);
    co_await expect_raises<TimeoutError>(timeout(cm, sleep_10s));
    EXPECT_TRUE(cm.expired());
    EXPECT_EQ(cm.when(), deadline);
    const TimePoint next = in(10ms);
    co_await expect_raises<TimeoutError>(timeout_at(next, sleep_10s));
    EXPECT_EQ(loop->time(), next);
  });
}

TEST_F(CPythonTimeout, nested_timeouts) {
  run([&]() -> Coro<void> {
    bool cancelled = false;
    const TimePoint deadline = in(10ms);
    Timeout cm1(deadline);
    Timeout cm2(deadline);
    // Only the outermost scope raises TimeoutError.
    const auto body = [&](Timeout&) -> Coro<void> {
      try {
        co_await timeout(cm2, sleep_10s);
      } catch (const CancelledError&) {
        cancelled = true;
        throw;
      }
    };
    co_await expect_raises<TimeoutError>(timeout(cm1, body));
    EXPECT_TRUE(cancelled);
    EXPECT_TRUE(cm1.expired());
    EXPECT_TRUE(cm2.expired());
  });
}

TEST_F(CPythonTimeout, waiter_cancelled) {
  run([&]() -> Coro<void> {
    bool cancelled = false;
    const auto body = [&](Timeout&) -> Coro<void> {
      try {
        co_await sleep(10s);
      } catch (const CancelledError&) {
        cancelled = true;
        throw;
      }
    };
    co_await expect_raises<TimeoutError>(timeout(10ms, body));
    EXPECT_TRUE(cancelled);
  });
}

TEST_F(CPythonTimeout, timeout_not_called) {
  run([&]() -> Coro<void> {
    Timeout cm(in(10s));
    co_await timeout(cm, [](Timeout&) { return sleep_for(10ms); });
    EXPECT_FALSE(cm.expired());
    EXPECT_GT(cm.when(), loop->time());
  });
}

TEST_F(CPythonTimeout, timeout_disabled) {
  run([&]() -> Coro<void> {
    co_await timeout(std::nullopt, [](Timeout& cm) -> Coro<void> {
      co_await sleep(10ms);
      EXPECT_FALSE(cm.expired());
      EXPECT_EQ(cm.when(), std::nullopt);
    });
  });
}

TEST_F(CPythonTimeout, timeout_at_disabled) {
  run([&]() -> Coro<void> {
    Timeout cm(std::nullopt);
    co_await timeout(cm, [](Timeout&) { return sleep_for(10ms); });
    EXPECT_FALSE(cm.expired());
    EXPECT_EQ(cm.when(), std::nullopt);
  });
}

TEST_F(CPythonTimeout, timeout_zero) {
  run([&]() -> Coro<void> {
    const TimePoint t0 = loop->time();
    Timeout cm(in(0s));
    co_await expect_raises<TimeoutError>(timeout(cm, sleep_10s));
    EXPECT_TRUE(cm.expired());
    EXPECT_EQ(cm.when(), t0);
    EXPECT_EQ(loop->time(), t0);
  });
}

TEST_F(CPythonTimeout, timeout_zero_sleep_zero) {
  run([&]() -> Coro<void> {
    const TimePoint t0 = loop->time();
    Timeout cm(in(0s));
    co_await expect_raises<TimeoutError>(timeout(cm, [](Timeout&) { return sleep_for(0s); }));
    EXPECT_TRUE(cm.expired());
    EXPECT_EQ(cm.when(), t0);
    EXPECT_EQ(loop->time(), t0);
  });
}

TEST_F(CPythonTimeout, timeout_in_the_past_sleep_zero) {
  run([&]() -> Coro<void> {
    const TimePoint t0 = loop->time();
    Timeout cm(in(-11s));
    co_await expect_raises<TimeoutError>(timeout(cm, [](Timeout&) { return sleep_for(0s); }));
    EXPECT_TRUE(cm.expired());
    EXPECT_LT(cm.when(), t0);
    EXPECT_EQ(loop->time(), t0);
  });
}

TEST_F(CPythonTimeout, foreign_exception_passed) {
  run([&]() -> Coro<void> {
    Timeout cm(in(10ms));
    co_await expect_raises<LookupError>(timeout(cm, [](Timeout&) -> Coro<void> {
      throw LookupError("key");
      co_return;
    }));
    EXPECT_FALSE(cm.expired());
  });
}

// Python looks at the chain of `__context__` here and in the next two; what is left of them is which exception it is.
TEST_F(CPythonTimeout, timeout_exception_context) {
  run([&]() -> Coro<void> {
    co_await expect_raises<TimeoutError>(timeout(10ms, [](Timeout&) -> Coro<void> {
      std::exception_ptr leaving;
      try {
        throw ZeroDivisionError();
      } catch (...) {
        leaving = std::current_exception();
      }
      co_await sleep(1s);  // `finally`
      std::rethrow_exception(leaving);
    }));
  });
}

TEST_F(CPythonTimeout, foreign_exception_on_timeout) {
  run([&]() -> Coro<void> {
    Timeout cm(in(10ms));
    const auto crash = [](Timeout&) -> Coro<void> {
      try {
        co_await sleep(1s);
      } catch (...) {
        throw ZeroDivisionError();
      }
    };
    co_await expect_raises<ZeroDivisionError>(timeout(cm, crash));
    EXPECT_TRUE(cm.expired());
  });
}

TEST_F(CPythonTimeout, foreign_exception_on_timeout_2) {
  run([&]() -> Coro<void> {
    Timeout cm(in(10ms));
    const auto body = [](Timeout&) -> Coro<void> {
      std::exception_ptr leaving;
      try {
        throw ValueError("");
      } catch (...) {
        leaving = std::current_exception();
      }
      try {
        co_await sleep(1s);
        std::rethrow_exception(leaving);
      } catch (...) {
        try {
          throw LookupError("key");
        } catch (...) {
          throw ZeroDivisionError();
        }
      }
    };
    co_await expect_raises<ZeroDivisionError>(timeout(cm, body));
    EXPECT_TRUE(cm.expired());
  });
}

TEST_F(CPythonTimeout, foreign_cancel_doesnt_timeout_if_not_expired) {
  run([&]() -> Coro<void> {
    Timeout cm(in(10s));
    co_await expect_raises<CancelledError>(timeout(cm, [](Timeout&) -> Coro<void> {
      current_task()->cancel();
      co_await sleep(10s);
    }));
    EXPECT_FALSE(cm.expired());
  });
}

TEST_F(CPythonTimeout, outer_task_is_not_cancelled) {
  run([&]() -> Coro<void> {
    const auto outer = []() -> Coro<void> { co_await expect_raises<TimeoutError>(timeout(1ms, sleep_10s)); };
    const Task<void> task = create_task(outer());
    co_await task;
    EXPECT_FALSE(task.cancelled());
    EXPECT_TRUE(task.done());
  });
}

// The inner scope lets a CancelledError pass that is not its own.
TEST_F(CPythonTimeout, nested_timeouts_concurrent) {
  run([&]() -> Coro<void> {
    Timeout inner(in(100ms));
    const auto body = [&](Timeout&) -> Coro<void> {
      co_await timeout(inner, [&](Timeout&) -> Coro<void> {
        loop.advance_time(10ms);  // crunches numbers
        co_await sleep(1s);
      });
    };
    co_await expect_raises<TimeoutError>(timeout(2ms, body));
    EXPECT_FALSE(inner.expired());
  });
}

TEST_F(CPythonTimeout, nested_timeouts_loop_busy) {
  run([&]() -> Coro<void> {
    const TimePoint t0 = loop->time();
    const auto body = [&](Timeout&) -> Coro<void> {
      const auto inner = [&](Timeout&) -> Coro<void> {
        loop.advance_time(100ms);  // the loop is busy for a while
        co_await sleep(1s);
      };
      co_await expect_raises<TimeoutError>(timeout(10ms, inner));
      co_await sleep(10s);
    };
    co_await expect_raises<TimeoutError>(timeout(100ms, body));
    EXPECT_LE(loop->time(), t0 + 1s);
  });
}

TEST_F(CPythonTimeout, reschedule) {
  run([&]() -> Coro<void> {
    const Future<void> entered = loop->create_future();
    const TimePoint deadline1 = in(10s);
    const TimePoint deadline2 = deadline1 + 20s;
    Timeout cm(deadline1);
    const auto f = [&]() -> Coro<void> {
      co_await timeout(cm, [&](Timeout&) -> Coro<void> {
        entered.set_result();
        co_await sleep(50s);
      });
    };
    const Task<void> task = create_task(f());
    co_await entered;
    EXPECT_EQ(cm.when(), deadline1);
    cm.reschedule(deadline2);
    EXPECT_EQ(cm.when(), deadline2);
    cm.reschedule(std::nullopt);
    EXPECT_EQ(cm.when(), std::nullopt);
    task.cancel();
    co_await expect_raises<CancelledError>(task);
    EXPECT_FALSE(cm.expired());
  });
}

TEST_F(CPythonTimeout, nested_timeout_in_finally) {
  run([&]() -> Coro<void> {
    bool timed_out_inside = false;
    const auto body = [&](Timeout&) -> Coro<void> {
      std::exception_ptr leaving;
      try {
        co_await sleep(1s);
      } catch (...) {
        leaving = std::current_exception();
      }
      co_await expect_raises<TimeoutError>(timeout(10ms, sleep_10s));
      timed_out_inside = true;
      std::rethrow_exception(leaving);
    };
    co_await expect_raises<TimeoutError>(timeout(10ms, body));
    EXPECT_TRUE(timed_out_inside);
    EXPECT_EQ(loop.time(), 20ms);
  });
}

TEST_F(CPythonTimeout, timeout_after_cancellation) {
  run([&]() -> Coro<void> {
    current_task()->cancel();
    co_await expect_raises<CancelledError>(sleep_for(1s));  // work that is cancelled
    co_await expect_raises<TimeoutError>(timeout(0s, [](Timeout&) { return sleep_for(1s); }));  // some cleanup
  });
}

TEST_F(CPythonTimeout, cancel_in_timeout_after_cancellation) {
  run([&]() -> Coro<void> {
    current_task()->cancel();
    co_await expect_raises<CancelledError>(sleep_for(1s));
    co_await expect_raises<CancelledError>(timeout(1s, [](Timeout&) -> Coro<void> {
      current_task()->cancel();
      co_await sleep(2s);
    }));
  });
}

TEST_F(CPythonTimeout, timeout_already_entered) {
  run([&]() -> Coro<void> {
    co_await timeout(10ms, [](Timeout& cm) -> Coro<void> {
      EXPECT_THAT([&] { cm.enter(); }, ThrowsMessage<RuntimeError>(HasSubstr("has already been entered")));
      co_return;
    });
  });
}

TEST_F(CPythonTimeout, timeout_double_enter) {
  run([&]() -> Coro<void> {
    Timeout cm(in(10ms));
    co_await timeout(cm, [](Timeout&) -> Coro<void> { co_return; });
    const auto again = [](Timeout&) -> Coro<void> {
      ADD_FAILURE() << "entered a second time";
      co_return;
    };
    const std::string text = co_await expect_raises<RuntimeError>(timeout(cm, again));
    EXPECT_THAT(text, HasSubstr("has already been entered"));
  });
}

TEST_F(CPythonTimeout, timeout_finished) {
  run([&]() -> Coro<void> {
    Timeout cm(in(10ms));
    co_await timeout(cm, [](Timeout&) -> Coro<void> { co_return; });
    EXPECT_THAT([&] { cm.reschedule(in(20ms)); }, ThrowsMessage<RuntimeError>(HasSubstr("finished")));
  });
}

TEST_F(CPythonTimeout, timeout_expired) {
  run([&]() -> Coro<void> {
    Timeout cm(in(10ms));
    co_await expect_raises<TimeoutError>(timeout(cm, [](Timeout&) { return sleep_for(1s); }));
    EXPECT_THAT([&] { cm.reschedule(in(20ms)); }, ThrowsMessage<RuntimeError>(HasSubstr("expired")));
  });
}

TEST_F(CPythonTimeout, timeout_expiring) {
  run([&]() -> Coro<void> {
    co_await timeout(10ms, [&](Timeout& cm) -> Coro<void> {
      co_await expect_raises<CancelledError>(sleep_for(1s));
      EXPECT_THAT([&] { cm.reschedule(in(20ms)); }, ThrowsMessage<RuntimeError>(HasSubstr("expiring")));
    });
  });
}

TEST_F(CPythonTimeout, timeout_not_entered) {
  run([&]() -> Coro<void> {
    Timeout cm(in(10ms));
    EXPECT_THAT([&] { cm.reschedule(in(20ms)); }, ThrowsMessage<RuntimeError>(HasSubstr("has not been entered")));
    co_return;
  });
}

TEST_F(CPythonTimeout, timeout_without_task) {
  Timeout cm(in(10ms));
  bool called = false;
  loop->call_soon([&] {
    called = true;
    EXPECT_THAT([&] { cm.enter(); }, ThrowsMessage<RuntimeError>(HasSubstr("task")));
    EXPECT_THAT([&] { cm.reschedule(in(20ms)); }, ThrowsMessage<RuntimeError>(HasSubstr("has not been entered")));
  });
  loop.run_briefly();
  EXPECT_TRUE(called);
}

TEST_F(CPythonTimeout, timeout_taskgroup) {
  run([&]() -> Coro<void> {
    std::vector<std::exception_ptr> exceptions;
    const auto task = []() -> Coro<void> {
      try {
        co_await sleep(2s);  // interrupted after 10 ms
      } catch (...) {
        throw ZeroDivisionError();  // in its cleanup
      }
    };
    const auto group = [&](TaskGroup& tg) -> Coro<void> {
      tg.create_task(task());
      std::exception_ptr leaving;
      try {
        throw ValueError("");
      } catch (...) {
        leaving = std::current_exception();
      }
      co_await sleep(1s);
      std::rethrow_exception(leaving);
    };
    try {
      co_await timeout(10ms, [&](Timeout&) -> Coro<void> { co_await task_group(group); });
    } catch (const ExceptionGroup& raised) {
      exceptions = raised.exceptions();
    }
    EXPECT_EQ(exceptions.size(), 1U);
    for (const std::exception_ptr& each : exceptions) EXPECT_TRUE(holds<ZeroDivisionError>(each));
  });
}

}  // namespace
}  // namespace corosim
