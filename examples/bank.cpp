// A bank that loses money: two deposits read the balance, wait, and write what they have read plus their own amount.
// In asyncio's own order nothing is lost, because the second request takes longer to arrive.
#include <memory>

#include <corosim/corosim.hpp>

using namespace corosim;
using namespace std::chrono_literals;

struct Account {
  Shared<int> balance{0, "balance"};  // an int whose reads and writes corosim sees
  Lock lock;
};

Coro<void> deposit(Account& account, int amount, int hops) {
  for (int hop = 0; hop < hops; ++hop) co_await sleep(0ms);  // the request travels
  const int before = account.balance.get();
  co_await sleep(0ms);                   // another task may run here
  account.balance.set(before + amount);  // and its deposit is lost
}

Coro<void> bank() {
  Account account;
  co_await gather(deposit(account, 1, 1), deposit(account, 2, 2));
  COROSIM_CHECK_EQ(account.balance.get(), 3);
}

// The same with a lock around reading and writing: no schedule loses a deposit. Where one deposit is cancelled,
// gather() ends and the other goes on, so they own the account together.
Coro<void> deposit_locked(std::shared_ptr<Account> account, int amount, int hops) {
  for (int hop = 0; hop < hops; ++hop) co_await sleep(0ms);
  const auto guard = co_await account->lock.scoped();
  const int before = account->balance.get();
  co_await sleep(0ms);
  account->balance.set(before + amount);
}

Coro<void> fixed_bank() {
  const auto account = std::make_shared<Account>();
  co_await gather(deposit_locked(account, 1, 1), deposit_locked(account, 2, 2));
  COROSIM_CHECK_EQ(account->balance.get(), 3);
}

int main(int argc, char** argv) { return sim::program_main(argc, argv, {{"bank", bank}, {"fixed_bank", fixed_bank}}); }
