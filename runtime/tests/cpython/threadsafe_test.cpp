// CPython's own tests of asyncio.run_coroutine_threadsafe, from `test_tasks.py`, one test for one test, under the names
// of the Python methods: in real time, since a second thread waits. docs/cpython-tests.md lists the cases that have no
// meaning in C++.
#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <corosim/runtime/executor.hpp>
#include <corosim/runtime/sleep.hpp>
#include <corosim/runtime/task.hpp>

#include "test_loop.hpp"

namespace corosim {
namespace {

using namespace std::chrono_literals;
using testing::cancelled_with;

enum class End { kResult, kException, kCancelled };

class CPythonRunCoroutineThreadsafe : public ::testing::Test {
 protected:
  static Coro<int> add(int a, int b, End end) {
    co_await sleep(1ms);
    if (end == End::kException) throw RuntimeError("Fail!");
    if (end == End::kCancelled) {
      current_task()->cancel();
      co_await sleep(0s);
    }
    co_return a + b;
  }
  // What another thread does: runs add() on the loop and waits for it.
  Future<int> target(End end) {
    return loop->run_in_executor(*pool, [this, end] { return run_coroutine_threadsafe(add(1, 2, end), *loop).get(); });
  }

  EventLoopPtr loop = new_event_loop();
  std::unique_ptr<Executor> pool = make_thread_pool(1);
};

TEST_F(CPythonRunCoroutineThreadsafe, run_coroutine_threadsafe) {
  EXPECT_EQ(loop->run_until_complete(target(End::kResult)), 3);
}

TEST_F(CPythonRunCoroutineThreadsafe, run_coroutine_threadsafe_with_exception) {
  EXPECT_THAT([&] { loop->run_until_complete(target(End::kException)); },
              ::testing::ThrowsMessage<RuntimeError>("Fail!"));
}

TEST_F(CPythonRunCoroutineThreadsafe, run_coroutine_threadsafe_task_cancelled) {
  EXPECT_EQ(cancelled_with([&] { loop->run_until_complete(target(End::kCancelled)); }), "(none)");
}

}  // namespace
}  // namespace corosim
