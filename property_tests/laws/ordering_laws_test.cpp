// What is promised of the order of things, on random programs that use the whole API: under every order and strategy,
// with cancellations.
#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "observed_program.hpp"

namespace corosim::laws::observed {
namespace {

using sim::Order;

bool is_sorted(const std::vector<int>& numbers) { return std::is_sorted(numbers.begin(), numbers.end()); }

// Those who got what they asked for, of one object: in the order in which they asked, and in which they got it.
bool served_in_turn(const Observed& observed, int object) {
  std::vector<int> got;
  std::vector<int> asked;
  for (const Event& event : observed.of(What::kGets)) {
    if (event.object == object) got.push_back(event.number);
  }
  for (const Event& event : observed.of(What::kAsks)) {
    if (event.object == object && std::find(got.begin(), got.end(), event.number) != got.end()) {
      asked.push_back(event.number);
    }
  }
  return asked == got;
}

std::vector<int> runs_of(const Observed& observed, int kind) {
  std::vector<int> numbers;
  for (const Event& event : observed.of(What::kRan)) {
    if (event.object == kind) numbers.push_back(event.number);
  }
  return numbers;
}

RC_GTEST_PROP(OrderingLaws, ATasksStepsComeInOrder, ()) {
  const Observed observed = observe(*scripts(), *plans());
  std::map<int, std::pair<int, bool>> at;  // of each task: the statement to come next, and whether it is in one
  for (const Event& event : observed.events) {
    if (event.what == What::kBegins) {
      RC_ASSERT_FALSE(at[event.task].second);
      RC_ASSERT(event.number == at[event.task].first);
      at[event.task].second = true;
    } else if (event.what == What::kEnds || event.what == What::kDelivered) {
      RC_ASSERT(at[event.task].second);
      RC_ASSERT(event.number == at[event.task].first);
      at[event.task] = {event.number + 1, false};
    }
  }
}

RC_GTEST_PROP(OrderingLaws, CallbacksRunInTheOrderOfTheirRegistration, ()) {
  const Observed observed = observe(*scripts(), *plans({Order::kFifo, Order::kLegal}));
  for (const int kind : {int{kSoon}, int{kOfFuture}, kOfFuture + 1}) RC_ASSERT(is_sorted(runs_of(observed, kind)));
}

RC_GTEST_PROP(OrderingLaws, TimersFireByDeadline, ()) {
  const Plan plan = *plans();
  const Observed observed = observe(*scripts(), plan);
  std::vector<std::pair<Duration, int>> fired;
  for (const Event& event : observed.of(What::kRan)) {
    if (event.object == kLater) fired.emplace_back(event.due, plan.order == Order::kFifo ? event.number : 0);
  }
  RC_ASSERT(std::is_sorted(fired.begin(), fired.end()));
}

RC_GTEST_PROP(OrderingLaws, LocksAndSemaphoresGoToWhoAskedFirst, ()) {
  const Plan plan = *plans();
  const Observed observed = observe(*scripts(), plan);
  for (const int object : {int{kLockOne}, int{kLockTwo}, int{kOneUnit}}) RC_ASSERT(served_in_turn(observed, object));
  if (plan.order != Order::kAny) RC_ASSERT(served_in_turn(observed, kTwoUnits));
}

RC_GTEST_PROP(OrderingLaws, ItemsComeOutInTheOrderInWhichTheyWentIn, ()) {
  const Observed observed = observe(*scripts(), *plans());
  const std::vector<Event> in = observed.of(What::kPutIn);
  const std::vector<Event> out = observed.of(What::kTookOut);
  RC_ASSERT(out.size() <= in.size());
  for (std::size_t i = 0; i < out.size(); ++i) RC_ASSERT(out[i].number == in[i].number);
}

RC_GTEST_PROP(OrderingLaws, DoneCallbacksComeAfterCompletion, ()) {
  const Observed observed = observe(*scripts(), *plans());
  for (const Event& event : observed.of(What::kRan)) RC_ASSERT(event.flag);
}

RC_GTEST_PROP(OrderingLaws, NothingRunsTwiceOrNever, ()) {
  const Observed observed = observe(*scripts(), *plans());
  std::map<int, int> runs;
  std::set<int> withdrawn;
  for (const Event& event : observed.events) {
    if (event.what == What::kRan) {
      RC_ASSERT(withdrawn.count(event.number) == 0U);
      ++runs[event.number];
    }
    if (event.what == What::kWithdrawn) withdrawn.insert(event.number);
  }
  for (const Event& event : observed.of(What::kRegistered)) {
    const int count = runs[event.number];
    RC_ASSERT(count <= 1);
    if (withdrawn.count(event.number) == 0U) RC_ASSERT(count == 1);
  }
}

// Canaries: the same laws where they do not hold.

TEST(OrderingLawsCanary, CallbacksLeaveTheirLaneUnderAny) {
  const Statement callback{Action::kCallSoon, 0, false};
  const Scripts three{{callback, callback, callback}};
  bool broken = false;
  for (sim::Seed seed = 0; seed < 50 && !broken; ++seed) {
    const std::vector<int> numbers = runs_of(observe(three, Plan{Order::kAny, "random", seed, {}}), kSoon);
    EXPECT_EQ(numbers.size(), 3U);
    broken = !is_sorted(numbers);
  }
  EXPECT_TRUE(broken);
}

TEST(OrderingLawsCanary, TwoUnitsAreNotTakenInTurnUnderAny) {
  const Statement units{Action::kUnits, 1, false};
  const Scripts four(4, Script{units});
  bool broken = false;
  for (sim::Seed seed = 0; seed < 50 && !broken; ++seed) {
    broken = !served_in_turn(observe(four, Plan{Order::kAny, "random", seed, {}}), kTwoUnits);
  }
  EXPECT_TRUE(broken);
}

}  // namespace
}  // namespace corosim::laws::observed
