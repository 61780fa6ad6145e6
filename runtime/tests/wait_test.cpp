// What wait(), as_completed() and timeout() leave behind; CPython's own tests are in cpython/tasks_wait_test.cpp,
// cpython/as_completed_test.cpp and cpython/timeouts_test.cpp.
#include <corosim/runtime/wait.hpp>

#include <cstdint>
#include <vector>

#include <gtest/gtest.h>

#include <corosim/runtime/as_completed.hpp>
#include <corosim/runtime/frame_pool.hpp>
#include <corosim/runtime/sleep.hpp>
#include <corosim/runtime/timeout.hpp>

#include "virtual_time.hpp"

namespace corosim {
namespace {

using namespace std::chrono_literals;
using testing::run_virtual;

TEST(Wait, ThatTimesOutLeavesNothingAtItsFutures) {
  const auto main = []() -> Coro<void> {
    const Future<void> pending = get_running_loop().create_future<void>();
    const std::vector<Future<void>> futures{pending};
    const WaitOptions briefly = WaitOptions().timeout(1s);
    co_await wait(futures, briefly);
    const std::int64_t blocks = detail::FramePool::blocks_in_use();
    for (int i = 0; i < 10; ++i) co_await wait(futures, briefly);
    EXPECT_EQ(detail::FramePool::blocks_in_use(), blocks);
    pending.set_result();
  };
  run_virtual(main());
}

TEST(Timeout, ThatIsRescheduledLaterForgetsItsFirstDeadline) {
  const auto main = []() -> Coro<void> {
    const auto body = [](Timeout& scope) -> Coro<void> {
      scope.reschedule(TimePoint(10s));
      co_await sleep(5s);
    };
    co_await timeout(1s, body);
    EXPECT_EQ(get_running_loop().time(), TimePoint(5s));
  };
  run_virtual(main());
}

TEST(AsCompleted, IsOverWithItsTimeoutAlsoForWhatCompletesInThatPass) {
  const auto main = []() -> Coro<void> {
    EventLoop& loop = get_running_loop();
    const Future<void> late = loop.create_future<void>();
    const Future<void> never = loop.create_future<void>();
    loop.call_later(1s, [late] { late.set_result(); });
    const std::vector<Future<void>> futures{late, never};
    AsCompleted<Future<void>> completed = as_completed(futures, 1s);
    int timeouts = 0;
    while (completed.more()) {
      try {
        co_await completed.next();
      } catch (const TimeoutError&) {
        ++timeouts;
      }
      co_await sleep(1s);
    }
    EXPECT_EQ(timeouts, 2);
    EXPECT_TRUE(late.done());
  };
  run_virtual(main());
}

}  // namespace
}  // namespace corosim
