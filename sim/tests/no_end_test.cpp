// What is said of a run that came to no end: who went round, who was left out, who waits for whom.
#include <string>
#include <vector>

#include <corosim/runtime/event.hpp>
#include <corosim/runtime/gather.hpp>
#include <corosim/runtime/lock.hpp>
#include <corosim/runtime/shared.hpp>
#include <corosim/runtime/sleep.hpp>
#include <corosim/sim/report.hpp>
#include <corosim/sim/simulation.hpp>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace corosim::sim {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

std::string here(int line) { return fmt::format("no_end_test.cpp:{}", line); }

RunResult run(Coro<void> (*main)(), const RunOptions& options) {
  Simulation simulation;
  return simulation.run(Program("test", main), options);
}

std::string report(Coro<void> (*main)(), const RunOptions& options) {
  return render_failure(Program("test", main), run(main, options), ReportContext());
}

RunOptions steps(std::uint64_t limit, Order order = Order::kFifo) {
  return RunOptions().order(order).limits(Limits().steps(limit));
}

constexpr int kPollLine = __LINE__ + 2;
Coro<void> poll(const Shared<bool>& flag) {
  while (!flag.get()) co_await sleep(0s);
}

// Each waits for the other to begin.
Coro<void> after_you() {
  Shared<bool> first{false};
  Shared<bool> second{false};
  co_await gather(poll(first), poll(second));
}

TEST(StepLimit, NamesWhoWentRound) {
  const RunResult result = run(after_you, steps(1000));
  ASSERT_TRUE(std::holds_alternative<StepLimit>(result.end));
  const LastSteps& last = std::get<StepLimit>(result.end).last;
  EXPECT_EQ(last.watched, 500U);
  ASSERT_THAT(last.busy, SizeIs(2));
  EXPECT_EQ(last.busy[0].task, "main/poll#1");
  EXPECT_EQ(last.busy[0].place, here(kPollLine));
  EXPECT_EQ(last.busy[0].steps, 250U);
  EXPECT_EQ(last.busy[1].task, "main/poll#2");
  EXPECT_EQ(last.other.steps, 0U);
  EXPECT_THAT(last.starved, IsEmpty());
}

TEST(StepLimit, TellsOfTheRounds) {
  EXPECT_THAT(report(after_you, steps(1000)),
              HasSubstr(fmt::format("still running after 1000 steps, perhaps a livelock\n"
                                    "  rounds   in the last 500 steps: main/poll#1 at {0} (250), main/poll#2 at {0} "
                                    "(250); nothing else ran in them\n"
                                    "           meanwhile virtual time stood still: nobody sleeps, or only for 0 s\n",
                                    here(kPollLine))));
}

constexpr int kWorkLine = __LINE__ + 2;
Coro<void> work() {
  for (int i = 0; i < 250; ++i) co_await sleep(0s);
}

Coro<void> one_ends() {
  Shared<bool> never{false};
  co_await gather(poll(never), work());
}

TEST(StepLimit, TellsWhenAnythingElseLastRan) {
  const RunResult result = run(one_ends, steps(700));
  const LastSteps& last = std::get<StepLimit>(result.end).last;
  ASSERT_THAT(last.busy, SizeIs(1));
  EXPECT_EQ(last.busy[0].task, "main/poll#1");
  EXPECT_EQ(last.other.task, "main/work#1");
  EXPECT_EQ(last.other.place, here(kWorkLine));
  EXPECT_GT(last.other.steps, 450U);
  EXPECT_LT(last.other.steps, 550U);
  EXPECT_THAT(report(one_ends, steps(700)),
              HasSubstr(fmt::format("; anything else last ran in step {}: main/work#1 at {}\n", last.other.steps,
                                    here(kWorkLine))));
}

Coro<void> tick() {
  for (;;) co_await sleep(1s);
}

TEST(StepLimit, TellsThatTimePasses) {
  EXPECT_THAT(report(tick, steps(200)), HasSubstr("\n           meanwhile virtual time went from 50 s to 100 s\n"));
}

TEST(StepLimit, SaysTheSameWheneverItIsCome) {
  for (Seed seed = 0; seed < 20; ++seed) {
    const RunOptions options = steps(300, Order::kLegal).seed(seed);
    EXPECT_EQ(report(after_you, options), report(after_you, options));
  }
}

// Never chooses task 3, main/poll#2, where there is another.
class LeavesOneOut final : public Strategy {
 public:
  std::string_view name() const override { return "unfair"; }
  void begin(Seed) override {}
  std::size_t pick(const ReadySet& ready) override {
    for (std::size_t place = 0; place < ready.size(); ++place) {
      if (ready[place].task() == nullptr || ready[place].task()->id() != 3) return place;
    }
    return 0;
  }
};

Coro<void> help(Shared<bool>& flag) {
  co_await sleep(0s);
  flag.set(true);
}

Coro<void> needs_help() {
  Shared<bool> flag{false};
  co_await gather(poll(flag), help(flag));
}

TEST(StepLimit, NamesWhoWasLeftOutByTheSchedule) {
  LeavesOneOut strategy;
  const RunOptions options = steps(1000, Order::kLegal).strategy(strategy);
  const RunResult result = run(needs_help, options);
  ASSERT_TRUE(std::holds_alternative<StepLimit>(result.end));
  const LastSteps& last = std::get<StepLimit>(result.end).last;
  ASSERT_THAT(last.starved, SizeIs(1));
  EXPECT_TRUE(last.is_unfair());
  EXPECT_EQ(last.starved[0].task, "main/help#1");
  EXPECT_EQ(last.starved[0].since, 1U) << "main's first step made it";
  EXPECT_EQ(summary(result.end),
            "step limit: still running after 1000 steps, and main/help#1 has been left out since step 1");
  EXPECT_THAT(report(needs_help, options), HasSubstr("\n  left out main/help#1 at no_end_test.cpp:"));
  EXPECT_THAT(report(needs_help, options),
              HasSubstr("\n           the schedule is unfair: COROSIM_STRATEGY=random, for one, leaves nobody out\n"));
}

TEST(StepLimit, FindsTheRandomStrategyFair) {
  for (const Order order : {Order::kFifo, Order::kLegal, Order::kAny}) {
    for (Seed seed = 0; seed < 100; ++seed) {
      const RunResult result = run(after_you, steps(500, order).seed(seed));
      EXPECT_THAT(std::get<StepLimit>(result.end).last.starved, IsEmpty()) << "seed " << seed;
    }
  }
}

TEST(TimeLimit, NamesWhoWentRoundInVirtualTime) {
  const RunResult result = run(tick, RunOptions().limits(Limits().virtual_time(1min)));
  ASSERT_TRUE(std::holds_alternative<TimeLimit>(result.end));
  const LastSteps& last = std::get<TimeLimit>(result.end).last;
  ASSERT_THAT(last.busy, SizeIs(1));
  EXPECT_EQ(last.busy[0].task, "main");
  EXPECT_EQ(last.time_from, Duration(31s));
  EXPECT_EQ(last.time_to, Duration(60s));
}

TEST(TimeLimit, NamesWhoWentRoundInRealTime) {
  const RunResult result = run(after_you, RunOptions().limits(Limits().real_time(200ms).steps(1'000'000'000)));
  ASSERT_TRUE(std::holds_alternative<TimeLimit>(result.end));
  EXPECT_THAT(std::get<TimeLimit>(result.end).last.busy, SizeIs(2));
}

Coro<void> take_both(Lock first, Lock second) {
  const auto outer = co_await first.scoped();
  co_await sleep(1ms);
  const auto inner = co_await second.scoped();
}

Coro<void> lock_cycle() {
  const Lock x("x");
  const Lock y("y");
  co_await gather(take_both(x, y), take_both(y, x));
}

TEST(Deadlock, IsToldAsWhoWaitsForWhom) {
  const std::string text = report(lock_cycle, RunOptions().order(Order::kFifo));
  EXPECT_THAT(text, HasSubstr("deadlock: 2 of 3 tasks left wait for each other\n"));
  EXPECT_THAT(text,
              HasSubstr("\n  cycle    main/take_both#1 waits for Lock \"y\", held by main/take_both#2, which waits "
                        "for Lock \"x\", held by main/take_both#1\n"));
}

Coro<void> take_late(Lock lock) {
  co_await sleep(1ms);
  const auto guard = co_await lock.scoped();
}
Coro<void> lock_cycle_with_a_bystander() {
  const Lock x("x");
  const Lock y("y");
  co_await gather(take_late(x), take_both(x, y), take_both(y, x));
}

TEST(Deadlock, LeavesOutWhoOnlyWaitsForACycle) {
  const std::string text = report(lock_cycle_with_a_bystander, RunOptions().order(Order::kFifo));
  EXPECT_THAT(text, HasSubstr("deadlock: 2 of 4 tasks left wait for each other\n"));
  EXPECT_THAT(text, HasSubstr("\n  cycle    main/take_both#1 waits for"));
}

Coro<void> lock_twice() {
  const Lock x("x");
  co_await take_both(x, x);
}

TEST(Deadlock, MayBeOfATaskThatWaitsForItself) {
  EXPECT_THAT(report(lock_twice, RunOptions()),
              HasSubstr("\n  cycle    main waits for Lock \"x\", held by main itself\n"));
}

Coro<void> wait_for_nobody() {
  Event event;
  co_await event.wait();
}

TEST(Deadlock, HasNoCycleWhereNobodyHoldsAnything) {
  const std::string text = report(wait_for_nobody, RunOptions());
  EXPECT_THAT(text, HasSubstr("deadlock: 1 task left, nothing is ready and no timer is pending\n"));
  EXPECT_THAT(text, Not(HasSubstr("cycle")));
}

}  // namespace
}  // namespace corosim::sim
