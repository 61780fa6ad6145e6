// CPython's own tests of asyncio.Handle, asyncio.TimerHandle and get_running_loop, from `test_events.py`, one test for
// one test, under the names of the Python methods. docs/cpython-tests.md lists the cases that have no meaning in C++.
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <corosim/runtime/task.hpp>

#include "test_loop.hpp"

namespace corosim {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::TestLoop;
using ::testing::ThrowsMessage;

// HandleTests ---------------------------------------------------------------------------------------------------------

// What Python reads from `_callback` shows here in that it runs, or does not.
TEST(CPythonHandle, handle) {
  TestLoop loop;
  int calls = 0;
  Handle h = loop->call_soon([&] { ++calls; });
  EXPECT_FALSE(h.cancelled());
  h.cancel();
  EXPECT_TRUE(h.cancelled());
  loop.run_briefly();
  EXPECT_EQ(calls, 0);
}

TEST(CPythonHandle, callback_with_exception) {
  TestLoop loop;
  std::vector<ExceptionContext> reports;
  loop->set_exception_handler([&](EventLoop&, const ExceptionContext& context) { reports.push_back(context); });
  loop->call_soon([] { throw ValueError(""); });
  loop.run_briefly();
  ASSERT_EQ(reports.size(), 1U);
  EXPECT_THAT(reports[0].message, HasSubstr("Exception in callback"));
  EXPECT_TRUE(holds<ValueError>(reports[0].exception));
  EXPECT_EQ(reports[0].site.file(), "handles_test.cpp");
}

// A handle's place shows in the report of what it throws.
TEST(CPythonHandle, handle_source_traceback) {
  TestLoop loop;
  std::vector<unsigned> lines;
  loop->set_exception_handler(
      [&](EventLoop&, const ExceptionContext& context) { lines.push_back(context.site.line()); });
  const auto noop = [] { throw ValueError("looks where it came from"); };
  const unsigned line = __LINE__;
  loop->call_soon(noop);
  loop->call_soon_threadsafe(noop);
  loop->call_later(0s, noop);
  loop->call_at(loop->time(), noop);
  loop.run_briefly();
  EXPECT_THAT(lines, ElementsAre(line + 1, line + 2, line + 3, line + 4));
}

// TimerTests ----------------------------------------------------------------------------------------------------------

TEST(CPythonTimer, when) {
  TestLoop loop;
  const TimePoint when = loop->time() + 3s;
  const TimerHandle h = loop->call_at(when, [] {});
  EXPECT_EQ(h.when(), when);
}

TEST(CPythonTimer, timer) {
  TestLoop loop;
  const auto args = std::make_shared<int>(1);
  TimerHandle h = loop->call_at(loop->time(), [args] {});
  EXPECT_FALSE(h.cancelled());
  EXPECT_EQ(args.use_count(), 2);
  h.cancel();
  EXPECT_TRUE(h.cancelled());
  EXPECT_EQ(args.use_count(), 1);  // it holds neither callback nor arguments any more
}

// GetEventLoopTestsMixin ----------------------------------------------------------------------------------------------

// Without the policies, which 3.14 deprecates.
TEST(CPythonGetEventLoop, get_event_loop_returns_running_loop) {
  TestLoop loop;
  EXPECT_THAT([] { get_running_loop(); }, ThrowsMessage<RuntimeError>(HasSubstr("no running")));
  EventLoop* seen = nullptr;
  const auto func = [&]() -> Coro<void> {
    seen = &get_running_loop();
    co_return;
  };
  loop->run_until_complete(func());
  EXPECT_EQ(seen, &*loop);
  EXPECT_THAT([] { get_running_loop(); }, ThrowsMessage<RuntimeError>(HasSubstr("no running")));
}

}  // namespace
}  // namespace corosim
