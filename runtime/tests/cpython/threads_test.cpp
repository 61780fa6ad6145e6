// CPython's own tests of asyncio.to_thread, from `test_threads.py`, one test for one test, under the names of the
// Python methods: in real time, since threads run.
#include <mutex>
#include <numeric>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <corosim/runtime/executor.hpp>
#include <corosim/runtime/gather.hpp>
#include <corosim/runtime/run.hpp>

#include "expect_raises.hpp"

namespace corosim {
namespace {

using testing::expect_raises;

template <class F>
void run_test(F test) {
  run(test());
}

TEST(CPythonToThread, to_thread) {
  run_test([]() -> Coro<void> {
    const auto sum = [](const std::vector<int>& values) { return std::accumulate(values.begin(), values.end(), 0); };
    const std::vector<int> values{40, 2};
    const int result = co_await to_thread(sum, values);
    EXPECT_EQ(result, 42);
  });
}

TEST(CPythonToThread, to_thread_exception) {
  run_test([]() -> Coro<void> {
    const auto raise_runtime = [] { throw RuntimeError("test"); };
    const std::string text = co_await expect_raises<RuntimeError>(to_thread(raise_runtime));
    EXPECT_EQ(text, "test");
  });
}

TEST(CPythonToThread, to_thread_once) {
  run_test([]() -> Coro<void> {
    int calls = 0;
    co_await to_thread([&] { ++calls; });
    EXPECT_EQ(calls, 1);
  });
}

TEST(CPythonToThread, to_thread_concurrent) {
  run_test([]() -> Coro<void> {
    std::mutex mutex;
    int calls = 0;
    const auto func = [&] {
      const std::lock_guard lock(mutex);
      ++calls;
    };
    std::vector<Coro<void>> futs;
    for (int i = 0; i < 10; ++i) futs.push_back(to_thread(func));
    co_await gather(std::move(futs));
    EXPECT_EQ(calls, 10);
  });
}

// C++ has no arguments by name.
TEST(CPythonToThread, to_thread_args_kwargs) {
  run_test([]() -> Coro<void> {
    std::vector<std::string> called_with;
    const auto func = [&](std::string text, bool something) {
      called_with.push_back(text + (something ? " true" : " false"));
    };
    co_await to_thread(func, "test", true);
    EXPECT_EQ(called_with, std::vector<std::string>{"test true"});
  });
}

TEST(CPythonToThread, to_thread_contextvars) {
  ContextVar<std::string> test_ctx("test_ctx");
  run_test([&]() -> Coro<void> {
    const auto get_ctx = [&] { return test_ctx.get(); };
    test_ctx.set("parrot");
    const std::string result = co_await to_thread(get_ctx);
    EXPECT_EQ(result, "parrot");
  });
}

}  // namespace
}  // namespace corosim
