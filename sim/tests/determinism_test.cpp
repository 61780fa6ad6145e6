// The promise of the whole: 10,000 seeds of a racy program fail for the same seeds and with the same hashes on every
// compiler and in every build, and each failure replays from its trace.

#include <corosim/runtime/gather.hpp>
#include <corosim/runtime/sleep.hpp>
#include <corosim/sim/check.hpp>
#include <corosim/sim/explore.hpp>
#include <corosim/sim/replay.hpp>
#include <corosim/traces/trace.hpp>

#include <gtest/gtest.h>

namespace corosim::sim {
namespace {

using namespace std::chrono_literals;

Coro<void> deposit(int& balance, int amount) {
  co_await sleep(1ms);
  const int before = balance;
  co_await sleep(0ms);
  balance = before + amount;
}

Coro<void> bank_main() {
  int balance = 0;
  co_await gather(deposit(balance, 1), deposit(balance, 2));
  COROSIM_CHECK_EQ(balance, 3);
}

const Program bank("bank", bank_main);

std::vector<RunResult> failures_of_ten_thousand_seeds() {
  std::vector<RunResult> failures;
  explore(bank, ExploreOptions().strategy("random").runs(10'000).failures(10'000).on_failure(
                    [&](const RunResult& run) { failures.push_back(run); }));
  return failures;
}

TEST(Determinism, TheSameSeedsFailOnEveryCompilerAndInEveryBuild) {
  const std::vector<RunResult> failures = failures_of_ten_thousand_seeds();
  std::uint64_t digest = 0;
  for (const RunResult& failure : failures) digest = mix(digest ^ mix(failure.seed) ^ failure.hash);
  // Frozen: a change here changes what a seed means, and belongs into the changelog.
  EXPECT_EQ(failures.size(), 3743U);
  EXPECT_EQ(digest, 6650980520356211593U);
}

TEST(Determinism, EveryFailureReplaysFromItsTrace) {
  Simulation simulation;
  for (const RunResult& failure : failures_of_ten_thousand_seeds()) {
    const RunResult again = replay(simulation, bank, TraceSchedule(record(bank, failure)));
    ASSERT_EQ(again.hash, failure.hash) << "seed " << failure.seed;
    ASSERT_TRUE(std::holds_alternative<Failed>(again.end));
  }
}

}  // namespace
}  // namespace corosim::sim
