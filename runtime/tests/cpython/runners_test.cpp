// CPython's own tests of asyncio.run and asyncio.Runner, from `test_runners.py`, one test for one test, under the names
// of the Python methods. docs/cpython-tests.md lists the cases that have no meaning in C++.
#include <concepts>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <corosim/runtime/async_generator.hpp>
#include <corosim/runtime/run.hpp>
#include <corosim/runtime/sleep.hpp>

namespace corosim {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

template <class Main>
concept Runnable = requires(Main main) { run(std::move(main)); };
template <class Main>
concept RunnableByRunner = requires(Runner& runner, Main main) { runner.run(std::move(main)); };

// RunTests ------------------------------------------------------------------------------------------------------------

TEST(CPythonRun, asyncio_run_return) {
  const auto main = []() -> Coro<int> {
    co_await sleep(0s);
    co_return 42;
  };
  EXPECT_EQ(run(main()), 42);
}

TEST(CPythonRun, asyncio_run_raises) {
  const auto main = []() -> Coro<void> {
    co_await sleep(0s);
    throw ValueError("spam");
  };
  EXPECT_THAT([&] { run(main()); }, ThrowsMessage<ValueError>("spam"));
}

TEST(CPythonRun, asyncio_run_only_coro) {
  const auto function = [] {};
  EXPECT_FALSE(Runnable<int>);
  EXPECT_FALSE(Runnable<decltype(function)>);
  EXPECT_TRUE(Runnable<Coro<int>>);
}

TEST(CPythonRun, asyncio_run_from_running_loop) {
  bool ran = false;
  const auto inner = [&]() -> Coro<void> {
    ran = true;
    co_return;
  };
  const auto main = [&]() -> Coro<void> {
    run(inner());
    co_return;
  };
  EXPECT_THAT([&] { run(main()); }, ThrowsMessage<RuntimeError>(HasSubstr("cannot be called from a running")));
  EXPECT_FALSE(ran);
}

TEST(CPythonRun, asyncio_run_cancels_hanging_tasks) {
  Task<void> lo_task;
  const auto leftover = []() -> Coro<void> { co_await sleep(100ms); };
  const auto main = [&]() -> Coro<int> {
    lo_task = create_task(leftover());
    co_return 123;
  };
  EXPECT_EQ(run(main()), 123);
  EXPECT_TRUE(lo_task.done());
}

TEST(CPythonRun, asyncio_run_reports_hanging_tasks_errors) {
  Task<void> lo_task;
  std::vector<ExceptionContext> reports;
  const auto leftover = []() -> Coro<void> {
    try {
      co_await sleep(100ms);
    } catch (const CancelledError&) {
      throw ValueError("1/0");
    }
  };
  const auto main = [&]() -> Coro<int> {
    get_running_loop().set_exception_handler(
        [&](EventLoop&, const ExceptionContext& context) { reports.push_back(context); });
    lo_task = create_task(leftover());
    co_return 123;
  };
  EXPECT_EQ(run(main()), 123);
  EXPECT_TRUE(lo_task.done());
  ASSERT_EQ(reports.size(), 1U);
  EXPECT_THAT(reports[0].message, HasSubstr("run() shutdown"));
  EXPECT_EQ(reports[0].exception, lo_task.exception());
  EXPECT_TRUE(holds<ValueError>(reports[0].exception));
}

TEST(CPythonRun, asyncio_run_closes_gens_after_hanging_tasks_errors) {
  class FancyExit {};
  const auto fidget = []() -> AsyncGenerator<int> {
    while (true) {
      co_yield 1;
      co_await sleep(1s);
    }
  };
  AsyncGenerator<int> spinner = fidget();
  Task<void> lazyboy;
  const auto spin = [&]() -> Coro<void> {
    try {
      co_await for_each(spinner, [](int) -> Coro<void> { co_return; });
    } catch (const CancelledError&) {
      throw ValueError("1/0");
    }
  };
  const auto main = [&]() -> Coro<void> {
    get_running_loop().set_exception_handler([](EventLoop&, const ExceptionContext&) {});
    lazyboy = create_task(spin());
    co_await sleep(0s);
    throw FancyExit();
  };
  EXPECT_THROW(run(main()), FancyExit);
  EXPECT_TRUE(lazyboy.done());
  EXPECT_TRUE(holds<ValueError>(lazyboy.exception()));
  const auto next = [&]() -> Coro<bool> {
    const std::optional<int> item = co_await spinner.next();
    co_return item.has_value();
  };
  EXPECT_FALSE(run(next()));  // it has ended
}

// A factory makes other loops in Python; here the loop's seams are given.
TEST(CPythonRun, asyncio_run_loop_factory) {
  class CountingClock final : public Clock {
   public:
    TimePoint now() const override { return TimePoint(7s); }
    bool wait(std::optional<TimePoint>) override { return false; }
    void interrupt() override {}
  } clock;
  const auto main = []() -> Coro<TimePoint> { co_return get_running_loop().time(); };
  EXPECT_EQ(run(main(), LoopOptions().clock(clock)), TimePoint(7s));
}

// RunnerTests ---------------------------------------------------------------------------------------------------------

TEST(CPythonRunner, custom_factory) {
  class StoppedClock final : public Clock {
   public:
    TimePoint now() const override { return TimePoint(7s); }
    bool wait(std::optional<TimePoint>) override { return false; }
    void interrupt() override {}
  } clock;
  Runner runner(LoopOptions().clock(clock));
  EXPECT_EQ(runner.get_loop().time(), TimePoint(7s));
}

TEST(CPythonRunner, run) {
  const auto f = []() -> Coro<std::string> {
    co_await sleep(0s);
    co_return "done";
  };
  Future<void> of_the_loop;
  Runner runner;
  EXPECT_EQ(runner.run(f()), "done");
  of_the_loop = runner.get_loop().create_future();
  runner.close();
  EXPECT_THAT([&] { runner.get_loop(); }, ThrowsMessage<RuntimeError>(HasSubstr("Runner is closed")));
  EXPECT_TRUE(of_the_loop.get_loop().is_closed());
}

TEST(CPythonRunner, run_non_coro) {
  EXPECT_FALSE(RunnableByRunner<int>);
  EXPECT_TRUE(RunnableByRunner<Coro<int>>);
}

// As in 3.14, which takes what can be awaited.
TEST(CPythonRunner, run_future) {
  Runner runner;
  const Future<std::string> fut = runner.get_loop().create_future<std::string>();
  fut.set_result("done");
  EXPECT_EQ(runner.run(fut), "done");
}

TEST(CPythonRunner, explicit_close) {
  Runner runner;
  const Future<void> of_the_loop = runner.get_loop().create_future();
  runner.close();
  EXPECT_THAT([&] { runner.get_loop(); }, ThrowsMessage<RuntimeError>(HasSubstr("Runner is closed")));
  EXPECT_TRUE(of_the_loop.get_loop().is_closed());
}

TEST(CPythonRunner, double_close) {
  Runner runner;
  const Future<void> of_the_loop = runner.get_loop().create_future();
  runner.close();
  EXPECT_TRUE(of_the_loop.get_loop().is_closed());
  runner.close();
  EXPECT_TRUE(of_the_loop.get_loop().is_closed());
}

TEST(CPythonRunner, second_with_block_raises) {
  std::vector<int> ret;
  const auto f = [&](int arg) -> Coro<void> {
    ret.push_back(arg);
    co_return;
  };
  Runner runner;
  runner.run(f(1));
  runner.close();
  EXPECT_THAT([&] { runner.run(f(2)); }, ThrowsMessage<RuntimeError>(HasSubstr("Runner is closed")));
  EXPECT_THAT(ret, ElementsAre(1));
}

TEST(CPythonRunner, run_keeps_context) {
  ContextVar<int> cvar("cvar", -1);
  const auto f = [&](int val) -> Coro<int> {
    const int old = cvar.get();
    co_await sleep(0s);
    cvar.set(val);
    co_return old;
  };
  const auto get_context = []() -> Coro<Context> { co_return copy_context(); };
  Runner runner;
  EXPECT_EQ(runner.run(f(1)), -1);
  EXPECT_EQ(runner.run(f(2)), 1);
  EXPECT_EQ(runner.run(get_context()).get(cvar), 2);
  EXPECT_EQ(cvar.get(), -1);
}

TEST(CPythonRunner, recursive_run) {
  Runner runner;
  bool ran = false;
  const auto g = [&]() -> Coro<void> {
    ran = true;
    co_return;
  };
  const auto f = [&]() -> Coro<void> {
    runner.run(g());
    co_return;
  };
  EXPECT_THAT([&] { runner.run(f()); },
              ThrowsMessage<RuntimeError>("Runner::run() cannot be called from a running event loop"));
  EXPECT_FALSE(ran);
}

}  // namespace
}  // namespace corosim
