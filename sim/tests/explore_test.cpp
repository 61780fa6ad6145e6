#include <corosim/sim/explore.hpp>

#include <csignal>
#include <filesystem>
#include <string>

#include <corosim/corosim.hpp>
#include <corosim/sim/order_counter.hpp>
#include <corosim/traces/trace.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace corosim::sim {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// Three tasks, each of which fails in a way of its own when it is the last.
Coro<void> walk(Shared<int>& arrived, int which) {
  co_await sleep(1ms);
  arrived.set(arrived.get() + 1);
  if (arrived.get() < 3) co_return;
  COROSIM_CHECK(which != 1);
  COROSIM_CHECK(which != 2);
  COROSIM_CHECK(which != 3);
}

const Program race("race", []() -> Coro<void> {
  Shared<int> arrived{0, "arrived"};
  co_await gather(walk(arrived, 1), walk(arrived, 2), walk(arrived, 3));
});

std::vector<std::string> places(const ExploreResult& found) {
  std::vector<std::string> all;
  for (const ExploredFailure& failure : found.failures) all.push_back(std::get<Failed>(failure.run.end).what);
  std::sort(all.begin(), all.end());
  return all;
}

TEST(Explore, TellsFailuresApartByTheirCause) {
  const ExploreResult found = explore(race, ExploreOptions().runs(200).failures(100));
  EXPECT_THAT(places(found), ElementsAre(HasSubstr("which != 1"), HasSubstr("which != 2"), HasSubstr("which != 3")));
  EXPECT_EQ(found.failing_runs, 200U);
  std::uint64_t runs = 0;
  for (const ExploredFailure& failure : found.failures) runs += failure.runs;
  EXPECT_EQ(runs, 200U);
}

TEST(Explore, StopsAtTheGivenNumberOfDifferentFailures) {
  const ExploreResult found = explore(race, ExploreOptions().runs(200).failures(2));
  ASSERT_THAT(found.failures, SizeIs(2));
  EXPECT_EQ(found.runs, found.failures[1].found_after);
}

TEST(Explore, FindsTheSameInProcessesOfItsOwn) {
  const ExploreResult here = explore(race, ExploreOptions().runs(300).failures(100));
  const ExploreResult one = explore(race, ExploreOptions().runs(300).failures(100).jobs(1));
  EXPECT_EQ(places(one), places(here));
  EXPECT_EQ(one.runs, here.runs);
  EXPECT_EQ(one.steps, here.steps);
  EXPECT_EQ(one.orders.orders(), here.orders.orders());
  for (std::size_t i = 0; i < here.failures.size(); ++i) {
    EXPECT_EQ(one.failures[i].run.hash, here.failures[i].run.hash);
    EXPECT_EQ(one.failures[i].runs, here.failures[i].runs);
  }
  const ExploreResult three = explore(race, ExploreOptions().runs(300).failures(100).jobs(3));
  EXPECT_EQ(places(three), places(here));
  EXPECT_EQ(three.runs, 300U);
  EXPECT_EQ(three.next, 300U);
}

TEST(Explore, AddsUpTheWarningsOfAllProcesses) {
  const Program program("warns", []() -> Coro<void> {
    {
      auto unused = []() -> Coro<void> { co_return; }();
    }
    co_return;
  });
  const ExploreResult found = explore(program, ExploreOptions().runs(100).jobs(2));
  ASSERT_THAT(found.warnings, SizeIs(1));
  EXPECT_EQ(found.warnings[0].runs, 100U);
  EXPECT_EQ(found.warnings[0].seed, 0U);
}

TEST(Explore, WarnsOfAwaitRacesOfRunsThatPass) {
  const Program program("races", []() -> Coro<void> {
    Shared<int> balance{0, "balance"};
    const auto deposit = [](Shared<int>& shared) -> Coro<void> {
      const int before = shared.get();
      co_await sleep(1ms);
      shared.set(before + 1);
    };
    co_await gather(deposit(balance), deposit(balance));
  });
  for (const std::uint32_t jobs : {0U, 2U}) {
    const ExploreResult found = explore(program, ExploreOptions().runs(100).jobs(jobs));
    EXPECT_THAT(found.failures, IsEmpty());
    ASSERT_THAT(found.warnings, SizeIs(1));
    EXPECT_THAT(found.warnings[0].warning.what,
                ::testing::StartsWith("await race on balance: read at explore_test.cpp:"));
    EXPECT_EQ(found.warnings[0].runs, 100U);
  }
}

TEST(Explore, SaysWhichRunCrashedAndHow) {
  const Program program("crashes", []() -> Coro<void> {
    Shared<int> order{0, "order"};
    const auto step = [](Shared<int>& shared, int which) -> Coro<void> {
      co_await sleep(0ms);
      shared.set(shared.get() * 4 + which);
    };
    co_await gather(step(order, 1), step(order, 2), step(order, 3));
    if (order.get() == 3 * 16 + 2 * 4 + 1) std::raise(SIGKILL);
  });
  for (const std::uint32_t jobs : {1U, 2U}) {
    try {
      explore(program, ExploreOptions().runs(10'000).jobs(jobs));
      FAIL() << "no crash";
    } catch (const ProgramCrashed& crash) {
      EXPECT_EQ(crash.run().how, "killed by signal 9 (Killed)");
      EXPECT_GT(crash.run().steps, 0U);
      const auto crash_again = [&] {
        Simulation simulation;
        simulation.run(program, RunOptions().seed(crash.run().seed).follow(crash.run().decisions));
      };
      EXPECT_EXIT(crash_again(), ::testing::KilledBySignal(SIGKILL), "");
    }
  }
}

TEST(Explore, PassesOnWhatWentWrongInAProcess) {
  static int calls = 0;
  const Program program("unstable", []() -> Coro<void> {
    const int extra = ++calls;
    for (int i = 0; i < extra; ++i) co_await sleep(1s);
  });
  EXPECT_THROW(explore(program, ExploreOptions().runs(1000).jobs(2)), NotDeterministic);
}

TEST(Explore, KeepsTheEndOfARunThatCannotBeRepeated) {
  static int calls = 0;
  const Program program("unstable", []() -> Coro<void> {
    const int steps = calls++ == 0 ? 40 : 30;
    for (int i = 0; i < steps; ++i) co_await sleep(1s);
  });
  for (const std::uint32_t jobs : {0U, 2U}) {
    calls = 0;
    const std::filesystem::path file = std::filesystem::path(::testing::TempDir()) / "kept" / "first.trace";
    std::filesystem::remove(file);
    const auto says = [&](const std::exception& error) {
      return std::string(error.what()).find("corosim show " + file.string()) != std::string::npos;
    };
    EXPECT_THAT([&] { explore(program, ExploreOptions().runs(1000).jobs(jobs).keep_steps(10, file)); },
                ::testing::Throws<NotDeterministic>(::testing::Truly(says)));
    const auto trace = traces::Trace::open(file);
    EXPECT_THAT(trace.steps(), SizeIs(10));
    EXPECT_EQ(trace.end()->steps, trace.steps().back().number);
    EXPECT_EQ(trace.end()->time, 40s);
  }
}

TEST(Explore, LeavesOutTheRunsOfAnEarlierExploration) {
  const ExploreResult found = explore(race, ExploreOptions().runs(100).failures(100).skip(60));
  EXPECT_EQ(found.runs, 40U);
  EXPECT_EQ(found.next, 100U);
  for (const ExploredFailure& failure : found.failures) EXPECT_GT(failure.found_after, 60U);
}

TEST(Explore, TakesTheSeedsOfItsShard) {
  std::vector<Seed> seeds;
  explore(race, ExploreOptions().runs(4).failures(100).first_seed(10).shard({2, 3}).on_failure(
                    [&](const RunResult& run) { seeds.push_back(run.seed); }));
  EXPECT_THAT(seeds, ElementsAre(11U, 14U, 17U, 20U));
}

TEST(OrderCounter, CountsExactlyAsLongAsItHasRoom) {
  OrderCounter counter;
  for (std::uint64_t i = 0; i < 1000; ++i) counter.add(mix(i % 600));
  EXPECT_TRUE(counter.exact());
  EXPECT_EQ(counter.orders(), 600U);
  EXPECT_EQ(counter.seen_once(), 200U);
  EXPECT_EQ(counter.seen_twice(), 400U);
  EXPECT_DOUBLE_EQ(counter.chance_of_news(), 0.2);
}

TEST(OrderCounter, CountsAsSeenTwiceWhatIsSeenNoMoreOften) {
  OrderCounter counter;
  for (int times = 1; times <= 4; ++times) {
    counter.add(mix(1));
    EXPECT_EQ(counter.seen_once(), times == 1 ? 1U : 0U);
    EXPECT_EQ(counter.seen_twice(), times == 2 ? 1U : 0U);
  }
}

TEST(OrderCounter, EstimatesWithinAFewPercentBeyondThat) {
  OrderCounter counter(1000);
  for (std::uint64_t i = 0; i < 150'000; ++i) counter.add(mix(i % 100'000));
  EXPECT_FALSE(counter.exact());
  EXPECT_NEAR(static_cast<double>(counter.orders()), 100'000, 10'000);
  EXPECT_NEAR(static_cast<double>(counter.seen_once()), 50'000, 8'000);
}

}  // namespace
}  // namespace corosim::sim
