// However deep coroutines nest and however many complete without waiting, the native stack stays flat.
#include <corosim/runtime/as_outcome.hpp>
#include <corosim/runtime/gather.hpp>
#include <corosim/runtime/sleep.hpp>
#include <corosim/runtime/task.hpp>

#include <gtest/gtest.h>

#include "virtual_time.hpp"

namespace corosim {
namespace {

using namespace std::chrono_literals;
using testing::run_virtual;

Coro<int> at_once(int value) { co_return value; }

Coro<int> nest(int depth) {
  if (depth == 0) {
    co_await sleep(1ms);
    co_return 0;
  }
  const int below = co_await nest(depth - 1);
  co_return below + 1;
}

Coro<int> nest_and_throw(int depth) {
  if (depth == 0) {
    co_await sleep(1ms);
    throw ValueError("from below");
  }
  co_return co_await nest_and_throw(depth - 1);
}

TEST(Depth, AMillionChildrenThatNeverWait) {
  const std::int64_t sum = run_virtual([]() -> Coro<std::int64_t> {
    std::int64_t total = 0;
    for (int i = 0; i < 1'000'000; ++i) total += co_await at_once(i);
    co_return total;
  }());
  EXPECT_EQ(sum, 499'999'500'000);
}

TEST(Depth, AHundredThousandNestedAwaits) { EXPECT_EQ(run_virtual(nest(100'000)), 100'000); }

TEST(Depth, AnExceptionThroughTenThousandFrames) { EXPECT_THROW(run_virtual(nest_and_throw(10'000)), ValueError); }

TEST(Depth, DestroyingAHundredThousandNestedFrames) {
  testing::run_and_destroy(nest(100'000), 1);
  SUCCEED() << "no stack overflow, and no leak under the address sanitizer";
}

// The last of `length` tasks, each of which awaits the one before, in a gather() or not.
Task<> chain(int length, bool gathered) {
  struct Link {
    static Coro<void> end() { co_await sleep(1ms); }
    static Coro<void> plain(Task<> next) { co_await next; }
    static Coro<void> in_gather(Task<> next) { co_await gather(next); }
  };
  Task<> task = create_task(Link::end());
  for (int i = 1; i < length; ++i) task = create_task(gathered ? Link::in_gather(task) : Link::plain(task));
  return task;
}

class DepthOfCancellation : public ::testing::TestWithParam<bool> {};

TEST_P(DepthOfCancellation, AHundredThousandTasksOneAwaitingTheNext) {
  const auto main = [](bool gathered) -> Coro<bool> {
    const Task<> last = chain(100'000, gathered);
    co_await sleep(0s);
    last.cancel();
    const Outcome<void> outcome = co_await as_outcome(last);
    co_return outcome.cancelled();
  };
  EXPECT_TRUE(run_virtual(main(GetParam())));
}

INSTANTIATE_TEST_SUITE_P(PlainAndGathered, DepthOfCancellation, ::testing::Bool());

TEST(Depth, AHundredThousandTasksOneAwaitingTheNext) {
  const int depth = run_virtual([]() -> Coro<int> {
    struct Chain {
      static Coro<int> link(Task<int> next) { co_return 1 + co_await next; }
      static Coro<int> end() {
        co_await sleep(1ms);
        co_return 1;
      }
    };
    Task<int> task = create_task(Chain::end());
    for (int i = 1; i < 100'000; ++i) task = create_task(Chain::link(task));
    co_return co_await task;
  }());
  EXPECT_EQ(depth, 100'000);
}

}  // namespace
}  // namespace corosim
