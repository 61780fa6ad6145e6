#include <corosim/sim/step_ring.hpp>

#include <chrono>
#include <cstddef>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include <corosim/runtime/gather.hpp>
#include <corosim/runtime/lock.hpp>
#include <corosim/runtime/sleep.hpp>
#include <corosim/runtime/task.hpp>
#include <corosim/sim/check.hpp>
#include <corosim/sim/recorder.hpp>
#include <corosim/sim/replay.hpp>
#include <corosim/sim/simulation.hpp>
#include <corosim/traces/trace.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace corosim::sim {
namespace {

using namespace std::chrono_literals;
using ::testing::Contains;
using ::testing::ElementsAreArray;
using ::testing::Pair;
using ::testing::SizeIs;

Coro<int> fail_at_once() {
  co_await sleep(1ms);
  throw ValueError("no such account");
}

Coro<void> hold(Lock lock, int times) {
  for (int i = 0; i < times; ++i) {
    co_await lock.acquire();
    co_await sleep(std::chrono::milliseconds(random_int(0, 2)));
    lock.release();
    trace("held");
  }
}

Coro<void> wait_for_ever(Lock lock) {
  co_await lock.acquire();
  co_await sleep(1h);
}

// All that a trace tells of: births, waits, draws, marks, cancellations, every kind of end, eager tasks, callbacks.
Coro<void> everything() {
  const Lock lock("ledger");
  EventLoop& loop = get_running_loop();
  std::vector<Task<void>> holders;
  for (int i = 0; i < 3; ++i) holders.push_back(create_task(hold(lock, 4)));
  const Task<void> eager = loop.create_task(wait_for_ever(Lock()), TaskOptions().eager_start());
  const Task<int> failing = create_task(fail_at_once());
  loop.call_later(2ms, [eager] { eager.cancel("enough"); });
  co_await gather(return_exceptions, failing, eager);
  for (const Task<void>& holder : holders) co_await holder;
  co_await gather(return_exceptions, fail_at_once(), hold(lock, 2));
}

Coro<void> deadlock() {
  const Lock lock;
  co_await lock.acquire();
  co_await lock.acquire();
}

const Program everything_program("everything", everything);
const Program deadlock_program("deadlock", deadlock);

template <class Target>
RunResult run_into(Target& target, const Program& program, Seed seed) {
  Recorder recorder(target);
  Simulation simulation;
  return simulation.run(program, RunOptions().seed(seed).recorder(recorder));
}

std::vector<std::byte> all_of(const Program& program, Seed seed) {
  traces::Writer writer;
  run_into(writer, program, seed);
  return writer.take_bytes();
}

std::vector<std::byte> kept_of(const StepRing& ring) {
  traces::Writer writer;
  ring.write(writer);
  return writer.take_bytes();
}

TEST(StepRing, ThatHasRoomForAllWritesWhatARecorderDoes) {
  StepRing ring(10'000);
  for (const Program& program : {everything_program, deadlock_program}) {
    for (Seed seed = 0; seed < 100; ++seed) {
      run_into(ring, program, seed);
      ASSERT_EQ(kept_of(ring), all_of(program, seed)) << program.name() << ", seed " << seed;
    }
  }
}

TEST(StepRing, KeepsTheLastStepsAndWhatHappenedInThem) {
  for (const std::size_t steps : {1U, 2U, 7U, 30U}) {
    StepRing ring(steps);
    for (Seed seed = 0; seed < 50; ++seed) {
      run_into(ring, everything_program, seed);
      const auto all = traces::Trace::from_bytes(all_of(everything_program, seed));
      const auto kept = traces::Trace::from_bytes(kept_of(ring));
      ASSERT_THAT(kept.steps(), SizeIs(steps));
      EXPECT_EQ(kept.end(), all.end());
      EXPECT_EQ(kept.steps().back().number, all.steps().back().number);
      EXPECT_THAT(kept.run().extra,
                  Contains(Pair("kept", fmt::format("the last {} of {} steps", steps, ring.steps()))));
      EXPECT_THAT(kept.tasks(), SizeIs(all.tasks().size()));
      for (const traces::Step& step : kept.steps()) {
        const traces::Step& same = *all.step(step.number);
        EXPECT_EQ(kept.site_name(step.site), all.site_name(same.site));
        traces::Step here = step;
        here.site = same.site;
        EXPECT_EQ(here, same);
        EXPECT_EQ(kept.notes(step.number).size(), all.notes(step.number).size()) << "step " << step.number;
      }
    }
  }
}

TEST(StepRing, TellsHowTheTasksStoodBefore) {
  StepRing ring(1);
  run_into(ring, deadlock_program, 0);
  const auto kept = traces::Trace::from_bytes(kept_of(ring));
  ASSERT_THAT(kept.tasks(), SizeIs(1));
  EXPECT_EQ(kept.task_name(1), "main");

  StepRing few(5);
  run_into(few, everything_program, 3);
  const auto end = traces::Trace::from_bytes(kept_of(few));
  std::vector<traces::TaskId> ended;
  for (const traces::Note& note : end.notes(traces::kBeforeFirstStep)) {
    if (const auto* const task = std::get_if<traces::TaskEnded>(&note)) ended.push_back(task->task);
  }
  EXPECT_THAT(ended, Contains(2));
}

// In the steps that are kept, or as it stood before them.
TEST(StepRing, TellsOfEachTaskThatResumesWhereItWaited) {
  int resumed = 0;
  for (const std::size_t steps : {1U, 4U, 15U}) {
    StepRing ring(steps);
    for (Seed seed = 0; seed < 50; ++seed) {
      run_into(ring, everything_program, seed);
      const auto kept = traces::Trace::from_bytes(kept_of(ring));
      std::map<traces::TaskId, std::string> waits;
      const auto note_waits = [&](traces::StepNumber number) {
        for (const traces::Note& note : kept.notes(number)) {
          if (const auto* const parked = std::get_if<traces::Parked>(&note)) {
            waits[parked->task] = kept.site_name(parked->site);
          }
        }
      };
      note_waits(traces::kBeforeFirstStep);
      for (const traces::Step& step : kept.steps()) {
        if (step.kind == traces::StepKind::task_resume) {
          EXPECT_EQ(waits[step.task], kept.site_name(step.site)) << "step " << step.number << " of " << steps;
          ++resumed;
        }
        note_waits(step.number);
      }
    }
  }
  EXPECT_GT(resumed, 0);
}

TEST(StepRing, WhereStepsAreMissingCannotBeReplayed) {
  StepRing ring(3);
  run_into(ring, everything_program, 0);
  Simulation simulation;
  EXPECT_THROW(replay(simulation, everything_program, TraceSchedule(kept_of(ring))), ScheduleError);
}

}  // namespace
}  // namespace corosim::sim
