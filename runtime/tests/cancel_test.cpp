// How cancel() passes a request on, along chains, trees and cycles of futures that await each other; CPython's own
// tests of cancelling tasks are in cpython/tasks_cancel_test.cpp.
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <corosim/runtime/as_outcome.hpp>
#include <corosim/runtime/gather.hpp>
#include <corosim/runtime/sleep.hpp>
#include <corosim/runtime/task.hpp>

#include "virtual_time.hpp"

namespace corosim {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using testing::run_virtual;
using testing::VirtualClock;

Coro<void> rest() { co_await sleep(1s); }
Coro<void> await_task(const Task<>& task) { co_await task; }
Coro<void> await_gathered(const std::vector<Task<>>& tasks) { co_await gather(tasks); }

// `first` awaits `second`, and `second` awaits `first`.
struct Cycle {
  Task<> first;
  Task<> second;

  void start() {
    first = create_task(await_task(second));
    second = create_task(await_task(first));
  }
};

// Runs `main`, and destroys the tasks that are left where they stand.
void run_and_leave(Coro<void> main) {
  VirtualClock clock;
  const EventLoopPtr loop = new_event_loop(LoopOptions().clock(clock));
  loop->set_exception_handler([](EventLoop&, const ExceptionContext&) {});
  loop->run_until_complete(std::move(main));
}

TEST(Cancel, ReachesTheEndOfEveryBranch) {
  const auto main = []() -> Coro<void> {
    const Task<> shared = create_task(rest());
    const Task<> alone = create_task(rest());
    const Task<> left = create_task(await_task(shared));
    const std::vector<Task<>> branches{left, shared, alone};
    const Task<> root = create_task(await_gathered(branches));
    co_await sleep(0s);
    co_await sleep(0s);
    EXPECT_TRUE(root.cancel());
    EXPECT_THAT((std::vector<int>{root.cancelling(), left.cancelling(), shared.cancelling(), alone.cancelling()}),
                ElementsAre(1, 1, 2, 1));  // twice where two ways lead
    co_await sleep(0s);
    co_await sleep(0s);
    co_await sleep(0s);
    co_await sleep(0s);
    for (const Task<>& task : {root, left, shared, alone}) EXPECT_TRUE(task.cancelled());
  };
  run_virtual(main());
}

TEST(Cancel, OfAGatherReachesItWhereAnyPartIsPending) {
  const auto main = []() -> Coro<void> {
    const Future<void> done_soon = get_running_loop().create_future<void>();
    const Future<std::vector<std::monostate>> ended = gather(std::vector<Future<void>>{done_soon});
    const Task<> pending = create_task(rest());
    const auto all = gather(return_exceptions, pending, ended);
    done_soon.set_result();  // no part of `ended` can be cancelled any more
    EXPECT_TRUE(all.cancel());
    const auto outcome = co_await as_outcome(all);
    EXPECT_TRUE(outcome.cancelled());
  };
  run_virtual(main());
}

TEST(Cancel, OfTheTaskItselfIsOverOnceTheFutureItAwaitsHasTakenIt) {
  int swallowed = 0;
  const auto swallow = [&]() -> Coro<int> {
    try {
      co_await sleep(1s);
    } catch (const CancelledError&) {
      ++swallowed;
    }
    co_return 7;
  };
  const auto main = [&]() -> Coro<void> {
    const Task<int> stubborn = create_task(swallow());
    co_await sleep(0s);
    current_task()->cancel();
    const int result = co_await stubborn;
    EXPECT_EQ(result, 7);
    co_await sleep(1s);
  };
  run_virtual(main());
  EXPECT_EQ(swallowed, 1);
}

TEST(Cancel, RefusesToGoRoundACycle) {
  const auto main = []() -> Coro<void> {
    Cycle cycle;
    cycle.start();
    co_await sleep(0s);
    co_await sleep(0s);
    EXPECT_THROW(cycle.first.cancel(), RecursionError);
    EXPECT_THROW(cycle.second.cancel(), RecursionError);
    EXPECT_FALSE(cycle.first.done());
    EXPECT_FALSE(cycle.second.done());
  };
  run_and_leave(main());
}

TEST(Cancel, RefusesToGoRoundACycleOfGatheredTasks) {
  const auto main = []() -> Coro<void> {
    std::vector<Task<>> members;
    const auto join = [&]() -> Coro<void> { co_await gather(members); };
    members.push_back(create_task(rest()));
    members.push_back(create_task(join()));
    co_await sleep(0s);
    EXPECT_THROW(members[1].cancel(), RecursionError);
    EXPECT_EQ(members[0].cancelling(), 1);  // it comes before the cycle
    EXPECT_FALSE(members[1].done());
  };
  run_and_leave(main());
}

TEST(Cancel, TellsTheHandlerWhenATaskThatCancelledItselfClosesACycle) {
  VirtualClock clock;
  std::vector<std::string> reports;
  {
    Runner runner(LoopOptions().clock(clock));
    runner.get_loop().set_exception_handler([&](EventLoop&, const ExceptionContext& context) {
      reports.push_back(context.message + ": " + describe(context.exception));
    });
    const auto main = []() -> Coro<void> {
      Task<> second;
      const auto close_the_cycle = [&]() -> Coro<void> {
        co_await sleep(0s);
        current_task()->cancel();
        co_await second;
      };
      const Task<> first = create_task(close_the_cycle());
      second = create_task(await_task(first));
      co_await sleep(0s);
      co_await sleep(0s);
      co_await sleep(0s);
    };
    runner.run(main());
  }
  EXPECT_THAT(reports,
              ElementsAre("Exception in callback: RecursionError: cancel: tasks await each other in a cycle",
                          "unhandled exception during shutdown: RecursionError: cancel: tasks await each other "
                          "in a cycle"));
}

TEST(Cancel, OfWhatARunLeavesReachesTheTasksBesideACycle) {
  VirtualClock clock;
  std::vector<std::string> log;
  const auto noting = [&]() -> Coro<void> {
    try {
      co_await sleep(1s);
    } catch (const CancelledError&) {
      log.push_back("cancelled");
      throw;
    }
  };
  const auto main = [&](Cycle& cycle) -> Coro<int> {
    cycle.start();
    create_task(noting());
    co_await sleep(0s);
    co_await sleep(0s);
    co_return 7;
  };
  {
    Cycle cycle;
    Runner runner(LoopOptions().clock(clock));
    runner.get_loop().set_exception_handler(
        [&](EventLoop&, const ExceptionContext& context) { log.push_back(context.message); });
    EXPECT_EQ(runner.run(main(cycle)), 7);
    runner.close();
  }
  EXPECT_THAT(log, ElementsAre("cancelled", "unhandled exception during shutdown"));
}

}  // namespace
}  // namespace corosim
