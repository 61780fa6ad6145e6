// A property of a bank, for RapidCheck: amounts and schedule are generated together, and shrink together. It fails,
// with two deposits and the one ordering that loses a deposit.
#include <cstdint>
#include <numeric>
#include <vector>

#include <corosim/rapidcheck.hpp>

using namespace corosim;
using namespace std::chrono_literals;

struct Account {
  Shared<int> balance{0, "balance"};
};

// In asyncio's own order no two deposits meet.
Coro<void> deposit(Account& account, int amount, int hops) {
  for (int hop = 0; hop < hops; ++hop) co_await sleep(0ms);
  const int before = account.balance.get();
  co_await sleep(0ms);
  account.balance.set(before + amount);
}

RC_GTEST_PROP(Account, KeepsEveryDeposit, (std::vector<std::uint8_t> amounts, SimulatedRun run)) {
  corosim::testing::check(run, [&]() -> Coro<void> {
    Account account;
    std::vector<Task<void>> deposits;
    int hops = 0;
    for (const int amount : amounts) deposits.push_back(create_task(deposit(account, amount, hops += 2)));
    for (const Task<void>& each : deposits) co_await each;
    RC_ASSERT(account.balance.get() == std::accumulate(amounts.begin(), amounts.end(), 0));
  });
}
