#include <corosim/runtime/gather.hpp>
#include <corosim/runtime/lock.hpp>
#include <corosim/runtime/shared.hpp>
#include <corosim/runtime/sleep.hpp>
#include <corosim/sim/check.hpp>
#include <corosim/sim/simulation.hpp>
#include <corosim/sim/strategy.hpp>

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace corosim::sim {
namespace {

using namespace std::chrono_literals;

// Two tasks whose read and write belong together; `pad` awaits before the second one's.
Coro<void> add(Shared<int>& sum, int pad) {
  for (int i = 0; i < pad; ++i) co_await sleep(0ms);
  const int before = sum.get();
  co_await sleep(0ms);
  sum.set(before + 1);
}
Coro<void> sums() {
  Shared<int> sum{0, "sum"};
  co_await gather(add(sum, 0), add(sum, 8), add(sum, 16));
  COROSIM_CHECK_EQ(sum.get(), 3);
}
const Program lost_update("sums", sums);

Coro<void> take_both(Lock first, Lock second, int pad) {
  for (int i = 0; i < pad; ++i) co_await sleep(0ms);
  const auto outer = co_await first.scoped();
  co_await sleep(0ms);
  const auto inner = co_await second.scoped();
}
Coro<void> locks() {
  const Lock a("a");
  const Lock b("b");
  co_await gather(take_both(a, b, 0), take_both(b, a, 30));
}
const Program lock_cycle("locks", locks);

std::vector<std::vector<std::uint32_t>> decisions_of_runs(const Program& program, std::string_view strategy_name,
                                                          std::uint64_t runs) {
  const auto strategy = make_strategy(strategy_name);
  Simulation simulation;
  std::vector<std::vector<std::uint32_t>> decisions;
  for (Seed seed = 0; seed < runs; ++seed) {
    decisions.push_back(
        simulation.run(program, RunOptions().order(Order::kAny).strategy(*strategy).seed(seed)).decisions);
  }
  return decisions;
}

std::uint64_t runs_to_failure(const Program& program, std::string_view strategy_name, std::uint64_t most) {
  const auto strategy = make_strategy(strategy_name);
  Simulation simulation;
  for (Seed seed = 0; seed < most; ++seed) {
    if (simulation.run(program, RunOptions().order(Order::kAny).strategy(*strategy).seed(seed)).failed())
      return seed + 1;
  }
  return most + 1;
}

TEST(Strategies, AreKnownByName) {
  for (const std::string_view name : strategy_names()) EXPECT_EQ(make_strategy(name)->name(), name);
  EXPECT_EQ(strategy_names().front(), "portfolio");
}

TEST(Strategies, AnUnknownNameIsRefusedWithTheKnownOnes) {
  try {
    make_strategy("pot");
    FAIL() << "expected a ValueError";
  } catch (const ValueError& error) {
    EXPECT_NE(std::string(error.what()).find("'pot'"), std::string::npos);
    EXPECT_NE(std::string(error.what()).find("pos"), std::string::npos);
  }
}

TEST(Strategies, DependOnTheSeedsSinceTheyWereMadeAndOnNothingElse) {
  for (const std::string_view name : strategy_names()) {
    EXPECT_EQ(decisions_of_runs(lost_update, name, 60), decisions_of_runs(lost_update, name, 60)) << name;
  }
}

TEST(Strategies, AllButTheFixedOrdersTryDifferentSchedules) {
  for (const std::string_view name : strategy_names()) {
    if (name == "fifo" || name == "round-robin" || name == "lock-step") continue;
    const auto decisions = decisions_of_runs(lost_update, name, 30);
    EXPECT_TRUE(std::any_of(decisions.begin(), decisions.end(), [&](const auto& run) {
      return run != decisions.front();
    })) << name;
  }
}

// The update that needs nine steps of one task between two of another: a random walk rarely gets there.
TEST(Strategies, ThatKnowWhatStepsTouchFindALostUpdateSoon) {
  for (const std::string_view name : {"portfolio", "surw", "rff", "race", "pos"}) {
    EXPECT_LE(runs_to_failure(lost_update, name, 200), 40U) << name;
  }
}

TEST(Strategies, TheDeadlockOfAKnownLockCycleIsTheNextRun) {
  EXPECT_EQ(runs_to_failure(lock_cycle, "portfolio", 10), 2U);
  EXPECT_EQ(runs_to_failure(lock_cycle, "deadlock", 10), 2U);
  EXPECT_GT(runs_to_failure(lock_cycle, "fifo", 10), 10U);
}

TEST(Strategies, RunAProgramTheyKnowNothingOf) {
  Coro<void> (*const empty)() = []() -> Coro<void> { co_return; };
  for (const std::string_view name : strategy_names()) {
    const auto strategy = make_strategy(name);
    Simulation simulation;
    EXPECT_FALSE(simulation.run(Program("empty", empty), RunOptions().strategy(*strategy)).failed()) << name;
  }
}

// Who took each step of 40 tasks of five steps each.
std::vector<int> steps_taken;
Coro<void> take_steps(int who) {
  for (int i = 0; i < 5; ++i) {
    steps_taken.push_back(who);
    co_await sleep(0ms);
  }
}
Coro<void> forty() {
  std::vector<Coro<void>> all;
  for (int i = 0; i < 40; ++i) all.push_back(take_steps(i));
  co_await gather(std::move(all));
}

TEST(Strategies, PctLetsTheHighestOfManyGoOnUntilItFalls) {
  const auto strategy = make_strategy("pct2");  // one falls
  Simulation simulation;
  for (Seed seed = 0; seed < 50; ++seed) {
    steps_taken.clear();
    simulation.run(Program("forty", forty), RunOptions().order(Order::kAny).strategy(*strategy).seed(seed));
    ASSERT_EQ(steps_taken.size(), 200U);
    int turns = 1;
    for (std::size_t i = 1; i < steps_taken.size(); ++i) turns += steps_taken[i] != steps_taken[i - 1] ? 1 : 0;
    EXPECT_LE(turns, 41) << "seed " << seed;
    EXPECT_GE(turns, 40) << "seed " << seed;
  }
}

}  // namespace
}  // namespace corosim::sim
