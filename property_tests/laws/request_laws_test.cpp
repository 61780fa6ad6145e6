// What is promised of a request to cancel, on random programs that use the whole API: under every order and strategy,
// by cancel() and by injection.
#include <map>
#include <set>
#include <utility>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "observed_program.hpp"

namespace corosim::laws::observed {
namespace {

int deliveries(const Observed& observed, int task) {
  int count = 0;
  for (const Event& event : observed.of(What::kDelivered)) count += event.task == task ? 1 : 0;
  return count;
}

// Without requests that arise in the middle of a step, where asyncio's own behaviour is another: one that finds a
// timeout's cancellation on its way is delivered with that and once more, and one that finds none before the task
// returns makes a task that returned a cancelled one.
Plan from_outside(Plan plan) {
  std::erase_if(plan.injections, [](const sim::Injection& each) { return each.moment() == sim::Moment::kResumed; });
  return plan;
}

// Whatever a task does next after a request, it throws CancelledError: the requests are made while it waits, or just
// before it does.
bool all_delivered_at_the_next_await(const Observed& observed) {
  std::set<int> begun;
  std::set<int> requested;
  for (const Event& event : observed.events) {
    switch (event.what) {
      case What::kRequested:
        if (begun.count(event.task) != 0U) requested.insert(event.task);
        break;
      case What::kBegins:
        begun.insert(event.task);
        [[fallthrough]];
      case What::kEnds:
      case What::kGets:
      case What::kPutIn:
      case What::kTookOut:
        if (requested.count(event.task) != 0U) return false;
        break;
      case What::kDelivered:
        requested.erase(event.task);
        break;
      default:
        break;
    }
  }
  return true;
}

RC_GTEST_PROP(RequestLaws, ARequestIsDeliveredAtTheNextAwait, ()) {
  RC_ASSERT(all_delivered_at_the_next_await(observe(*scripts(), *plans())));
}

RC_GTEST_PROP(RequestLaws, ARequestIsDeliveredOnceAndStaysSwallowed, ()) {
  const Observed observed = observe(*scripts(), from_outside(*plans()));
  for (const Event& task : observed.of(What::kFinished)) {
    RC_ASSERT(deliveries(observed, task.task) <= observed.requests(task.task));
  }
  // Two deliveries have a request in between, where none is injected.
  if (!observed.run.injections.empty()) return;
  std::map<int, bool> requested;
  for (const Event& event : observed.events) {
    if (event.what == What::kRequested) requested[event.task] = true;
    if (event.what == What::kDelivered) RC_ASSERT(std::exchange(requested[event.task], false));
  }
}

RC_GTEST_PROP(RequestLaws, ATaskIsCancelledIfAndOnlyIfItEndsByIt, ()) {
  const Scripts program = *scripts();
  const Observed observed = observe(program, from_outside(*plans()));
  std::map<int, Event> last;  // of what each task did
  for (const Event& event : observed.events) {
    if (event.what == What::kBegins || event.what == What::kEnds || event.what == What::kDelivered) {
      last[event.task] = event;
    }
  }
  for (const Event& task : observed.of(What::kFinished)) {
    const auto end = last.find(task.task);
    const bool ends_by_it =
        end == last.end() ||
        (end->second.what == What::kDelivered &&
         !program[static_cast<std::size_t>(task.task)][static_cast<std::size_t>(end->second.number)].swallows);
    RC_ASSERT(task.flag == ends_by_it);
    if (task.flag) RC_ASSERT(observed.requests(task.task) > 0);
  }
}

RC_GTEST_PROP(RequestLaws, TheCountersBalance, ()) {
  const Observed observed = observe(*scripts(), *plans());
  for (const Event& task : observed.of(What::kFinished)) RC_ASSERT(task.number == observed.requests(task.task));
}

// A canary: what a callback requests of a task that is about to wake up is delivered, so a law that only looks at the
// events between would see nothing. It does where one is left out.
TEST(RequestLawsCanary, ARequestThatIsNotDelivered) {
  Observed observed = observe({{{Action::kSleep, 3, true}}, {{Action::kCancel, 0, false}}}, Plan());
  EXPECT_TRUE(all_delivered_at_the_next_await(observed));
  std::erase_if(observed.events, [](const Event& event) { return event.what == What::kDelivered; });
  observed.events.push_back({What::kEnds, 0, -1, 0});
  EXPECT_FALSE(all_delivered_at_the_next_await(observed));
}

}  // namespace
}  // namespace corosim::laws::observed
