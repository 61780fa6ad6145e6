// CPython's own tests of asyncio.wait, from `test_tasks.py`, one test for one test, under the names of the Python
// methods. docs/cpython-tests.md lists the cases that have no meaning in C++.
#include <concepts>
#include <list>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <corosim/runtime/sleep.hpp>
#include <corosim/runtime/task.hpp>
#include <corosim/runtime/wait.hpp>

#include "test_loop.hpp"

namespace corosim {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using testing::TestLoop;

using Tasks = std::vector<Task<>>;

template <class A>
concept Waitable = requires(A argument) { wait(std::move(argument)); };

Coro<void> sleep_for(Duration delay) { co_await sleep(delay); }
Coro<void> fail_after(Duration delay) {
  if (delay > 0s) co_await sleep(delay);
  throw RuntimeError("err");
}

// Python's `{a} == done`: the futures that are done, in the order in which they were given.
TEST(CPythonWait, wait) {
  TestLoop loop;
  const Task<> a = loop->create_task(sleep_for(100ms));
  const Task<> b = loop->create_task(sleep_for(150ms));
  const auto foo = [&]() -> Coro<int> {
    const Tasks tasks{b, a};
    const auto [done, pending] = co_await wait(tasks);
    EXPECT_THAT(done, ElementsAre(b, a));
    EXPECT_THAT(pending, IsEmpty());
    co_return 42;
  };
  EXPECT_EQ(loop->run_until_complete(foo()), 42);
  EXPECT_EQ(loop.time(), 150ms);
  // Doing it again takes no time and goes another way.
  EXPECT_EQ(loop->run_until_complete(foo()), 42);
  EXPECT_EQ(loop.time(), 150ms);
}

// Python passes tasks too: wait() takes no coroutines since 3.11.
TEST(CPythonWait, wait_duplicate_coroutines) {
  TestLoop loop;
  const auto coro = [](std::string s) -> Coro<std::string> { co_return s; };
  const Task<std::string> c = loop->create_task(coro("test"));
  const std::vector<Task<std::string>> tasks{c, c, loop->create_task(coro("spam"))};
  const auto result = loop->run_until_complete(wait(tasks));
  EXPECT_THAT(result.pending, IsEmpty());
  ASSERT_THAT(result.done, SizeIs(2));
  EXPECT_EQ(result.done[0].result(), "test");
  EXPECT_EQ(result.done[1].result(), "spam");
}

TEST(CPythonWait, wait_errors) {
  TestLoop loop;
  EXPECT_THROW(loop->run_until_complete(wait(Tasks())), ValueError);
  EXPECT_FALSE((std::convertible_to<int, ReturnWhen>));
}

TEST(CPythonWait, wait_first_completed) {
  TestLoop loop;
  const Task<> a = loop->create_task(sleep_for(10s));
  const Task<> b = loop->create_task(sleep_for(100ms));
  const Tasks tasks{b, a};
  const auto result = loop->run_until_complete(wait(tasks, WaitOptions().return_when(ReturnWhen::kFirstCompleted)));
  EXPECT_THAT(result.done, ElementsAre(b));
  EXPECT_THAT(result.pending, ElementsAre(a));
  EXPECT_FALSE(a.done());
  EXPECT_TRUE(b.done());
  b.result();
  EXPECT_EQ(loop.time(), 100ms);
  loop->run_until_complete(wait(tasks));
}

// Some tasks that are pending when the wait ends are done before its task goes on.
TEST(CPythonWait, wait_really_done) {
  TestLoop loop;
  const auto coro1 = []() -> Coro<void> { co_await sleep(0s); };
  const auto coro2 = []() -> Coro<void> {
    co_await sleep(0s);
    co_await sleep(0s);
  };
  const Task<> a = loop->create_task(coro1());
  const Task<> b = loop->create_task(coro2());
  const Tasks tasks{b, a};
  const auto result = loop->run_until_complete(wait(tasks, WaitOptions().return_when(ReturnWhen::kFirstCompleted)));
  EXPECT_THAT(result.done, ElementsAre(b, a));
  EXPECT_TRUE(a.done());
  a.result();
  EXPECT_TRUE(b.done());
  b.result();
}

TEST(CPythonWait, wait_first_exception) {
  TestLoop loop;
  const Task<> a = loop->create_task(sleep_for(10s));
  const Task<> b = loop->create_task(fail_after(0s));
  const Tasks tasks{b, a};
  const auto result = loop->run_until_complete(wait(tasks, WaitOptions().return_when(ReturnWhen::kFirstException)));
  EXPECT_THAT(result.done, ElementsAre(b));
  EXPECT_THAT(result.pending, ElementsAre(a));
  EXPECT_EQ(loop.time(), 0s);
  loop->run_until_complete(wait(tasks));
}

TEST(CPythonWait, wait_first_exception_in_wait) {
  TestLoop loop;
  const Task<> a = loop->create_task(sleep_for(10s));
  const Task<> b = loop->create_task(fail_after(10ms));
  const Tasks tasks{b, a};
  const auto result = loop->run_until_complete(wait(tasks, WaitOptions().return_when(ReturnWhen::kFirstException)));
  EXPECT_THAT(result.done, ElementsAre(b));
  EXPECT_THAT(result.pending, ElementsAre(a));
  EXPECT_EQ(loop.time(), 10ms);
  loop->run_until_complete(wait(tasks));
}

TEST(CPythonWait, wait_with_exception) {
  TestLoop loop;
  const Task<> a = loop->create_task(sleep_for(100ms));
  const Task<> b = loop->create_task(fail_after(150ms));
  const auto foo = [&]() -> Coro<void> {
    const Tasks tasks{b, a};
    const auto [done, pending] = co_await wait(tasks);
    EXPECT_THAT(done, SizeIs(2));
    EXPECT_THAT(pending, IsEmpty());
    int errors = 0;
    for (const Task<>& task : done) errors += task.exception() ? 1 : 0;
    EXPECT_EQ(errors, 1);
  };
  loop->run_until_complete(foo());
  EXPECT_EQ(loop.time(), 150ms);
  loop->run_until_complete(foo());
  EXPECT_EQ(loop.time(), 150ms);
}

TEST(CPythonWait, wait_with_timeout) {
  TestLoop loop;
  const Task<> a = loop->create_task(sleep_for(100ms));
  const Task<> b = loop->create_task(sleep_for(150ms));
  const Tasks tasks{b, a};
  const auto foo = [&]() -> Coro<void> {
    const auto [done, pending] = co_await wait(tasks, WaitOptions().timeout(110ms));
    EXPECT_THAT(done, ElementsAre(a));
    EXPECT_THAT(pending, ElementsAre(b));
  };
  loop->run_until_complete(foo());
  EXPECT_EQ(loop.time(), 110ms);
  loop->run_until_complete(wait(tasks));
}

TEST(CPythonWait, wait_concurrent_complete) {
  TestLoop loop;
  const Task<> a = loop->create_task(sleep_for(100ms));
  const Task<> b = loop->create_task(sleep_for(150ms));
  const Tasks tasks{b, a};
  const auto result = loop->run_until_complete(wait(tasks, WaitOptions().timeout(100ms)));
  EXPECT_THAT(result.done, ElementsAre(a));
  EXPECT_THAT(result.pending, ElementsAre(b));
  EXPECT_EQ(loop.time(), 100ms);
  loop->run_until_complete(wait(tasks));
}

TEST(CPythonWait, wait_with_iterator_of_tasks) {
  TestLoop loop;
  const Task<> a = loop->create_task(sleep_for(100ms));
  const Task<> b = loop->create_task(sleep_for(150ms));
  const std::list<Task<>> elsewhere{b, a};
  const auto foo = [&]() -> Coro<int> {
    const auto [done, pending] = co_await wait(Tasks(elsewhere.begin(), elsewhere.end()));
    EXPECT_THAT(done, ElementsAre(b, a));
    EXPECT_THAT(pending, IsEmpty());
    co_return 42;
  };
  EXPECT_EQ(loop->run_until_complete(foo()), 42);
  EXPECT_EQ(loop.time(), 150ms);
}

TEST(CPythonWait, wait_generator) {
  TestLoop loop;
  const auto func = [](int a) -> Coro<int> { co_return a; };
  const auto main = [&]() -> Coro<void> {
    std::vector<Task<int>> tasks;
    for (int i = 0; i < 10; ++i) tasks.push_back(create_task(func(i)));
    const auto [done, pending] = co_await wait(tasks, WaitOptions().return_when(ReturnWhen::kAllCompleted));
    EXPECT_THAT(done, SizeIs(10));
    EXPECT_THAT(pending, IsEmpty());
  };
  loop->run_until_complete(main());
}

TEST(CPythonWait, wait_invalid_args) {
  TestLoop loop;
  EXPECT_FALSE(Waitable<Future<int>>);
  EXPECT_FALSE(Waitable<Coro<int>>);
  EXPECT_FALSE(Waitable<std::vector<Coro<int>>>);  // forbidden since 3.11
  EXPECT_TRUE(Waitable<std::vector<Future<int>>>);
  EXPECT_THROW(loop->run_until_complete(wait(Tasks())), ValueError);
}

}  // namespace
}  // namespace corosim
