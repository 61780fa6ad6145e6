// What is promised of virtual time, on random programs that use the whole API.
#include <set>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "observed_program.hpp"

namespace corosim::laws::observed {
namespace {

RC_GTEST_PROP(TimeLaws, ASleepNeverEndsEarlyAndNeverLate, ()) {
  const Observed observed = observe(*scripts(), *plans());
  for (const Event& event : observed.of(What::kSlept)) RC_ASSERT((event.now == event.due));
}

RC_GTEST_PROP(TimeLaws, ATimerRunsAtItsDeadline, ()) {
  const Observed observed = observe(*scripts(), *plans());
  for (const Event& event : observed.of(What::kRan)) {
    if (event.object == kLater) RC_ASSERT((event.now == event.due));
  }
}

// There is no instant but the beginning and what somebody waits for, and none of those is left out.
RC_GTEST_PROP(TimeLaws, TimeJumpsExactlyToTheNextDeadline, ()) {
  Scripts program = *scripts();
  for (Script& script : program) {  // a job of a thread takes a time of its own
    std::erase_if(script, [](const Statement& statement) { return statement.action == Action::kThread; });
  }
  const Observed observed = observe(program, *plans());
  std::set<Duration> deadlines{Duration(0)};
  for (const Event& event : observed.events) {
    RC_ASSERT((deadlines.count(event.now) == 1U || event.what == What::kDeadline));
    if (event.what == What::kSleeps || event.what == What::kRegistered || event.what == What::kDeadline) {
      deadlines.insert(event.due);
    }
  }
}

}  // namespace
}  // namespace corosim::laws::observed
