// That the diff of two traces of a kernel tells of what had to be different, and of nothing else.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <optional>
#include <vector>

#include <corosim/sim/explanation.hpp>
#include <corosim/sim/explore.hpp>
#include <corosim/sim/partial_order.hpp>
#include <corosim/sim/run_log.hpp>
#include <corosim/traces/diff.hpp>

#include <gtest/gtest.h>

#include "kernels.hpp"

namespace corosim::kernels {
namespace {

using sim::RunOptions;
using sim::RunResult;
using sim::Simulation;
using traces::DifferenceKind;

traces::Trace trace_of(const sim::Program& program, const RunResult& run) {
  return traces::Trace::from_bytes(sim::record(program, run));
}

/// The runs as they are compared where they are long: from where they part.
traces::Diff diff_behind_prefix(const sim::Program& program, const RunResult& left, const RunResult& right) {
  const std::vector<std::byte> one = sim::record(program, left);
  const std::vector<std::byte> other = sim::record(program, right);
  traces::DiffOptions options;
  options.max_steps = std::max(left.steps, right.steps) - 1;
  return traces::diff([&one] { return traces::Reader(one); }, [&other] { return traces::Reader(other); }, options);
}

TEST(DiffOfKernels, IsEmptyForTwoSchedulesOfOnePartialOrder) {
  const std::uint64_t wanted = std::getenv("COROSIM_LONG_TESTS") != nullptr ? 10'000 : 1'000;
  std::uint64_t pairs = 0;
  for (sim::Seed seed = 0; pairs < wanted; seed += 50) {
    for (const Kernel& kernel : bug_kernels()) {
      Simulation simulation;
      sim::PartialOrderHash order;
      std::map<std::uint64_t, RunResult> first_of;
      for (sim::Seed each = seed; each < seed + 50 && pairs < wanted; ++each) {
        order.begin();
        const RunResult run =
            simulation.run(kernel.program, RunOptions().order(sim::Order::kAny).seed(each).watch(order));
        const auto [first, is_new] = first_of.try_emplace(order.value(), run);
        if (is_new || first->second.decisions == run.decisions) continue;
        const traces::Diff diff = traces::diff(trace_of(kernel.program, first->second), trace_of(kernel.program, run));
        ASSERT_TRUE(diff.equal()) << kernel.name << ", seeds " << first->second.seed << " and " << each << ": "
                                  << diff.verdict;
        ASSERT_EQ(diff_behind_prefix(kernel.program, first->second, run).verdict, diff.verdict) << kernel.name;
        ++pairs;
      }
    }
  }
}

std::optional<RunResult> failing_run(const sim::Program& program) {
  const auto found = sim::explore(program, sim::ExploreOptions().order(sim::Order::kAny).runs(5'000));
  if (found.failures.empty()) return std::nullopt;
  return found.failures.front().run;
}

std::uint64_t when(const sim::Program& program, const RunResult& run, const sim::StepName& step) {
  Simulation simulation;
  sim::RunLog log;
  simulation.run(program, sim::same_again(run, sim::Limits()).observer(log).watch(log));
  return log.when(step);
}

sim::StepName name_of(const sim::Program& program, const RunResult& run, std::uint64_t step) {
  Simulation simulation;
  sim::RunLog log;
  simulation.run(program, sim::same_again(run, sim::Limits()).observer(log).watch(log));
  return log.name(step);
}

// The passing run has one step before another that is after it in the failing run, or cut off by its end.
TEST(DiffOfKernels, NamesTheTwoStepsWhoseOrderWasReversed) {
  std::size_t compared = 0;
  for (const Kernel& kernel : bug_kernels()) {
    const auto failing = failing_run(kernel.program);
    ASSERT_TRUE(failing) << kernel.name;
    const sim::Explanation explanation = sim::explain(kernel.program, *failing);
    if (!explanation.passing) continue;
    const traces::Diff diff =
        traces::diff(trace_of(kernel.program, *explanation.passing), trace_of(kernel.program, explanation.failing));
    ASSERT_TRUE(diff.first) << kernel.name;
    ASSERT_LE(diff.count(DifferenceKind::order), 1U) << kernel.name;
    const traces::Diff behind = diff_behind_prefix(kernel.program, *explanation.passing, explanation.failing);
    EXPECT_EQ(behind.first, diff.first) << kernel.name << ": " << behind.verdict << " / " << diff.verdict;
    if (diff.first->left.step == 0 || diff.first->right.step == 0) continue;
    const sim::StepName one = name_of(kernel.program, *explanation.passing, diff.first->left.step);
    const sim::StepName other = name_of(kernel.program, explanation.failing, diff.first->right.step);
    const std::uint64_t other_in_passing = when(kernel.program, *explanation.passing, other);
    const std::uint64_t one_in_failing = when(kernel.program, explanation.failing, one);
    EXPECT_TRUE(other_in_passing == 0 || diff.first->left.step < other_in_passing) << kernel.name;
    EXPECT_TRUE(one_in_failing == 0 || diff.first->right.step < one_in_failing) << kernel.name;
    ++compared;
  }
  EXPECT_GE(compared, 40U);
}

}  // namespace
}  // namespace corosim::kernels
