// CPython's own tests of `async with` and `await`, from `test_pep492.py`, one test for one test, under the names of the
// Python methods. docs/cpython-tests.md lists the cases that have no meaning in C++.
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <corosim/runtime/condition.hpp>
#include <corosim/runtime/lock.hpp>
#include <corosim/runtime/semaphore.hpp>
#include <corosim/runtime/sleep.hpp>
#include <corosim/runtime/task.hpp>

#include "isolated_test.hpp"

namespace corosim {
namespace {

using namespace std::chrono_literals;
using testing::Awaitable;
using ::testing::HasSubstr;
using testing::TestLoop;
using ::testing::ThrowsMessage;

// LockTests -----------------------------------------------------------------------------------------------------------

class CPythonPep492Lock : public ::testing::Test {
 protected:
  // Runs `test(primitive)` with one primitive of each type; afterwards it must be free.
  template <class Test>
  void for_each_primitive(Test test) {
    run(test, Lock());
    run(test, Condition());
    run(test, Semaphore());
    run(test, BoundedSemaphore());
  }

 private:
  template <class Test, class Primitive>
  void run(Test& test, Primitive primitive) {
    loop->run_until_complete(test(primitive));
    EXPECT_FALSE(primitive.locked());
  }

  TestLoop loop;
};

TEST_F(CPythonPep492Lock, context_manager_async_with) {
  for_each_primitive([](auto lock) -> Coro<void> {
    co_await sleep(10ms);
    EXPECT_FALSE(lock.locked());
    {
      const auto guard = co_await lock.scoped();
      EXPECT_TRUE(lock.locked());
      co_await sleep(10ms);
      EXPECT_TRUE(lock.locked());
    }
    EXPECT_FALSE(lock.locked());
  });
}

TEST_F(CPythonPep492Lock, context_manager_with_await) {
  for_each_primitive([](auto lock) -> Coro<void> {
    co_await sleep(10ms);
    EXPECT_FALSE(lock.locked());
    EXPECT_FALSE(Awaitable<decltype(lock)>);
  });
}

// CoroutineTests ------------------------------------------------------------------------------------------------------

TEST(CPythonPep492Coroutines, async_def_coroutines) {
  const TestLoop loop;
  const auto bar = []() -> Coro<std::string> { co_return "spam"; };
  const auto foo = [&]() -> Coro<std::string> { co_return co_await bar(); };
  EXPECT_EQ(loop->run_until_complete(foo()), "spam");
}

AnyTask print_stack_task;
Coro<void> print_stack_foo() {
  const std::vector<StackFrame> stack = print_stack_task.get_stack();
  EXPECT_EQ(stack.front().function.function(), "print_stack_foo");
  co_return;
}

TEST(CPythonPep492Coroutines, task_print_stack) {
  const TestLoop loop;
  const auto runner = []() -> Coro<void> {
    const Future<> task = ensure_future(print_stack_foo());
    print_stack_task = AnyTask(*task.state()->as_task());
    co_await task;
  };
  loop->run_until_complete(runner());
  print_stack_task = AnyTask();
}

// The task has taken the coroutine over: there is nothing left to await.
TEST(CPythonPep492Coroutines, double_await) {
  const TestLoop loop;
  const auto afunc = []() -> Coro<void> { co_await sleep(100ms); };
  const auto runner = [&]() -> Coro<void> {
    Coro<void> coro = afunc();
    const Task<> t = create_task(std::move(coro));
    try {
      co_await sleep(0s);
      co_await std::move(coro);
    } catch (...) {
      t.cancel();
      throw;
    }
  };
  EXPECT_THAT([&] { loop->run_until_complete(runner()); },
              ThrowsMessage<RuntimeError>(HasSubstr("cannot reuse already awaited coroutine")));
}

}  // namespace
}  // namespace corosim
