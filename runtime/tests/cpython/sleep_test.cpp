// CPython's own tests of asyncio.sleep, from `test_tasks.py`, one test for one test, under the names of the Python
// methods.
#include <chrono>
#include <limits>
#include <string>

#include <gtest/gtest.h>

#include <corosim/runtime/sleep.hpp>
#include <corosim/runtime/task.hpp>

#include "test_loop.hpp"

namespace corosim {
namespace {

using namespace std::chrono_literals;
using testing::TestLoop;

TEST(CPythonSleep, sleep) {
  TestLoop loop;
  const auto sleeper = [](Duration dt, std::string arg) -> Coro<std::string> {
    co_await sleep(dt / 2);
    const std::string res = co_await sleep(dt / 2, arg);
    co_return res;
  };
  const Task<std::string> t = loop->create_task(sleeper(100ms, "yeah"));
  loop->run_until_complete(t);
  EXPECT_TRUE(t.done());
  EXPECT_EQ(t.result(), "yeah");
  EXPECT_EQ(loop.time(), 100ms);
}

TEST(CPythonSleep, sleep_when_delay_is_nan) {
  TestLoop loop;
  const auto sleeper = []() -> Coro<void> {
    co_await sleep(std::chrono::duration<double>(std::numeric_limits<double>::quiet_NaN()));
  };
  EXPECT_THROW(loop->run_until_complete(loop->create_task(sleeper())), ValueError);
}

// The timer is gone with the sleep: nothing is left for the clock to wait for.
TEST(CPythonSleep, sleep_cancel) {
  TestLoop loop;
  const auto sleeper = []() -> Coro<void> { co_await sleep(10s); };
  const Task<> t = loop->create_task(sleeper());
  loop.run_briefly();
  t.cancel();
  loop.run_briefly();
  EXPECT_TRUE(t.cancelled());
  loop.run_until_idle();
  EXPECT_EQ(loop.time(), 0s);
}

TEST(CPythonSleep, sleep_zero) {
  TestLoop loop;
  int result = 0;
  const auto coro = [&]() -> Coro<void> {
    get_running_loop().call_soon([&] { ++result; });
    EXPECT_EQ(result, 0);
    const int num = co_await sleep(0s, 10);
    EXPECT_EQ(result, 1);
    result += num;
  };
  loop->run_until_complete(coro());
  EXPECT_EQ(result, 11);
}

}  // namespace
}  // namespace corosim
