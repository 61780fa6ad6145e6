// Monitors: what they see, what they fail, and what they leave alone; and marks, counted over explorations.
#include <map>
#include <string>

#include <corosim/corosim.hpp>
#include <corosim/sim/exhaustive.hpp>
#include <corosim/sim/report.hpp>

#include <gmock/gmock.h>

#include <fmt/format.h>

namespace corosim::sim {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

RunResult run(std::function<Coro<void>()> main, const RunOptions& options = RunOptions()) {
  Simulation simulation;
  return simulation.run(Program("monitored", std::move(main)), options);
}

std::string what(const RunResult& result) {
  const auto* const failed = std::get_if<Failed>(&result.end);
  return failed != nullptr ? failed->what : std::string(word(result.end));
}

struct Account {
  Shared<int> balance{5, "balance"};
};

Coro<void> withdraw(Account& account, int amount) {
  if (account.balance.get() < amount) co_return;
  co_await sleep(1ms);
  account.balance.set(account.balance.get() - amount);
  co_await sleep(1ms);
}

constexpr int kMonitorLine = __LINE__ + 3;
Coro<void> bank() {
  Account account;
  const auto kept = always("the balance is not negative", [&] { return account.balance.get() >= 0; });
  co_await gather(withdraw(account, 3), withdraw(account, 4));
}

TEST(Monitors, FailTheRunAfterTheStepThatBreaksThem) {
  const RunResult result = run(bank);
  ASSERT_TRUE(std::holds_alternative<Failed>(result.end)) << word(result.end);
  const Failed& failed = std::get<Failed>(result.end);
  EXPECT_EQ(failed.what, "the balance is not negative: does not hold");
  EXPECT_EQ(failed.place, fmt::format("monitors_test.cpp:{}", kMonitorLine));
  EXPECT_THAT(failed.task, HasSubstr("main/withdraw#"));
  EXPECT_EQ(failed.time, Duration(1ms));
  EXPECT_EQ(failed.step, result.steps);
  ASSERT_THAT(failed.stack, SizeIs(1));
  EXPECT_EQ(failed.stack[0].function, "withdraw");
}

TEST(Monitors, AreToldInTheExplainedReport) {
  const Program program("bank", bank);
  const ExploreResult found = explore(program, ExploreOptions().runs(10));
  ASSERT_THAT(found.failures, SizeIs(1));
  const Explanation explanation = explain(program, found.failures[0].run);
  ReportContext context;
  context.explanation = &explanation;
  EXPECT_THAT(render_failure(program, found.failures[0].run, context),
              AllOf(HasSubstr("the balance is not negative: does not hold"),
                    HasSubstr(fmt::format("monitors_test.cpp:{}", kMonitorLine)), HasSubstr("updates balance = -2")));
}

TEST(Monitors, AreAskedAtOnceAndInTheStepInWhichTheyEnd) {
  EXPECT_EQ(what(run([]() -> Coro<void> {
              const auto kept = always("one", [] { return false; });
              co_return;
            })),
            "one: does not hold");
  EXPECT_EQ(what(run([]() -> Coro<void> {
              int level = 0;
              const auto kept = never("two", [&] { return level == 2; });
              co_await sleep(1ms);
              level = 2;
            })),
            "two: came true");
}

TEST(Monitors, AreNotAskedAfterTheyEnd) {
  int asked = 0;
  const RunResult result = run([&]() -> Coro<void> {
    {
      const auto kept = always("held", [&] { return ++asked > 0; });
      co_await sleep(1ms);
    }
    asked = -1000;
    co_await sleep(1ms);
  });
  EXPECT_FALSE(result.failed());
  EXPECT_EQ(asked, -1000);
}

TEST(Monitors, FailWhereThePredicateThrows) {
  EXPECT_EQ(what(run([]() -> Coro<void> {
              const auto kept = always("map", [] { return std::map<int, int>().at(1) == 1; });
              co_return;
            })),
            "map: std::out_of_range: map::at");
}

TEST(Monitors, ChangeNoRunThatKeepsThem) {
  const auto program = [](bool monitored) -> Coro<void> {
    Account account;
    const auto kept = monitored ? always("kept", [&] { return account.balance.get() > -10; }) : Monitor();
    co_await gather(withdraw(account, 3), withdraw(account, 4));
  };
  for (Seed seed = 0; seed < 20; ++seed) {
    const RunOptions options = RunOptions().seed(seed);
    EXPECT_EQ(run([&] { return program(true); }, options).hash, run([&] { return program(false); }, options).hash);
  }
}

// The two writes are independent but for the monitor, which sees the state between them.
TEST(Monitors, MakeStepsDependentWhoseOrderTheyCanSee) {
  const auto program = [](bool monitored) -> Coro<void> {
    Shared<int> left{0, "left"};
    Shared<int> right{1, "right"};
    const auto kept = monitored ? always("one token", [&] { return left.get() + right.get() <= 1; }) : Monitor();
    get_running_loop().call_soon([&] { right.set(0); });
    get_running_loop().call_soon([&] { left.set(1); });
    co_await sleep(1ms);
  };
  const ExhaustiveOptions any = ExhaustiveOptions().order(Order::kAny);
  EXPECT_EQ(exhaust(Program("free", [&] { return program(false); }), any).orders, 1U);
  const ExhaustiveResult monitored = exhaust(Program("monitored", [&] { return program(true); }), any);
  ASSERT_THAT(monitored.failures, SizeIs(1));
  EXPECT_EQ(what(monitored.failures[0]), "one token: does not hold");
}

// Sends again until it is not lost, and nine of ten are.
Coro<void> client(Shared<int>& served, int attempts) {
  for (; attempts > 0; --attempts) {
    const bool lost = chance(9, 10);
    co_await sleep(10ms);
    if (!lost) break;
    COROSIM_SOMETIMES("retry");
    if (attempts > 1) continue;
    COROSIM_SOMETIMES("give up");
    co_return;
  }
  served.edit() += 1;
}

Coro<void> served_by(int attempts) {
  Shared<int> served{0, "served"};
  const auto clients = gather(client(served, attempts), client(served, attempts));
  co_await sleep(25ms);
  co_await eventually("both are served", [&] { return served.get() == 2; }, 100);
  co_await clients;
}

TEST(Eventually, IsReachedOnceFaultsStop) {
  const ExploreResult found = explore(Program("patient", [] { return served_by(1000); }), ExploreOptions().runs(200));
  EXPECT_THAT(found.failures, IsEmpty());
}

TEST(Eventually, FailsWhereItIsNotReached) {
  const auto idle = []() -> Coro<void> {
    for (;;) co_await sleep(1ms);
  };
  const ExploreResult found = explore(Program("impatient",
                                              [&]() -> Coro<void> {
                                                const Task<> other = create_task(idle());
                                                co_await served_by(2);
                                              }),
                                      ExploreOptions().runs(200));
  ASSERT_THAT(found.failures, SizeIs(1));
  EXPECT_EQ(what(found.failures[0].run), "both are served: not reached in 100 fair rounds without faults");
}

TEST(Eventually, EndsARoundWhenAllThatWasReadyHasRun) {
  for (const std::uint64_t rounds : {1U, 2U, 10U}) {
    std::uint64_t ticks = 0;
    const auto tick = [](std::uint64_t& count) -> Coro<void> {
      for (;; ++count) co_await sleep(0s);
    };
    const auto main = [&]() -> Coro<void> {
      const Task<> first = create_task(tick(ticks));
      const Task<> second = create_task(tick(ticks));
      co_await sleep(0s);
      co_await eventually("never", [] { return false; }, rounds);
    };
    Simulation simulation;
    const RunResult run = simulation.run(Program("rounds", main), RunOptions().order(Order::kFifo));
    EXPECT_TRUE(run.failed());
    EXPECT_EQ(ticks, 2 * rounds);
  }
}

TEST(Eventually, BlamesNoScheduleThatLeavesATaskOut) {
  class Sticky final : public Strategy {
   public:
    std::string_view name() const override { return "latest"; }
    void begin(Seed) override {}
    std::size_t pick(const ReadySet& ready) override { return ready.size() - 1; }
  } latest;
  const auto spin = []() -> Coro<void> {
    for (;;) co_await sleep(0s);
  };
  const auto main = [&]() -> Coro<void> {
    Shared<int> served{0, "served"};
    const auto serve = [](Shared<int>& count) -> Coro<void> {
      co_await sleep(0s);
      co_await sleep(0s);
      count.set(1);
    };
    const Task<> served_once = create_task(serve(served));
    const Task<> spinning = create_task(spin());
    co_await eventually("served", [&] { return served.get() == 1; }, 10);
    spinning.cancel();
  };
  const RunResult unfair = run(main, RunOptions().strategy(latest).limits(Limits().steps(1000)));
  EXPECT_TRUE(std::holds_alternative<StepLimit>(unfair.end)) << what(unfair);
  EXPECT_EQ(what(run(main, RunOptions().order(Order::kFifo))), "completed");
}

TEST(Eventually, InjectsNoCancellationAnyMore) {
  const auto main = [](bool calm) -> Coro<void> {
    if (calm) co_await eventually("at once", [] { return true; });
    co_await sleep(1ms);
    co_await sleep(1ms);
  };
  const RunOptions options = RunOptions().inject(Injection("main", 2, Moment::kParked));
  EXPECT_EQ(run([&] { return main(false); }, options).injections[0].requests, 1U);
  EXPECT_EQ(run([&] { return main(true); }, options).injections[0].requests, 0U);
}

std::uint64_t runs_of(const std::vector<MarkCount>& marks, std::string_view name) {
  for (const MarkCount& each : marks) {
    if (each.mark.name == name) return each.runs;
  }
  return 12345;
}

TEST(Marks, AreCountedOncePerRun) {
  const Program patient("patient", [] { return served_by(1000); });
  const ExploreResult found = explore(patient, ExploreOptions().runs(100));
  EXPECT_GT(runs_of(found.marks, "retry"), 90U);
  EXPECT_LE(runs_of(found.marks, "retry"), 100U);
  EXPECT_EQ(runs_of(found.marks, "give up"), 0U);
  EXPECT_THAT(render_marks(found.marks, found.runs),
              AllOf(HasSubstr("  reached  retry (monitors_test.cpp:"),
                    HasSubstr("  never    reached: give up (monitors_test.cpp:")));
}

TEST(Marks, AddUpOverProcesses) {
  const Program patient("patient", [] { return served_by(1000); });
  const ExploreOptions options = ExploreOptions().runs(100).strategy("random");
  const ExploreResult one = explore(patient, options);
  const ExploreResult two = explore(patient, ExploreOptions(options).jobs(2));
  EXPECT_EQ(runs_of(two.marks, "retry"), runs_of(one.marks, "retry"));
  EXPECT_EQ(runs_of(two.marks, "give up"), 0U);
}

TEST(Marks, AreCountedByOrderInAnExhaustiveSearch) {
  const Program program("once", []() -> Coro<void> {
    COROSIM_SOMETIMES("in each order");
    Account account;
    co_await gather(withdraw(account, 1), withdraw(account, 1));
  });
  const ExhaustiveResult found = exhaust(program);
  EXPECT_GT(found.orders, 1U);
  EXPECT_EQ(runs_of(found.marks, "in each order"), found.orders);
}

}  // namespace
}  // namespace corosim::sim
