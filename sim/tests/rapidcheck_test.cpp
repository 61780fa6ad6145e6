// Properties of coroutines: what is found, how small it gets, and that it can be reproduced.
#include <numeric>
#include <vector>

#include <corosim/rapidcheck.hpp>

#include <gmock/gmock.h>

#include "checked_property.hpp"

namespace corosim {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using Amounts = std::vector<std::uint8_t>;

struct Account {
  Shared<int> balance{0, "balance"};
  Lock lock;
};

// In asyncio's own order the second deposit comes after the first.
Coro<void> deposit(Account& account, int amount, int hops) {
  for (int hop = 0; hop < hops; ++hop) co_await sleep(0ms);
  const int before = account.balance.get();
  co_await sleep(0ms);
  account.balance.set(before + amount);
}

Coro<void> deposit_locked(Account& account, int amount, int hops) {
  const auto guard = co_await account.lock.scoped();
  co_await deposit(account, amount, hops);
}

template <class Deposit>
Coro<void> deposit_all(const Amounts& amounts, Deposit deposit) {
  Account account;
  std::vector<Task<void>> deposits;
  int hops = 0;
  for (const int amount : amounts) deposits.push_back(create_task(deposit(account, amount, hops += 2)));
  for (auto& each : deposits) co_await each;
  COROSIM_CHECK_EQ(account.balance.get(), std::accumulate(amounts.begin(), amounts.end(), 0));
}

void keeps_every_deposit(const Amounts& amounts, const SimulatedRun& run) {
  testing::check(run, [&] { return deposit_all(amounts, deposit); });
}

// Loses the permit where it is cancelled while it sleeps.
Coro<void> use(Semaphore& permits) {
  co_await permits.acquire();
  co_await sleep(1ms);
  permits.release();
}

TEST(RapidCheck, ShrinksInputsAndScheduleTogether) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const TestResult result = check_property(keeps_every_deposit, {}, 100, seed);
    ASSERT_TRUE(result.is<FailureResult>());
    EXPECT_THAT(counterexample(result),
                AllOf(AnyOf(HasSubstr("([0, 1], "), HasSubstr("([1, 0], ")),
                      HasSubstr(" task 2 takes 2 steps, then in the order of becoming ready; draws are plain)")));
  }
}

TEST(RapidCheck, TellsTheWholeReport) {
  const TestResult result = check_property(keeps_every_deposit);
  ASSERT_TRUE(result.is<FailureResult>());
  EXPECT_THAT(result.get<FailureResult>().description,
              AllOf(HasSubstr("RapidCheck.TellsTheWholeReport · seed 0x0"), HasSubstr("FAILED at step"),
                    HasSubstr("to 1 constraint in"), HasSubstr("reads balance = 0"), HasSubstr("<- overwrites step"),
                    HasSubstr("corosim show "), HasSubstr("RapidCheck.TellsTheWholeReport.trace")));
}

TEST(RapidCheck, ReproducesTheRunByItsOwnString) {
  const TestResult first = check_property(keeps_every_deposit);
  const FailureResult& failure = first.get<FailureResult>();
  const TestResult again = check_property(keeps_every_deposit, {{"property", failure.reproduce}});
  ASSERT_TRUE(again.is<FailureResult>());
  EXPECT_EQ(counterexample(again), counterexample(first));
  EXPECT_EQ(again.get<FailureResult>().description, failure.description);
}

TEST(RapidCheck, PassesThousandCasesOfACorrectProgram) {
  const TestResult result = check_property(
      [](const Amounts& amounts, const SimulatedRun& run) {
        testing::check(run, [&] { return deposit_all(amounts, deposit_locked); });
      },
      {}, 1000);
  ASSERT_TRUE(result.is<rc::detail::SuccessResult>()) << result;
  EXPECT_EQ(result.get<rc::detail::SuccessResult>().numSuccess, 1000);
}

TEST(RapidCheck, ShrinksWhatIsDrawnAndDropsCancellations) {
  const TestResult result = check_property([] {
    const SimulatedRun run =
        *testing::runs(testing::RunSpace().cancellations(2).timer_jitter(sim::TimerJitter(1ms, 1ms)));
    testing::check(run, []() -> Coro<void> {
      co_await sleep(5ms);
      if (random_int(1, 100) > 1) co_await sleep(1ms);
      fail("it fails always");
    });
  });
  ASSERT_TRUE(result.is<FailureResult>());
  EXPECT_EQ(counterexample(result), "in the order of becoming ready; draws are plain\n");
}

TEST(RapidCheck, CancelsAndFindsWhatIsLostByIt) {
  const TestResult result = check_property([] {
    const SimulatedRun run = *testing::runs(testing::RunSpace().cancellations(1));
    testing::check(run, []() -> Coro<void> {
      Semaphore permits(1);
      const std::vector<Task<void>> users{create_task(use(permits)), create_task(use(permits))};
      co_await wait(users);
      COROSIM_CHECK(!permits.locked());
    });
  });
  ASSERT_TRUE(result.is<FailureResult>());
  EXPECT_THAT(counterexample(result), HasSubstr("in the order of becoming ready; draws are plain; cancellation "));
  EXPECT_THAT(result.get<FailureResult>().description,
              AllOf(HasSubstr("cancel   main/use#1@1:"), HasSubstr("waits for Semaphore")));
}

RC_GTEST_PROP(RapidCheckProperties, AssertionsInTheBodyAreUnderstood, (std::uint8_t number, SimulatedRun run)) {
  testing::check(run, [&]() -> Coro<void> {
    co_await sleep(1ms);
    RC_PRE(number % 2 == 0);
    RC_ASSERT(number % 2 == 0);
    EXPECT_EQ(number % 2, 0);
  });
}

TEST(RapidCheck, FailedAssertionsFailTheProperty) {
  const auto description_of = [](const std::function<void()>& assertion) {
    const TestResult result = check_property([&](const SimulatedRun& run) {
      testing::check(run, [&]() -> Coro<void> {
        co_await sleep(1ms);
        assertion();
      });
    });
    return result.is<FailureResult>() ? result.get<FailureResult>().description : "passed";
  };
  EXPECT_THAT(description_of([] { RC_ASSERT(1 + 1 == 3); }),
              AllOf(HasSubstr("RC_ASSERT(1 + 1 == 3)"), HasSubstr("  check    rapidcheck_test.cpp:")));
  EXPECT_THAT(description_of([] { EXPECT_EQ(1 + 1, 3); }), HasSubstr("Expected equality of these values: 1 + 1"));
  EXPECT_THAT(description_of([] { throw std::runtime_error("lost"); }), HasSubstr("lost"));
}

}  // namespace
}  // namespace corosim
