// The bytes are a schedule, as somebody may paste it. It is refused with a reason, or it is written as it was read and
// can be run.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include <corosim/corosim.hpp>
#include <corosim/sim/constraint_schedule.hpp>

namespace {

using namespace corosim;
using namespace std::chrono_literals;

Coro<void> walk(Lock& lock, int& steps) {
  co_await sleep(1ms);
  const auto guard = co_await lock.scoped();
  steps += random_int(1, 3);
  co_await sleep(0ms);
}

const sim::Program program("walk", []() -> Coro<void> {
  Lock lock;
  int steps = 0;
  co_await gather(walk(lock, steps), walk(lock, steps), walk(lock, steps));
  COROSIM_CHECK(steps >= 3);
});

template <class Schedule>
void check_round_trip(const std::string& text) {
  const Schedule schedule = Schedule::parse(text);
  if (Schedule::parse(schedule.text()).text() != schedule.text()) std::abort();
  sim::Simulation simulation;
  if (schedule.made_for("walk")) sim::replay(simulation, program, schedule);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  try {
    if (sim::ConstraintSchedule::is_constraint_schedule(text)) {
      check_round_trip<sim::ConstraintSchedule>(text);
    } else if (sim::Schedule::is_schedule(text)) {
      check_round_trip<sim::Schedule>(text);
    } else {
      sim::SeedSchedule::parse(text);
    }
  } catch (const ValueError&) {  // a ScheduleError, or what a part of it says
  }
  return 0;
}
