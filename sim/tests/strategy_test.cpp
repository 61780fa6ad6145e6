#include <corosim/runtime/gather.hpp>
#include <corosim/runtime/lock.hpp>
#include <corosim/runtime/shared.hpp>
#include <corosim/runtime/sleep.hpp>
#include <corosim/sim/check.hpp>
#include <corosim/sim/simulation.hpp>
#include <corosim/sim/strategy.hpp>

#include <algorithm>
#include <functional>
#include <set>
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

// Three who wait for each other in a ring, each long after the one before.
Coro<void> ring() {
  const Lock a("a");
  const Lock b("b");
  const Lock c("c");
  co_await gather(take_both(a, b, 0), take_both(b, c, 30), take_both(c, a, 60));
}
const Program lock_ring("ring", ring);

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
  EXPECT_EQ(runs_to_failure(lock_ring, "portfolio", 10), 2U);
  EXPECT_GT(runs_to_failure(lock_cycle, "fifo", 10), 10U);
}

Coro<void> walk(std::string& log, char name, int steps) {
  for (; steps > 0; --steps) {
    log += name;
    co_await sleep(0ms);
  }
}

Coro<void> write(Shared<std::string>& log, std::string name, int pad) {
  for (int i = 0; i < pad; ++i) co_await sleep(0ms);
  log.set(log.get() + name);
}

// However far away the second access is: by priorities alone it would come first in one of twenty runs.
TEST(Strategies, SurwLetsADistantAccessGoFirst) {
  const auto strategy = make_strategy("surw");
  Simulation simulation;
  std::string log;
  const Program program("far", [&log]() -> Coro<void> {
    Shared<std::string> written{"", "log"};
    co_await gather(write(written, "a", 0), write(written, "b", 20));
    log = written.get();
  });
  int far_first = 0;
  for (Seed seed = 0; seed < 300; ++seed) {
    simulation.run(program, RunOptions().order(Order::kAny).strategy(*strategy).seed(seed));
    far_first += log == "ba" ? 1 : 0;
  }
  EXPECT_GT(far_first, 45);
}

// What `main` logs under a strategy, for each of many seeds.
std::vector<std::string> logs_under(std::string_view strategy_name,
                                    const std::function<Coro<void>(std::string&)>& main) {
  std::string log;
  const Program program("logs", [&] { return main(log); });
  const auto strategy = make_strategy(strategy_name);
  Simulation simulation;
  std::vector<std::string> logs;
  for (Seed seed = 0; seed < 300; ++seed) {
    log.clear();
    simulation.run(program, RunOptions().order(Order::kAny).strategy(*strategy).seed(seed));
    logs.push_back(log);
  }
  return logs;
}

// Who took the steps of three tasks that await `steps` times each: "aabc...".
std::vector<std::string> walks_under(std::string_view strategy_name, int steps) {
  return logs_under(strategy_name, [steps](std::string& log) -> Coro<void> {
    co_await gather(walk(log, 'a', steps), walk(log, 'b', steps), walk(log, 'c', steps));
  });
}

// How many stretches of one task a walk has: 3 for "aaabbc".
std::size_t stretches(const std::string& walk) {
  std::size_t count = 1;
  for (std::size_t i = 1; i < walk.size(); ++i) count += walk[i] != walk[i - 1] ? 1 : 0;
  return count;
}

TEST(Strategies, RoundRobinGivesEachATurn) { EXPECT_EQ(walks_under("round-robin", 3).front(), "abcabcabc"); }

TEST(Strategies, PctChangesOnePriorityLessThanItsDepth) {
  for (const std::size_t depth : {2U, 3U, 5U}) {
    std::size_t most = 0;
    for (const std::string& walk : walks_under("pct" + std::to_string(depth), 8))
      most = std::max(most, stretches(walk));
    EXPECT_EQ(most, 3 + (depth - 1)) << "each change interrupts one task, which goes on behind all others";
  }
}

TEST(Strategies, DelaysComeAtEveryChoicePoint) {
  std::string first;
  for (const std::string& walk : walks_under("delay2", 2)) first += walk.front();
  EXPECT_NE(first.find_first_not_of('a'), std::string::npos) << "at the first one too, where it is a's turn";
}

std::ptrdiff_t count_starting_with(const std::vector<std::string>& logs, char name) {
  return std::count_if(logs.begin(), logs.end(), [name](const std::string& log) { return log.front() == name; });
}

TEST(Strategies, UrwWeighsEachByWhatItHasLeftToDo) {
  const auto logs =
      logs_under("urw", [](std::string& log) -> Coro<void> { co_await gather(walk(log, 'a', 19), walk(log, 'b', 1)); });
  EXPECT_LT(count_starting_with(logs, 'b'), 60) << "of 300; a random walk begins with it every other time";
}

TEST(Strategies, UrwTakesWhatAChildHasToDoOffItsParent) {
  const auto logs = logs_under("urw", [](std::string& log) -> Coro<void> {
    const Task<void> child = create_task(walk(log, 'c', 20));
    co_await sleep(0ms);
    co_await walk(log, 'p', 20);
    co_await child;
  });
  EXPECT_NEAR(static_cast<double>(count_starting_with(logs, 'c')), 150, 30) << "of 300";
}

TEST(Strategies, PosDecidesEachRaceAnew) {
  const auto logs = logs_under("pos", [](std::string& log) -> Coro<void> {
    Shared<int> latest{0, "latest"};
    const auto write = [](Shared<int>& shared, std::string& into, char name) -> Coro<void> {
      for (int step = 0; step < 8; ++step) {
        into += name;
        shared.set(step);
        co_await sleep(0ms);
      }
    };
    co_await gather(write(latest, log, 'a'), write(latest, log, 'b'));
  });
  std::size_t changes = 0;  // among the first five steps, before which neither can have come to its end
  for (const std::string& log : logs) changes += stretches(log.substr(0, 5)) - 1;
  EXPECT_NEAR(static_cast<double>(changes) / static_cast<double>(logs.size()), 2, 0.2) << "of 4, as a coin decides";
}

// A coin at each step comes to the last of these with a chance of one in hundreds.
TEST(Strategies, ThatGoForRacesShowAReaderEachWrite) {
  const auto write = [](Shared<int>& value) -> Coro<void> {
    value.set(1);
    co_await sleep(0ms);
    value.set(2);
    co_await sleep(0ms);
    value.set(3);
    co_await sleep(0ms);
    value.set(4);
    co_await sleep(0ms);
    value.set(5);
    co_await sleep(0ms);
    value.set(6);
    co_await sleep(0ms);
    value.set(7);
    co_await sleep(0ms);
    value.set(8);
  };
  const auto read = [](Shared<int>& value, std::string& log) -> Coro<void> {
    log = std::to_string(value.get());
    co_return;
  };
  for (const std::string_view name : {"rff", "race"}) {
    auto logs = logs_under(name, [&](std::string& log) -> Coro<void> {
      Shared<int> value{0, "value"};
      co_await gather(write(value), read(value, log));
    });
    logs.resize(150);
    EXPECT_EQ(std::set<std::string>(logs.begin(), logs.end()).size(), 9U) << name;
  }
}

// The first cycle never closes, as both tasks take a third lock first.
TEST(Strategies, ALockCycleThatDoesNotCloseIsLeftForTheNext) {
  const Program guarded("guarded", []() -> Coro<void> {
    const Lock a("a"), b("b"), c("c"), d("d"), gate("gate");
    const auto take_guarded = [](Lock outer, Lock first, Lock second) -> Coro<void> {
      const auto guard = co_await outer.scoped();
      co_await take_both(first, second, 0);
    };
    co_await gather(take_guarded(gate, a, b), take_guarded(gate, b, a), take_both(c, d, 0), take_both(d, c, 30));
  });
  EXPECT_LE(runs_to_failure(guarded, "deadlock", 50), 20U);
}

TEST(Strategies, LocksThatAreTakenOneAfterTheOtherAreNoCycle) {
  const Program decoys("decoys", []() -> Coro<void> {
    const Lock a("a"), b("b"), c("c"), d("d");
    const auto take_in_turn = [](Lock first, Lock second) -> Coro<void> {
      co_await take_both(first, Lock(), 0);
      co_await take_both(second, Lock(), 0);
    };
    co_await gather(take_in_turn(a, b), take_in_turn(b, a), take_both(c, d, 0), take_both(d, c, 30));
  });
  EXPECT_EQ(runs_to_failure(decoys, "deadlock", 10), 2U);
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
