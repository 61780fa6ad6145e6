// Tests as users write them, some of which fail: gtest_test.cpp runs them and looks at what they print.
#include <memory>
#include <stdexcept>
#include <vector>

#include <corosim/gtest.hpp>

#include <gmock/gmock.h>

using namespace corosim;
using namespace std::chrono_literals;

namespace {

struct Account {
  Shared<int> balance{0, "balance"};
};

Coro<void> deposit(Account& account, int amount) {
  const int before = account.balance.get();
  co_await sleep(1ms);
  account.balance.set(before + amount);
}

COROSIM_TEST(Account, KeepsEveryDeposit) {
  Account account;
  co_await gather(deposit(account, 1), deposit(account, 2));
  EXPECT_EQ(account.balance.get(), 3) << "a deposit is lost";
}

COROSIM_TEST(Account, KeepsOneDeposit) {
  Account account;
  co_await deposit(account, 1);
  EXPECT_EQ(account.balance.get(), 1);
}

COROSIM_TEST(Assertions, LeaveTheCoroutine) {
  CO_ASSERT_TRUE(true);
  CO_ASSERT_THAT(std::vector<int>(3, 1), ::testing::SizeIs(3));
  CO_ASSERT_EQ(1 + 1, 3) << "as everybody knows";
  ADD_FAILURE() << "not reached";
  co_return;
}

COROSIM_TEST(Orders, AreAllExplored, TestOptions().strategy("exhaustive").order(Order::kAny)) {
  Account account;
  co_await gather(deposit(account, 1), deposit(account, 2));
  EXPECT_GT(account.balance.get(), 0);
}

COROSIM_TEST(Marks, AreReached, TestOptions().reaches("first")) {
  Shared<int> turn{0, "turn"};
  co_await sleep(1ms);
  COROSIM_SOMETIMES("first");
  if (turn.get() > 0) COROSIM_SOMETIMES("second");
}

COROSIM_TEST(Marks, AreMissed, TestOptions().reaches("first").reaches("second")) { co_await sleep(1ms); }

class Fixture : public ::testing::Test {
 protected:
  void SetUp() override { log_.push_back(1); }
  void TearDown() override {
    EXPECT_FALSE(log_.empty());
    ++taken_down;
  }
  std::vector<int> log_;

 public:
  static inline int taken_down = 0;
};

COROSIM_TEST_F(Fixture, IsMadeAnewInEachRun, TestOptions().runs(10)) {
  EXPECT_EQ(log_.size(), 1U);
  log_.push_back(2);
  co_await sleep(1ms);
}

TEST_F(Fixture, WasTakenDownAfterEachRun) { EXPECT_GE(taken_down, 10); }

class Amounts : public ::testing::TestWithParam<int> {};

TEST_P(Amounts, AreKept) {
  const int amount = GetParam();
  corosim::testing::explore([amount]() -> Coro<void> {
    Account account;
    co_await gather(deposit(account, amount), deposit(account, 0));
    EXPECT_EQ(account.balance.get(), amount);
  });
}
INSTANTIATE_TEST_SUITE_P(Some, Amounts, ::testing::Values(0, 5));

}  // namespace
