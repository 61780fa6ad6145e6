// CPython's own tests of asyncio.as_completed, from `test_tasks.py`, one test for one test, under the names of the
// Python methods. Where Python runs a case over both kinds of iterator, so does this. docs/cpython-tests.md lists the
// cases that have no meaning in C++.
#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <corosim/runtime/as_completed.hpp>
#include <corosim/runtime/sleep.hpp>
#include <corosim/runtime/task.hpp>
#include <corosim/runtime/wait.hpp>

#include "test_loop.hpp"

namespace corosim {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::SizeIs;
using testing::TestLoop;
using ::testing::UnorderedElementsAre;

using Strings = std::vector<std::string>;
using Coros = std::vector<Coro<std::string>>;
using Tasks = std::vector<Task<std::string>>;

Coro<std::string> sleep_and_say(Duration delay, std::string result) { co_return co_await sleep(delay, result); }
Coro<std::string> say(std::string word) { co_return word; }

template <class... C>
Coros coros_of(C... coros) {
  Coros all;
  (all.push_back(std::move(coros)), ...);
  return all;
}

template <class A>
concept Completable = requires(A argument) { as_completed(std::move(argument)); };

// Python's `for f in as_completed(...): await f`.
template <class Completed>
Coro<Strings> iterate(Completed completed, std::size_t at_most = 100) {
  Strings values;
  while (values.size() < at_most && completed.more()) values.push_back(co_await completed.next_result());
  co_return values;
}

// Python's `async for f in as_completed(...): await f`.
template <class Completed>
Coro<Strings> iterate_async(Completed completed, std::size_t at_most = 100) {
  Strings values;
  while (values.size() < at_most) {
    const auto future = co_await completed.next();
    if (!future) break;
    values.push_back(co_await *future);
  }
  co_return values;
}

TEST(CPythonAsCompleted, as_completed) {
  for (const bool async : {false, true}) {
    TestLoop loop;
    Strings completed;
    bool time_shifted = false;
    const auto sleeper = [&](Duration dt, std::string x) -> Coro<std::string> {
      co_await sleep(dt);
      completed.push_back(x);
      if (!time_shifted && completed.size() == 2) {
        time_shifted = true;
        loop.advance_time(140ms);
      }
      co_return x;
    };
    const auto foo = [&]() -> Coro<Strings> {
      auto all = as_completed(coros_of(sleeper(10ms, "b"), sleeper(150ms, "c"), sleeper(10ms, "a")));
      if (async) co_return co_await iterate_async(all);
      co_return co_await iterate(all);
    };
    EXPECT_THAT(loop->run_until_complete(foo()), ElementsAre("b", "a", "c"));
    EXPECT_EQ(loop.time(), 150ms);
  }
}

// Python's test also gives coroutines, which do not come out again; here a coroutine comes out as the task made of it.
TEST(CPythonAsCompleted, as_completed_same_tasks_in_as_out) {
  TestLoop loop;
  const auto test = []() -> Coro<void> {
    const Tasks in{create_task(say("b")), create_task(say("d"))};
    Tasks out;
    auto completed = as_completed(in);
    while (true) {
      const auto future = co_await completed.next();
      if (!future) break;
      out.push_back(*future);
    }
    EXPECT_EQ(out, in);
  };
  loop->run_until_complete(test());
}

TEST(CPythonAsCompleted, as_completed_with_timeout) {
  for (const bool async : {false, true}) {
    TestLoop loop;
    const Tasks tasks{loop->create_task(sleep_and_say(100ms, "a")), loop->create_task(sleep_and_say(150ms, "b"))};
    Strings values;
    const auto try_iterator = [&]() -> Coro<void> {
      auto completed = as_completed(tasks, 120ms);
      while (completed.more()) {
        if (!values.empty()) loop.advance_time(20ms);
        try {
          values.push_back(co_await completed.next_result());
        } catch (const TimeoutError&) {
          values.push_back("TimeoutError");
        }
      }
    };
    const auto try_async_iterator = [&]() -> Coro<void> {
      auto completed = as_completed(tasks, 120ms);
      try {
        while (true) {
          const auto future = co_await completed.next();
          if (!future) break;
          values.push_back(co_await *future);
          loop.advance_time(20ms);
        }
      } catch (const TimeoutError&) {
        values.push_back("TimeoutError");
      }
    };
    loop->run_until_complete(async ? try_async_iterator() : try_iterator());
    EXPECT_THAT(values, ElementsAre("a", "TimeoutError"));
    EXPECT_EQ(loop.time(), 120ms);
    loop->run_until_complete(wait(tasks));
  }
}

TEST(CPythonAsCompleted, as_completed_with_unused_timeout) {
  for (const bool async : {false, true}) {
    TestLoop loop;
    const auto foo = [&]() -> Coro<void> {
      auto completed = as_completed(coros_of(sleep_and_say(10ms, "a")), 1s);
      Strings values;
      if (async) {
        values = co_await iterate_async(completed);
      } else {
        values = co_await iterate(completed);
      }
      EXPECT_THAT(values, ElementsAre("a"));
    };
    loop->run_until_complete(foo());
    loop.run_until_idle();
    EXPECT_EQ(loop.time(), 10ms);  // the timer is gone
  }
}

TEST(CPythonAsCompleted, as_completed_resume_iterator) {
  for (const bool async : {false, true}) {
    TestLoop loop;
    const auto foo = [&]() -> Coro<Strings> {
      auto completed = as_completed(coros_of(say("0"), say("1"), say("2"), say("3")));
      Strings collected;
      for (int times = 0; times < 4; ++times) {
        if (async) {
          const auto future = co_await completed.next();
          collected.push_back(co_await *future);
        } else {
          collected.push_back(co_await completed.next_result());
        }
        if (times == 1) {
          EXPECT_THAT(collected, SizeIs(2));
        }
      }
      EXPECT_FALSE(completed.more());
      co_return collected;
    };
    EXPECT_THAT(loop->run_until_complete(foo()), UnorderedElementsAre("0", "1", "2", "3"));
  }
}

// What is awaited first gets the first result, whichever was asked for first.
TEST(CPythonAsCompleted, as_completed_reverse_wait) {
  TestLoop loop;
  const auto test = [&]() -> Coro<void> {
    auto completed = as_completed(coros_of(sleep_and_say(50ms, "a"), sleep_and_say(100ms, "b")));
    Coros futs;
    while (completed.more()) futs.push_back(completed.next_result());
    EXPECT_THAT(futs, SizeIs(2));
    const std::string x = co_await std::move(futs[1]);
    EXPECT_EQ(x, "a");
    EXPECT_EQ(loop.time(), 50ms);
    loop.advance_time(50ms);
    const std::string y = co_await std::move(futs[0]);
    EXPECT_EQ(y, "b");
    EXPECT_EQ(loop.time(), 100ms);
  };
  loop->run_until_complete(test());
}

TEST(CPythonAsCompleted, as_completed_concurrent) {
  for (const bool async : {false, true}) {
    TestLoop loop;
    const auto test = [&]() -> Coro<void> {
      auto completed = as_completed(coros_of(sleep_and_say(50ms, "a"), sleep_and_say(50ms, "b")));
      Tasks futs;
      if (async) {
        while (true) {
          const auto future = co_await completed.next();
          if (!future) break;
          futs.push_back(*future);
        }
      } else {
        while (completed.more()) futs.push_back(create_task(completed.next_result()));
      }
      EXPECT_THAT(futs, SizeIs(2));
      const auto [done, pending] = co_await wait(futs);
      Strings results;
      for (const auto& future : done) results.push_back(future.result());
      EXPECT_THAT(results, UnorderedElementsAre("a", "b"));
      EXPECT_EQ(loop.time(), 50ms);
    };
    loop->run_until_complete(test());
  }
}

// Of a task: a coroutine cannot be given twice.
TEST(CPythonAsCompleted, as_completed_duplicate_coroutines) {
  for (const bool async : {false, true}) {
    TestLoop loop;
    const auto runner = [&]() -> Coro<Strings> {
      const Task<std::string> c = create_task(say("ham"));
      const Tasks tasks{c, c, create_task(say("spam"))};
      if (async) co_return co_await iterate_async(as_completed(tasks));
      co_return co_await iterate(as_completed(tasks));
    };
    EXPECT_THAT(loop->run_until_complete(runner()), UnorderedElementsAre("ham", "spam"));
  }
}

TEST(CPythonAsCompleted, as_completed_coroutine_without_loop) {
  EXPECT_THROW(as_completed(coros_of(say("42"))), RuntimeError);
}

TEST(CPythonAsCompleted, as_completed_coroutine_use_running_loop) {
  TestLoop loop;
  const auto test = []() -> Coro<void> {
    auto futs = as_completed(coros_of(say("42")));
    const std::string result = co_await futs.next_result();
    EXPECT_EQ(result, "42");
    EXPECT_FALSE(futs.more());
  };
  loop->run_until_complete(test());
}

TEST(CPythonAsCompleted, as_completed_invalid_args) {
  EXPECT_FALSE(Completable<Future<int>>);
  EXPECT_FALSE(Completable<Coro<int>>);
  EXPECT_TRUE(Completable<std::vector<Future<int>>>);
  EXPECT_TRUE(Completable<std::vector<Coro<int>>>);
}

}  // namespace
}  // namespace corosim
