// A step that has seen the same does the same, unless tasks share state that they do not declare.
#include <corosim/sim/order_audit.hpp>

#include <optional>
#include <string>
#include <vector>

#include <corosim/runtime/gather.hpp>
#include <corosim/runtime/lock.hpp>
#include <corosim/runtime/queue.hpp>
#include <corosim/runtime/shared.hpp>
#include <corosim/runtime/sleep.hpp>
#include <corosim/runtime/timeout.hpp>
#include <corosim/sim/check.hpp>
#include <corosim/sim/partial_order.hpp>
#include <corosim/sim/simulation.hpp>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <kernels/kernels.hpp>

namespace corosim::sim {
namespace {

using namespace std::chrono_literals;
using ::testing::StartsWith;

Coro<void> deposit(int& balance) {
  const int before = balance;
  co_await sleep(0ms);
  balance = before + 1;
}
constexpr int kGatherLine = __LINE__ + 3;
Coro<void> undeclared_main() {
  int balance = 0;
  co_await gather(deposit(balance), deposit(balance));
  COROSIM_CHECK_EQ(balance, 2);
}
const Program kUndeclared("undeclared", undeclared_main);

Coro<void> declared_deposit(Shared<int>& balance) {
  const int before = balance.get();
  co_await sleep(0ms);
  balance.set(before + 1);
}
Coro<void> declared_main() {
  Shared<int> balance{0, "balance"};
  co_await gather(declared_deposit(balance), declared_deposit(balance));
  COROSIM_CHECK_EQ(balance.get(), 2);
}
const Program kDeclared("declared", declared_main);

// Fails for some seeds in whatever order.
Coro<void> lucky_main() {
  co_await sleep(1ms);
  COROSIM_CHECK(random_int(0, 1) == 0);
}
const Program kLucky("lucky", lucky_main);

Coro<void> transfer(Queue<int> queue, Lock lock, Shared<int>& balance) {
  for (int i = 0; i < 2; ++i) {
    co_await queue.put(i);
    const auto held = co_await lock.scoped();
    const int before = balance.get();
    co_await sleep(0ms);
    balance.set(before + co_await queue.get());
  }
}
Coro<void> synchronised_main() {
  Shared<int> balance{0, "balance"};
  const Lock lock("account");
  const Queue<int> queue(2);
  co_await gather(transfer(queue, lock, balance), transfer(queue, lock, balance),
                  wait_for(transfer(queue, lock, balance), 10ms));
}
const Program kSynchronised("synchronised", synchronised_main);

struct Audited {
  std::optional<UndeclaredSharing> finding;
  std::uint64_t failures = 0;
};

Audited audit(const Program& program, std::uint64_t runs) {
  Simulation simulation;
  PartialOrderHash order;
  std::vector<PastStep> pasts;
  std::vector<Drawn> draws;
  OrderAudit audit;
  order.keep_pasts(pasts);
  Audited result;
  for (Seed seed = 0; seed < runs && !result.finding; ++seed) {
    order.begin();
    draws.clear();
    const RunResult run = simulation.run(program, RunOptions().watch(order).collect_draws(draws).seed(seed));
    result.failures += run.failed() ? 1 : 0;
    result.finding = audit.add(pasts, draws, run);
  }
  return result;
}

TEST(OrderAudit, FindsStateThatIsSharedWithoutBeingDeclared) {
  const Audited audited = audit(kUndeclared, 100);
  ASSERT_TRUE(audited.finding);
  EXPECT_NE(audited.finding->first, audited.finding->second);
  EXPECT_EQ(audited.finding->place, fmt::format("order_audit_test.cpp:{}", kGatherLine));
  EXPECT_TRUE(audited.finding->is_failure);
}

TEST(OrderAudit, FindsItInTheOrdersOfOneSeed) {
  const auto finding = audit_sharing(kUndeclared, Order::kLegal, 7, 50);
  ASSERT_TRUE(finding);
  EXPECT_EQ(finding->first, 7U);
  EXPECT_EQ(finding->second, 7U);
  EXPECT_THAT(finding->text(), StartsWith("two orders of seed 0x7: step "));
}

TEST(OrderAudit, SaysNothingWhereTheStateIsDeclared) {
  for (const Program& program : {kDeclared, kSynchronised}) {
    const Audited audited = audit(program, 2000);
    EXPECT_FALSE(audited.finding) << program.name() << ": " << audited.finding->text();
    for (const Order order : {Order::kLegal, Order::kAny}) {
      const auto finding = audit_sharing(program, order, 3, 1000);
      EXPECT_FALSE(finding) << program.name() << ": " << finding->text();
    }
  }
  EXPECT_GT(audit(kDeclared, 100).failures, 0U) << "the program has to fail in some orders";
}

TEST(OrderAudit, SaysNothingOfTheBugKernels) {
  for (const kernels::Kernel& kernel : kernels::bug_kernels()) {
    const auto finding = audit_sharing(kernel.program, Order::kAny, 0, 300, Limits().steps(2000));
    EXPECT_FALSE(finding) << kernel.name << ": " << finding->text();
  }
  for (const kernels::Kernel& kernel : kernels::asyncio_kernels()) {
    const auto finding = audit_sharing(kernel.program, Order::kLegal, 0, 300, Limits().steps(2000));
    EXPECT_FALSE(finding) << kernel.name << ": " << finding->text();
  }
}

TEST(OrderAudit, TellsRunsApartThatDrewOtherValues) {
  const Audited audited = audit(kLucky, 200);
  EXPECT_FALSE(audited.finding) << audited.finding->text();
  EXPECT_GT(audited.failures, 0U);
  EXPECT_LT(audited.failures, 200U);
}

TEST(OrderAudit, NamesTheSeedsAndTheStep) {
  const UndeclaredSharing finding{7, 42, 12, "bank.cpp:41", true};
  EXPECT_EQ(
      finding.text(),
      "seeds 0x7 and 0x2a: step 12, which went on at bank.cpp:41, has seen the same in both, and a check fails in "
      "one of them only.\n"
      "Tasks share state without Shared<T>: exhaustive search and the count of orders cannot be trusted.");
}

}  // namespace
}  // namespace corosim::sim
