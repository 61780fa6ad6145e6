#include <corosim/runtime/as_outcome.hpp>

#include <corosim/runtime/task.hpp>

#include <gtest/gtest.h>

#include "virtual_time.hpp"

namespace corosim {
namespace {

using namespace std::chrono_literals;
using testing::run_virtual;

Coro<int> answer() {
  co_await sleep(1s);
  co_return 42;
}
Coro<int> failing() {
  co_await sleep(1s);
  throw ValueError("no");
}

TEST(AsOutcome, OfACoroutineIsItsValueOrItsError) {
  run_virtual([]() -> Coro<void> {
    const Outcome<int> good = co_await as_outcome(answer());
    EXPECT_TRUE(good.has_value());
    EXPECT_EQ(good.value(), 42);
    const Outcome<int> bad = co_await as_outcome(failing());
    EXPECT_FALSE(bad.has_value());
    EXPECT_FALSE(bad.cancelled());
    EXPECT_TRUE(holds<ValueError>(bad.exception()));
    EXPECT_THROW(bad.value(), ValueError);
  }());
}

TEST(AsOutcome, OfATaskIsItsValueItsErrorOrItsCancellation) {
  run_virtual([]() -> Coro<void> {
    const Task<int> good = create_task(answer());
    const Task<int> bad = create_task(failing());
    const Task<int> gone = create_task(answer());
    co_await sleep(0s);
    gone.cancel("not needed");
    const Outcome<int> first = co_await as_outcome(good);
    const Outcome<int> second = co_await as_outcome(bad);
    const Outcome<int> third = co_await as_outcome(gone);
    EXPECT_EQ(first.value(), 42);
    EXPECT_TRUE(holds<ValueError>(second.exception()));
    EXPECT_TRUE(third.cancelled());
    EXPECT_THROW(third.value(), CancelledError);
  }());
}

TEST(AsOutcome, ACancellationOfTheWaitingTaskIsAValueAndItsRequestStays) {
  run_virtual([]() -> Coro<void> {
    const auto waiting = []() -> Coro<bool> {
      const Outcome<int> outcome = co_await as_outcome(answer());
      co_return outcome.cancelled();
    };
    const Task<bool> task = create_task(waiting());
    co_await sleep(0s);
    task.cancel();
    const bool seen = co_await task;
    EXPECT_TRUE(seen);
    EXPECT_EQ(task.cancelling(), 1);
  }());
}

TEST(AsOutcome, OfASleepSaysWhetherItWasCancelled) {
  run_virtual([]() -> Coro<void> {
    const auto resting = [](Duration delay) -> Coro<bool> {
      const Outcome<void> outcome = co_await sleep_outcome(delay);
      co_return outcome.cancelled();
    };
    const Task<bool> cancelled = create_task(resting(1h));
    const Task<bool> whole = create_task(resting(1s));
    const Task<bool> yielding = create_task(resting(0s));
    co_await sleep(0s);
    cancelled.cancel();
    yielding.cancel();
    const bool first = co_await cancelled;
    const bool second = co_await whole;
    const bool third = co_await yielding;
    EXPECT_TRUE(first);
    EXPECT_FALSE(second);
    EXPECT_TRUE(third);
    EXPECT_EQ(get_running_loop().time().time_since_epoch(), Duration(1s));
  }());
}

TEST(AsOutcome, OfACancelledSleepHoldsOneErrorWithTheMessage) {
  run_virtual([]() -> Coro<void> {
    const auto resting = []() -> Coro<std::string> {
      const Outcome<void> outcome = co_await sleep_outcome(1h);
      EXPECT_TRUE(outcome.cancelled());
      EXPECT_EQ(outcome.exception(), outcome.exception());
      try {
        outcome.value();
      } catch (const CancelledError& error) {
        co_return error.message().text();
      }
      co_return "";
    };
    const Task<std::string> task = create_task(resting());
    co_await sleep(0s);
    task.cancel("enough");
    const std::string message = co_await task;
    EXPECT_EQ(message, "enough");
  }());
}

TEST(AsOutcome, CanBeTakenDownAtEveryPass) {
  const auto main = []() -> Coro<void> {
    const Task<int> task = create_task(answer());
    const Outcome<int> first = co_await as_outcome(task);
    const Outcome<int> second = co_await as_outcome(failing());
    const Outcome<void> third = co_await sleep_outcome(1s);
    EXPECT_FALSE(first.cancelled() || second.cancelled() || third.cancelled());
  };
  for (int passes = 0; passes < 15; ++passes) testing::run_and_destroy(main(), passes);
}

}  // namespace
}  // namespace corosim
