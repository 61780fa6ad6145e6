// Exhaustive search sees what random schedules see, of programs that end, cancel and fail while others are ready.
// property_tests/laws/exhaustive_laws_test.cpp holds it against all schedules of random programs.
#include <corosim/sim/exhaustive.hpp>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include <corosim/runtime/gather.hpp>
#include <corosim/runtime/shared.hpp>
#include <corosim/runtime/sleep.hpp>
#include <corosim/runtime/task.hpp>
#include <corosim/sim/check.hpp>
#include <corosim/sim/partial_order.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace corosim::sim {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsSubsetOf;
using ::testing::SizeIs;

std::string said;  // by the run

using Outcomes = std::set<std::string>;

// Which letters were said: in which order makes no difference where nothing is shared.
std::string letters_said() {
  std::string letters = said;
  std::sort(letters.begin(), letters.end());
  return letters;
}

Outcomes random_outcomes(const Program& program, Order order) {
  Simulation simulation;
  Outcomes outcomes;
  for (Seed seed = 0; seed < 300; ++seed) {
    said.clear();
    simulation.run(program, RunOptions().order(order).seed(seed));
    outcomes.insert(letters_said());
  }
  return outcomes;
}

Outcomes exhaustive_outcomes(const Program& program, Order order) {
  Outcomes outcomes;
  const auto start = [&]() -> Coro<void> {
    said.clear();
    return program.main();
  };
  const auto note = [&](std::uint64_t, const RunResult&) { outcomes.insert(letters_said()); };
  const ExhaustiveResult result =
      exhaust(Program(program.name(), start), ExhaustiveOptions().order(order).failures(1000).on_order(note));
  EXPECT_TRUE(result.complete) << program.name();
  return outcomes;
}

Coro<void> say(std::string what) {
  said += what;
  co_return;
}

// A callback that is ready, and a task that cancels it, in the first run before it can run.
Coro<void> cancels_a_callback() {
  Handle handle;
  const auto cancel = [](Handle& callback) -> Coro<void> {
    callback.cancel();
    co_return;
  };
  const Task<void> task = create_task(cancel(handle));
  handle = get_running_loop().call_soon([] { said += "r"; });
  co_await task;
}

// The second of three callbacks, which are in one lane; the task that cancels it is the first that is ready.
Coro<void> cancels_the_second_callback() {
  EventLoop& loop = get_running_loop();
  Handle second;
  const auto cancel = [](Handle& callback) -> Coro<void> {
    callback.cancel();
    co_return;
  };
  const Task<void> task = create_task(cancel(second));
  loop.call_soon([] { said += "a"; });
  second = loop.call_soon([] { said += "b"; });
  loop.call_soon([] { said += "c"; });
  co_await task;
}

// Its end meets a task that is ready.
Coro<void> ends_before_its_task() {
  create_task(say("r"));
  co_return;
}

// A task looks for others while these are made, and end.
Coro<void> counts_tasks() {
  const auto count = []() -> Coro<void> {
    said += std::to_string(all_tasks().size());
    co_return;
  };
  const auto make = []() -> Coro<void> {
    create_task(say(""));
    co_return;
  };
  co_await gather(count(), make());
}

// A task that awaits itself, which it must not; from then on nobody may await it, but who did before still waits.
Coro<void> awaits_what_awaits_itself() {
  Task<void> narcissus;
  const auto await_it = [](const Task<void>& task, int yields, std::string name) -> Coro<void> {
    for (; yields > 0; --yields) co_await sleep(0ms);
    try {
      co_await task;
    } catch (const RuntimeError& error) {
      said += name + (std::string_view(error.what()).starts_with("await wasn't used") ? "r" : "i");
    }
  };
  narcissus = create_task(await_it(narcissus, 1, "n"));
  const Task<void> echo = create_task(await_it(narcissus, 0, "e"));
  co_await echo;
}

TEST(Exhaustive, SeesWhateverARandomScheduleSees) {
  const Program programs[] = {{"cancels a callback", cancels_a_callback},
                              {"cancels the second callback", cancels_the_second_callback},
                              {"ends before its task", ends_before_its_task},
                              {"counts tasks", counts_tasks},
                              {"awaits what awaits itself", awaits_what_awaits_itself}};
  for (const Program& program : programs) {
    for (const Order order : {Order::kLegal, Order::kAny}) {
      EXPECT_THAT(random_outcomes(program, order), IsSubsetOf(exhaustive_outcomes(program, order)))
          << program.name() << " " << to_string(order);
    }
  }
}

TEST(Exhaustive, SeesACallbackRunAndSeesItCancelled) {
  EXPECT_THAT(exhaustive_outcomes(Program("cancels", cancels_a_callback), Order::kLegal), ElementsAre("", "r"));
}

TEST(Exhaustive, GoesOnToFailuresBehindAFailure) {
  const Program program("fails twice", []() -> Coro<void> {
    Shared<int> winner{0, "winner"};
    const auto fail = []() -> Coro<void> {
      co_await sleep(0ms);
      COROSIM_CHECK(1 == 2);
    };
    const auto race = [](Shared<int>& shared, int self) -> Coro<void> {
      if (shared.get() == 0) shared.set(self);
      co_await sleep(0ms);
      COROSIM_CHECK(shared.get() != 2);
    };
    co_await gather(fail(), race(winner, 1), race(winner, 2));
  });
  const ExhaustiveResult result = exhaust(program, ExhaustiveOptions().order(Order::kAny).failures(1000));
  EXPECT_TRUE(result.complete);
  EXPECT_THAT(result.failures, SizeIs(2));
}

TEST(Exhaustive, IsIncompleteWhereARunComesToItsLimit) {
  const Program program("spins", []() -> Coro<void> {
    for (;;) co_await sleep(0ms);
  });
  const ExhaustiveResult result = exhaust(program, ExhaustiveOptions().limits(Limits().steps(50)).failures(1000));
  EXPECT_FALSE(result.complete);
}

TEST(PartialOrderHash, DoesNotSeeInWhichOrderOthersRead) {
  const Program program("readers", []() -> Coro<void> {
    Shared<int> value{0, "value"};
    const auto read = [](Shared<int>& shared) -> Coro<void> {
      shared.get();
      co_return;
    };
    const Task<void> first = create_task(read(value));
    const Task<void> second = create_task(read(value));
    co_await first;
    co_await second;
    value.set(1);
  });
  Simulation simulation;
  PartialOrderHash hash;
  std::set<std::uint64_t> reads;
  std::set<std::vector<std::uint32_t>> schedules;
  for (Seed seed = 0; seed < 100; ++seed) {
    hash.begin();
    const RunResult run = simulation.run(program, RunOptions().order(Order::kAny).seed(seed).watch(hash));
    reads.insert(hash.value());
    schedules.insert(run.decisions);
  }
  const ExhaustiveResult all = exhaust(program, ExhaustiveOptions().order(Order::kAny));
  EXPECT_EQ(reads.size(), all.orders);
  EXPECT_GT(schedules.size(), reads.size());
}

}  // namespace
}  // namespace corosim::sim
