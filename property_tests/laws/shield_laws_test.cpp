// What is promised of shields: of one inner task, some wait behind shields, one within the other, and are cancelled at
// any moment, some of them twice.
#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

#include <corosim/corosim.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "observed_program.hpp"

namespace corosim::laws {
namespace {

using namespace std::chrono_literals;

constexpr int kResult = 7;

// One who waits for the inner task.
struct Waiter {
  int shields;               // at least one
  bool goes_on;              // after a cancellation, waits for the inner task itself
  std::vector<int> cancels;  // before which of the canceller's steps, in order
};

void showValue(const Waiter& waiter, std::ostream& out) {
  out << waiter.shields << " shields" << (waiter.goes_on ? ", goes on" : "");
  for (const int step : waiter.cancels) out << ", cancelled at " << step;
}

// What became of one.
struct Fate {
  int shielded_requests = 0;  // that were made while it waited behind its shields
  int bare_requests = 0;      // that were made while it waited for the inner task itself
  bool saw_result = false;
  bool saw_cancellation_of_inner = false;
  bool cancelled = false;
  bool is_bare = false;
};

// What became of all.
struct Outcome {
  bool inner_cancelled = false;
  int inner_requests = 0;
  std::vector<Fate> fates;
};

Coro<int> work(int steps) {
  for (int i = 0; i < steps; ++i) co_await sleep(0ms);
  co_return kResult;
}

Coro<void> wait_behind_shields(Task<int> inner, const Waiter& waiter, Fate& fate) {
  bool bare = false;
  try {
    Future<int> outer = inner;
    for (int i = 0; i < waiter.shields; ++i) outer = shield(outer);
    fate.saw_result = co_await outer == kResult;
  } catch (const CancelledError&) {
    if (!waiter.goes_on) throw;
    bare = true;
  }
  if (!bare) co_return;
  fate.is_bare = true;
  try {
    fate.saw_result = co_await inner == kResult;
  } catch (const CancelledError&) {
    fate.saw_cancellation_of_inner = inner.cancelled();
    throw;
  }
}

Coro<void> run_shields(int steps, const std::vector<Waiter>& waiters, Outcome& outcome) {
  outcome = Outcome();
  outcome.fates.resize(waiters.size());
  const Task<int> inner = create_task(work(steps));
  std::vector<Task<void>> tasks;
  for (std::size_t i = 0; i < waiters.size(); ++i) {
    tasks.push_back(create_task(wait_behind_shields(inner, waiters[i], outcome.fates[i])));
  }
  constexpr int kSteps = 8;
  for (int step = 0; step < kSteps; ++step) {
    for (std::size_t i = 0; i < waiters.size(); ++i) {
      if (std::count(waiters[i].cancels.begin(), waiters[i].cancels.end(), step) == 0) continue;
      Fate& fate = outcome.fates[i];
      const bool inner_is_left = !inner.done();
      if (tasks[i].cancel() && inner_is_left) ++(fate.is_bare ? fate.bare_requests : fate.shielded_requests);
    }
    co_await sleep(0ms);
  }
  co_await wait(tasks);
  if (!inner.done()) co_await sleep(1ms);
  outcome.inner_cancelled = inner.cancelled();
  outcome.inner_requests = inner.cancelling();
  for (std::size_t i = 0; i < tasks.size(); ++i) outcome.fates[i].cancelled = tasks[i].cancelled();
}

rc::Gen<std::vector<Waiter>> waiters(bool may_go_on) {
  namespace gen = rc::gen;
  const auto cancels = gen::mapcat(gen::inRange<std::size_t>(0, 3), [](std::size_t size) {
    return gen::container<std::vector<int>>(size, gen::inRange(0, 8));
  });
  const auto waiter =
      gen::apply([may_go_on](int shields, bool goes_on,
                             std::vector<int> at) { return Waiter{shields, goes_on && may_go_on, std::move(at)}; },
                 gen::inRange(1, 4), gen::arbitrary<bool>(), cancels);
  return gen::resize(rc::kNominalSize, gen::mapcat(gen::inRange<std::size_t>(1, 5), [waiter](std::size_t size) {
                       return gen::container<std::vector<Waiter>>(size, waiter);
                     }));
}

Outcome outcome_of(const std::vector<Waiter>& all, int steps, const observed::Plan& plan) {
  Outcome outcome;
  const sim::Program program("shields", [&] { return run_shields(steps, all, outcome); });
  const std::unique_ptr<sim::Strategy> strategy = sim::make_strategy(plan.strategy);
  sim::Simulation simulation;
  const sim::RunResult run =
      simulation.run(program, sim::RunOptions().order(plan.order).strategy(*strategy).seed(plan.seed));
  if (run.failed()) RC_FAIL(sim::summary(run.end));
  return outcome;
}

Outcome outcome_of(const std::vector<Waiter>& all) {
  const int steps = *rc::gen::resize(rc::kNominalSize, rc::gen::inRange(0, 10));
  return outcome_of(all, steps, *observed::plans());
}

RC_GTEST_PROP(ShieldLaws, CancellingOutsideNeverReachesInside, ()) {
  const Outcome outcome = outcome_of(*waiters(false));
  RC_ASSERT_FALSE(outcome.inner_cancelled);
  RC_ASSERT(outcome.inner_requests == 0);
}

RC_GTEST_PROP(ShieldLaws, AllWhoStillWaitSeeTheResultHoweverManyShieldsThereAre, ()) {
  const Outcome outcome = outcome_of(*waiters(false));
  for (const Fate& fate : outcome.fates) {
    RC_ASSERT(fate.saw_result != fate.cancelled);
    if (fate.shielded_requests > 0) RC_ASSERT(fate.cancelled);
  }
}

// As in asyncio: the first request ends the wait for the shield; the second finds the task waiting for the inner one,
// and reaches it.
RC_GTEST_PROP(ShieldLaws, ASecondRequestReachesInsideWhereTheTaskWaitsThereItself, ()) {
  const Outcome outcome = outcome_of(*waiters(true));
  const bool reached =
      std::any_of(outcome.fates.begin(), outcome.fates.end(), [](const Fate& fate) { return fate.bare_requests > 0; });
  RC_ASSERT(outcome.inner_cancelled == reached);
  for (const Fate& fate : outcome.fates) {
    if (outcome.inner_cancelled && fate.is_bare) RC_ASSERT(fate.saw_cancellation_of_inner || fate.cancelled);
  }
}

// Canaries: what the laws are about does arise.

TEST(ShieldLawsCanary, WithoutAShieldACancellationReachesInside) {
  EXPECT_TRUE(outcome_of({{0, false, {2}}}, 9, observed::Plan()).inner_cancelled);
}

TEST(ShieldLawsCanary, ASecondRequestDoesReachInside) {
  EXPECT_TRUE(outcome_of({{2, true, {2, 5}}}, 9, observed::Plan()).inner_cancelled);
}

}  // namespace
}  // namespace corosim::laws
