// A bank that loses money: two deposits read the balance, wait, and write what they have read plus their own amount.
// In asyncio's own order nothing is lost, because each deposit writes before the other reads.
#include <corosim/corosim.hpp>

using namespace corosim;
using namespace std::chrono_literals;

struct Account {
  int balance = 0;
};

Coro<void> deposit(Account& account, int amount) {
  co_await sleep(1ms);  // the request arrives
  const int before = account.balance;
  co_await sleep(0ms);                // another task may run here
  account.balance = before + amount;  // and its deposit is lost
}

Coro<void> bank() {
  Account account;
  co_await gather(deposit(account, 1), deposit(account, 2));
  COROSIM_CHECK_EQ(account.balance, 3);
}

// The same with a lock around reading and writing: no schedule loses a deposit.
Coro<void> deposit_locked(Account& account, Lock& lock, int amount) {
  co_await sleep(1ms);
  const auto guard = co_await lock.scoped();
  const int before = account.balance;
  co_await sleep(0ms);
  account.balance = before + amount;
}

Coro<void> fixed_bank() {
  Account account;
  Lock lock;
  co_await gather(deposit_locked(account, lock, 1), deposit_locked(account, lock, 2));
  COROSIM_CHECK_EQ(account.balance, 3);
}

int main(int argc, char** argv) { return sim::program_main(argc, argv, {{"bank", bank}, {"fixed_bank", fixed_bank}}); }
