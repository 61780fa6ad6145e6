// The soundness of exhaustive search: it sees each class of schedules that a search through all schedules sees, each
// once; and schedules of one class come to the same end. A law breaks when the runtime does not tell something that a
// step touches.
#include <algorithm>
#include <map>
#include <set>
#include <vector>

#include <corosim/sim/exhaustive.hpp>
#include <corosim/sim/partial_order.hpp>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "small_program.hpp"

namespace corosim::laws {

namespace small {
void showValue(const Scripts& scripts, std::ostream& out) { out << text_of(scripts); }
}  // namespace small

namespace {

using sim::Order;

// All schedules, one after the other.
class DepthFirst final : public sim::Strategy {
 public:
  std::string_view name() const override { return "depth first"; }
  void begin(sim::Seed) override { depth_ = 0; }
  std::size_t pick(const sim::ReadySet& ready) override {
    if (depth_ == choices_.size()) choices_.push_back({0, ready.size()});
    return choices_[depth_++].chosen;
  }
  bool next() {
    while (!choices_.empty() && choices_.back().chosen + 1 == choices_.back().ready) choices_.pop_back();
    if (choices_.empty()) return false;
    ++choices_.back().chosen;
    return true;
  }

 private:
  struct Choice {
    std::size_t chosen;
    std::size_t ready;
  };
  std::vector<Choice> choices_;
  std::size_t depth_ = 0;
};

// What a run came to, whatever the order of independent steps.
std::string outcome(const sim::RunResult& run, const small::Seen& seen) {
  std::string text = std::string(sim::word(run.end));
  for (const auto& [name, saw] : seen) text += fmt::format("\n{}:{}", name, saw);
  return text;
}

using Classes = std::map<std::uint64_t, std::string>;  // outcome, by hash of the partial order

// Whether a step woke more than one task. Its hash tells apart in which order, though nobody promised one: where that
// is the order in which they came to wait, and their coming is independent, the search sees one class of the two.
class WakesSeveral final : public sim::StepWatcher {
 public:
  void executed(const sim::Executed& step) override {
    const auto woken = std::count_if(step.touches.begin(), step.touches.end(),
                                     [](const detail::Touch& touch) { return touch.operation == detail::kWake; });
    found_ = found_ || woken > 1;
  }
  bool found() const { return found_; }

 private:
  bool found_ = false;
};

std::set<std::string> outcomes_of(const Classes& classes) {
  std::set<std::string> outcomes;
  for (const auto& [hash, what] : classes) outcomes.insert(what);
  return outcomes;
}

constexpr std::uint64_t kMostSchedules = 20'000;

// Every class; nothing where there are too many schedules.
std::optional<Classes> classes_of(const small::Scripts& scripts, Order order, WakesSeveral& wakes) {
  small::Seen seen;
  const sim::Program program = program_of(scripts, seen);
  sim::Simulation simulation;
  DepthFirst strategy;
  sim::PartialOrderHash hash;
  Classes classes;
  std::uint64_t runs = 0;
  do {
    if (++runs > kMostSchedules) return std::nullopt;
    hash.begin();
    const sim::RunResult run =
        simulation.run(program, sim::RunOptions().order(order).strategy(strategy).watch(hash).watch(wakes));
    if (std::holds_alternative<sim::Failed>(run.end)) {
      // A program that fails as asyncio has it: main cannot cancel its tasks, or cancelled who was to see an exception.
      const std::string what = sim::summary(run.end);
      for (const char* const reason : {"await each other in a cycle", "exception in shielded future"}) {
        if (what.find(reason) != std::string::npos) RC_DISCARD("the program fails");
      }
      RC_FAIL(what);
    }
    const auto [place, added] = classes.emplace(hash.value(), outcome(run, seen));
    if (!added && place->second != outcome(run, seen)) {
      RC_FAIL(fmt::format("one partial order, two outcomes: {}\n--- and ---\n{}", place->second, outcome(run, seen)));
    }
  } while (strategy.next());
  return classes;
}

void exhaust_sees_all_classes_once(const small::Scripts& scripts, Order order) {
  WakesSeveral wakes;
  const std::optional<Classes> all = classes_of(scripts, order, wakes);
  if (!all) RC_DISCARD("too many schedules");
  small::Seen seen;
  const sim::Program program = program_of(scripts, seen);
  Classes visited;
  std::uint64_t twice = 0;
  const sim::ExhaustiveResult result = sim::exhaust(
      program,
      sim::ExhaustiveOptions().order(order).failures(1000).on_order([&](std::uint64_t hash, const sim::RunResult& run) {
        twice += visited.emplace(hash, outcome(run, seen)).second ? 0 : 1;
      }));
  RC_ASSERT(result.complete);
  RC_ASSERT(twice == 0U);
  RC_ASSERT(result.infeasible == 0U);
  if (wakes.found()) {
    RC_ASSERT((outcomes_of(visited) == outcomes_of(*all)));
    return;
  }
  for (const auto& [hash, what] : *all) {
    if (visited.find(hash) == visited.end())
      RC_FAIL(fmt::format("{} of {} classes seen, not: {}", visited.size(), all->size(), what));
  }
  RC_ASSERT(visited.size() == all->size());
  RC_TAG(result.blocked == 0 ? "no run blocked" : "runs blocked");
  RC_CLASSIFY(all->size() == 1, "1 class");
  RC_CLASSIFY(all->size() > 10, ">10 classes");
  RC_CLASSIFY(all->size() > 100, ">100 classes");
}

RC_GTEST_PROP(ExhaustiveLaws, SeesEachClassOnceUnderAny, ()) {
  exhaust_sees_all_classes_once(*small::scripts(3, 3), Order::kAny);
}

// Found by the laws: a task that awaits itself is refused, and whoever awaits it after that is refused too.
TEST(ExhaustiveLaws, SeesWhatAnAwaitThatWasRefusedChanges) {
  using small::Action;
  const small::Statement yields{Action::kYield, 0};
  const small::Statement awaits_first{Action::kAwaitTask, 0};
  const small::Scripts scripts{small::Ending::kIdle, {{awaits_first}, {yields}, {yields, awaits_first}}};
  for (const Order order : {Order::kLegal, Order::kAny}) exhaust_sees_all_classes_once(scripts, order);
}

// Found by the laws: who is cancelled leaves the event's line, and a set() behind that wakes one less.
TEST(ExhaustiveLaws, SeesAWaiterLeaveBeforeAndAfterTheEventIsSet) {
  using small::Action;
  const small::Statement yields{Action::kYield, 0};
  const small::Scripts scripts{
      small::Ending::kIdle,
      {{yields, yields, {Action::kEventSet, 3}}, {{Action::kEventWait, 3}}, {{Action::kCancel, 1}}}};
  for (const Order order : {Order::kLegal, Order::kAny}) exhaust_sees_all_classes_once(scripts, order);
}

// Found by the laws: what a cancellation does depends on how far its task has come.
TEST(ExhaustiveLaws, SeesACancellationFindItsTaskWhereItHasNotCome) {
  using small::Action;
  const small::Statement yields{Action::kYield, 0};
  const small::Statement reads{Action::kRead, 0};
  const small::Scripts scripts{
      small::Ending::kIdle,
      {{yields, {Action::kCancel, 2}}, {{Action::kTimeout, 0}}, {reads, reads, {Action::kAwaitTask, 4}}}};
  for (const Order order : {Order::kLegal, Order::kAny}) exhaust_sees_all_classes_once(scripts, order);
}

// Found by the laws: a step that reads an object, adds to it and writes it.
TEST(ExhaustiveLaws, CountsWhatOneStepDoesToAnObjectOnce) {
  using small::Action;
  const small::Scripts scripts{
      small::Ending::kIdle,
      {{{Action::kYield, 0}}, {{Action::kSwallow, 0}, {Action::kEventIsSet, 0}, {Action::kEventSet, 0}}}};
  for (const Order order : {Order::kLegal, Order::kAny}) exhaust_sees_all_classes_once(scripts, order);
}

RC_GTEST_PROP(ExhaustiveLaws, SeesEachClassOnceUnderLegal, ()) {
  exhaust_sees_all_classes_once(*small::scripts(3, 3), Order::kLegal);
}

}  // namespace
}  // namespace corosim::laws
