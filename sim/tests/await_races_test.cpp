// A value that was read before an await and is written after it, with another's write in between: found whether or not
// a check failed, and nowhere else.
#include <corosim/sim/await_races.hpp>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include <corosim/runtime/gather.hpp>
#include <corosim/runtime/lock.hpp>
#include <corosim/runtime/shared.hpp>
#include <corosim/runtime/sleep.hpp>
#include <corosim/runtime/task.hpp>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace corosim::sim {
namespace {

using namespace std::chrono_literals;
using ::testing::AnyOf;
using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::string here(int line) { return fmt::format("await_races_test.cpp:{}", line); }

struct Explored {
  AwaitRaces races;
  std::uint64_t failures = 0;
};

Explored explore_races(Coro<void> (*main)(), std::uint64_t runs = 200, Order order = Order::kLegal) {
  const Program program("test", main);
  Simulation simulation;
  Simulation detailed;
  Explored result;
  for (Seed seed = 0; seed < runs; ++seed) {
    result.races.begin(seed);
    const RunResult run = simulation.run(program, RunOptions().order(order).seed(seed).watch(result.races));
    result.failures += run.failed() ? 1 : 0;
    result.races.name_objects(detailed, program, run, Limits());
  }
  return result;
}

constexpr int kReadLine = __LINE__ + 2;
Coro<void> deposit(Shared<int>& balance, int amount) {
  const int before = balance.get();
  co_await sleep(0ms);
  balance.set(before + amount);
}
Coro<void> deposits() {
  Shared<int> balance{0, "balance"};
  co_await gather(deposit(balance, 1), deposit(balance, 2));
}

TEST(AwaitRaces, FindsTheLostUpdateOfAProgramThatChecksNothing) {
  const Explored explored = explore_races(deposits);
  EXPECT_EQ(explored.failures, 0U);
  ASSERT_THAT(explored.races.races(), SizeIs(1));
  const AwaitRace& race = explored.races.races()[0];
  EXPECT_EQ(race.name, "balance");
  EXPECT_EQ(race.read.text(), here(kReadLine));
  EXPECT_EQ(race.write.text(), here(kReadLine + 2));
  EXPECT_EQ(race.intruding_write.text(), here(kReadLine + 2));
  EXPECT_THAT(race.task, AnyOf(Eq("deposit#1"), Eq("deposit#2")));
  EXPECT_THAT(race.intruder, AnyOf(Eq("deposit#1"), Eq("deposit#2")));
  EXPECT_NE(race.task, race.intruder);
  EXPECT_GT(race.runs, 1U);
  EXPECT_LT(race.runs, 200U);
}

TEST(AwaitRaces, AreToldInOneSentence) {
  const AwaitRace race = explore_races(deposits).races.races().at(0);
  EXPECT_EQ(race.text(),
            fmt::format("await race on balance: {} read it ({}) and wrote it ({}) with {}'s write ({}) in between",
                        race.task, here(kReadLine), here(kReadLine + 2), race.intruder, here(kReadLine + 2)));
}

constexpr int kAwaitLine = __LINE__ + 5;
Coro<void> deposit_by_operators(Shared<int>& balance) {
  co_await sleep(0ms);
  int before = 0;
  for (int i = 0; i < 2; ++i) {
    co_await sleep(0ms);
    if (i == 0) before = balance;
  }
  balance = before + 1;
}
Coro<void> deposits_by_operators() {
  Shared<int> balance{0};
  co_await gather(deposit_by_operators(balance), deposit_by_operators(balance));
}

TEST(AwaitRaces, OfAReadWithoutAPlaceNameWhereItsStepWentOn) {
  const Explored explored = explore_races(deposits_by_operators);
  ASSERT_THAT(explored.races.races(), SizeIs(1));
  EXPECT_EQ(explored.races.races()[0].read.text(), here(kAwaitLine));
  EXPECT_EQ(explored.races.races()[0].write.text(), here(kAwaitLine + 3));
  EXPECT_EQ(explored.races.races()[0].name, "shared");
}

Coro<void> reset(Shared<int>& balance) {
  get_running_loop().call_soon([&balance] { balance.set(0); });
  co_return;
}
Coro<void> deposit_and_callback() {
  Shared<int> balance{0, "balance"};
  co_await gather(deposit(balance, 1), reset(balance));
}

TEST(AwaitRaces, MayBeWithACallback) {
  const Explored explored = explore_races(deposit_and_callback);
  ASSERT_THAT(explored.races.races(), SizeIs(1));
  EXPECT_EQ(explored.races.races()[0].intruder, "a callback");
  EXPECT_THAT(explored.races.races()[0].text(), HasSubstr("with a callback's write"));
}

Coro<void> deposit_twice_read(Shared<int>& balance) {
  if (balance.get() < 0) co_return;
  co_await sleep(0ms);
  balance.set(balance.get() + 1);
}
Coro<void> re_readers() {
  Shared<int> balance{0, "balance"};
  co_await gather(deposit_twice_read(balance), deposit_twice_read(balance), deposit_twice_read(balance));
}

TEST(AwaitRaces, AreNoneWhereTheValueIsReadAgainInTheWritingStep) {
  EXPECT_THAT(explore_races(re_readers).races.races(), IsEmpty());
}

Coro<void> deposit_in_place(Shared<int>& balance) {
  if (balance.get() < 0) co_return;
  co_await sleep(0ms);
  balance.edit() += 1;
}
Coro<void> editors() {
  Shared<int> balance{0, "balance"};
  co_await gather(deposit_in_place(balance), deposit_in_place(balance));
}

TEST(AwaitRaces, AreNoneWhereTheValueIsChangedInPlace) { EXPECT_THAT(explore_races(editors).races.races(), IsEmpty()); }

Coro<void> deposit_locked(Lock lock, Shared<int>& balance) {
  const auto held = co_await lock.scoped();
  const int before = balance.get();
  co_await sleep(0ms);
  balance.set(before + 1);
}
Coro<void> locked() {
  Shared<int> balance{0, "balance"};
  const Lock lock("account");
  co_await gather(deposit_locked(lock, balance), deposit_locked(lock, balance), deposit_locked(lock, balance));
}

TEST(AwaitRaces, AreNoneWhereALockKeepsTheOthersOut) {
  for (const Order order : {Order::kLegal, Order::kAny}) {
    EXPECT_THAT(explore_races(locked, 500, order).races.races(), IsEmpty());
  }
}

Coro<void> one_without_lock() {
  Shared<int> balance{0, "balance"};
  const Lock lock("account");
  co_await gather(deposit_locked(lock, balance), deposit(balance, 1));
}

TEST(AwaitRaces, AreThereWhereOneOfThemTakesNoLock) {
  EXPECT_THAT(explore_races(one_without_lock).races.races(), SizeIs(2)) << "each may be the other's intruder";
}

Coro<void> announce(Shared<std::string>& state, std::string own) {
  state.set(own + " starts");
  co_await sleep(0ms);
  state.set(own + " ends");
}
Coro<void> blind_writers() {
  Shared<std::string> state{"", "state"};
  co_await gather(announce(state, "a"), announce(state, "b"));
  state.get();
}

TEST(AwaitRaces, AreNoneOfWritesThatRestOnNoRead) {
  EXPECT_THAT(explore_races(blind_writers).races.races(), IsEmpty());
}

Coro<void> count_and_reset(Shared<int>& count) {
  count.set(count.get() + 1);
  co_await sleep(0ms);
  count.set(0);
}
Coro<void> resetters() {
  Shared<int> count{0, "count"};
  co_await gather(count_and_reset(count), count_and_reset(count));
}

TEST(AwaitRaces, AreNoneOfAReadThatWasWrittenBackBefore) {
  EXPECT_THAT(explore_races(resetters).races.races(), IsEmpty());
}

Coro<void> deposit_before(Shared<int>& balance, Shared<int>& other) {
  const int before = balance.get();
  co_await sleep(0ms);
  other.set(before);
}
Coro<void> two_objects() {
  Shared<int> balance{0, "balance"};
  Shared<int> other{0, "other"};
  co_await gather(deposit_before(balance, other), deposit_before(other, balance));
}

TEST(AwaitRaces, AreOfOneObject) { EXPECT_THAT(explore_races(two_objects).races.races(), IsEmpty()); }

Coro<void> many_deposits() {
  Shared<int> balance{0, "balance"};
  std::vector<Task<>> tasks;
  for (int i = 0; i < 20; ++i) tasks.push_back(create_task(deposit(balance, i)));
  for (const Task<>& task : tasks) co_await task;
}

TEST(AwaitRaces, AreCountedOncePerRunAndPlaces) {
  Explored explored = explore_races(many_deposits, 50);
  ASSERT_THAT(explored.races.races(), SizeIs(1));
  EXPECT_EQ(explored.races.races()[0].runs, 50U);
  EXPECT_EQ(explored.races.races()[0].seed, 0U);
  EXPECT_THAT(explored.races.take(), SizeIs(1));
  EXPECT_THAT(explored.races.races(), IsEmpty());
  EXPECT_FALSE(explored.races.has_unnamed());
}

}  // namespace
}  // namespace corosim::sim
