// What is a coroutine in asyncio and an awaiter here (`lock.acquire()`, `sleep(1s)`), where a Coro is asked for.
// awaitable_matrix_test.cpp has each of them through each function.
#include <corosim/runtime/awaitable.hpp>

#include <coroutine>
#include <future>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <corosim/runtime/as_completed.hpp>
#include <corosim/runtime/as_outcome.hpp>
#include <corosim/runtime/async_generator.hpp>
#include <corosim/runtime/async_with.hpp>
#include <corosim/runtime/barrier.hpp>
#include <corosim/runtime/call_graph.hpp>
#include <corosim/runtime/condition.hpp>
#include <corosim/runtime/event.hpp>
#include <corosim/runtime/executor.hpp>
#include <corosim/runtime/gather.hpp>
#include <corosim/runtime/lock.hpp>
#include <corosim/runtime/queue.hpp>
#include <corosim/runtime/semaphore.hpp>
#include <corosim/runtime/shield.hpp>
#include <corosim/runtime/sleep.hpp>
#include <corosim/runtime/task.hpp>
#include <corosim/runtime/task_group.hpp>
#include <corosim/runtime/timeout.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "virtual_time.hpp"

namespace corosim {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using testing::run_virtual;
using Log = std::vector<std::string>;

// What is which.

static_assert(Coroutine<Coro<int>> && Coroutine<Lock::Acquire> && Coroutine<Event::Wait> &&
              Coroutine<Queue<int>::Join>);
static_assert(Coroutine<decltype(sleep(1s))> && Coroutine<decltype(sleep(1s, 7))>);
static_assert(Coroutine<decltype(std::declval<Condition&>().wait())> &&
              Coroutine<decltype(std::declval<Barrier&>().wait())>);
static_assert(!Coroutine<Task<int>> && Awaitable<Task<int>> && Awaitable<Future<>>);
static_assert(std::is_same_v<Awaited<Lock::Acquire>, bool> && std::is_same_v<Awaited<Task<int>>, int>);
static_assert(std::is_same_v<Awaited<decltype(std::declval<Lock&>().scoped())>, Lock::Guard>);

// A foreign awaitable is refused by whoever takes one; awaited, it is refused with the reason.
struct Foreign : std::suspend_always {
  using ValueType = int;
};
template <class A>
concept Taken = requires(A a) { create_task(std::move(a)); } || requires(A a) { gather(std::move(a)); } ||
                requires(A a) { shield(std::move(a)); } || requires(A a) { wait_for(std::move(a), 1s); } ||
                requires(A a) { ensure_future(std::move(a)); } || requires(A a) { as_outcome(std::move(a)); } ||
                requires(A a) { as_coro(std::move(a)); } || requires(EventLoop l, A a) { l.run_until_complete(a); };
static_assert(Taken<Lock::Acquire>);
static_assert(!Awaitable<Foreign> && !Taken<Foreign> && !Taken<std::suspend_always> && !Taken<int>);

TEST(Awaitable, GatherTakesCoroutinesOfAllKinds) {
  const auto main = []() -> Coro<void> {
    Queue<std::string> queue;
    Semaphore semaphore(1);
    Event event;
    const auto setting = get_running_loop().call_later(2s, [&] { event.set(); });
    queue.put_nowait("item");
    const auto [item, acquired, rested, waited] =
        co_await gather(queue.get(), semaphore.acquire(), sleep(1s), shield(event.wait()));
    EXPECT_EQ(item, "item");
    EXPECT_TRUE(acquired);
    EXPECT_TRUE(waited);
    EXPECT_TRUE(semaphore.locked());
    EXPECT_EQ(get_running_loop().time().time_since_epoch(), 2s);
  };
  run_virtual(main());
}

TEST(Awaitable, WaitForEndsAWaitInTime) {
  const auto main = []() -> Coro<void> {
    const Event never;
    bool late = false;
    try {
      co_await wait_for(never.wait(), 1s);
    } catch (const TimeoutError&) {
      late = true;
    }
    EXPECT_TRUE(late);
    EXPECT_EQ(get_running_loop().time().time_since_epoch(), 1s);
  };
  run_virtual(main());
}

// What CPython 3.13 printed for the same program.
TEST(Awaitable, EachTakerGoesOnInTheSameStepAsInAsyncio) {
  Log log;
  const auto main = [&]() -> Coro<void> {
    const Lock lock;
    const Event event;
    const Semaphore semaphore(0);
    const auto tick = [](Log& ticks) -> Coro<void> {
      for (int i = 0; i < 14; ++i) {
        ticks.push_back(std::to_string(i));
        co_await sleep(0s);
      }
    };
    const auto note = [&log, &lock](const AnyFuture& future, const std::string& name) {
      future.add_done_callback([&log, &lock, name] {
        log.push_back(name);
        if (name == "task" || name == "wait_for" || name == "shield") lock.release();
      });
    };
    co_await lock.acquire();
    note(create_task(lock.acquire()), "task");
    note(create_task(wait_for(lock.acquire(), 10s)), "wait_for");
    note(shield(lock.acquire()), "shield");
    note(gather(lock.acquire(), event.wait(), sleep(0s)), "gather");
    note(ensure_future(semaphore.acquire()), "semaphore");
    const Task<> ticking = create_task(tick(log));
    co_await sleep(0s);
    lock.release();
    co_await sleep(0s);
    event.set();
    semaphore.release();
    co_await ticking;
  };
  run_virtual(main());
  EXPECT_THAT(log, ElementsAre("0", "1", "2", "task", "3", "semaphore", "4", "wait_for", "5", "6", "7", "shield", "8",
                               "9", "10", "gather", "11", "12", "13"));
}

TEST(Awaitable, WaitForWithoutTimeDoesNotStartIt) {
  Log log;
  const auto main = [&]() -> Coro<void> {
    const Lock lock;
    const auto tick = [](Log& ticks) -> Coro<void> {
      for (int i = 0; i < 6; ++i) {
        ticks.push_back(std::to_string(i));
        co_await sleep(0s);
      }
    };
    const auto limited = [](Lock shared, Log& ticks) -> Coro<void> {
      try {
        co_await wait_for(shared.acquire(), 0s);
      } catch (const TimeoutError&) {
        ticks.push_back("timeout");
      }
    };
    const Task<> ticking = create_task(tick(log));
    const Task<> trying = create_task(limited(lock, log));
    co_await ticking;
    EXPECT_TRUE(trying.done());
    EXPECT_FALSE(lock.locked());
  };
  run_virtual(main());
  EXPECT_THAT(log, ElementsAre("0", "1", "2", "3", "timeout", "4", "5"));  // CPython's order
}

TEST(Awaitable, ATaskTakesItsPlaceInTheLineInItsOwnFirstStep) {
  Log log;
  const auto main = [&]() -> Coro<void> {
    const Lock lock;
    const auto enter = [](Lock shared, Log& entered) -> Coro<void> {
      co_await shared.acquire();
      entered.push_back("direct");
      shared.release();
    };
    const Task<bool> made_first = create_task(lock.acquire());
    co_await enter(lock, log);
    co_await made_first;
    log.push_back("task");
    EXPECT_TRUE(lock.locked());
  };
  run_virtual(main());
  EXPECT_THAT(log, ElementsAre("direct", "task"));
}

TEST(Awaitable, AnEagerTaskTakesAFreeLockAtOnce) {
  const auto main = []() -> Coro<void> {
    const Lock lock;
    const Task<bool> task = create_task(lock.acquire(), TaskOptions().eager_start());
    EXPECT_TRUE(task.done());
    EXPECT_TRUE(lock.locked());
    co_return;
  };
  run_virtual(main());
}

TEST(Awaitable, ACancelledTaskThatDidNotStartLeavesTheLockAlone) {
  const auto main = []() -> Coro<void> {
    const Lock lock;
    const Task<bool> task = create_task(lock.acquire());
    task.cancel();
    co_await as_outcome(task);
    EXPECT_TRUE(task.cancelled());
    EXPECT_FALSE(lock.locked());
  };
  run_virtual(main());
}

TEST(Awaitable, GuardsAreResults) {
  const auto main = []() -> Coro<void> {
    const Lock first;
    const Semaphore second;
    {
      auto [guard, unit] = co_await gather(first.scoped(), second.scoped());
      EXPECT_TRUE(first.locked());
      EXPECT_TRUE(second.locked());
    }
    EXPECT_FALSE(first.locked());
    EXPECT_FALSE(second.locked());
    {
      std::vector<decltype(first.scoped())> both;
      both.push_back(first.scoped());
      both.push_back(Lock().scoped());
      const std::vector<Lock::Guard> guards = co_await gather(std::move(both));
      EXPECT_TRUE(first.locked());
    }
    EXPECT_FALSE(first.locked());
    create_task(first.scoped());  // nobody takes the guard
    co_await sleep(0s);
    EXPECT_FALSE(first.locked());
  };
  run_virtual(main());
}

TEST(Awaitable, CoroutinesOfOneResultAreOneTypeAsCoros) {
  const auto main = []() -> Coro<void> {
    const Lock lock;
    Event event;
    event.set();
    std::vector<Coro<bool>> waits;
    waits.push_back(as_coro(lock.acquire()));
    waits.push_back(as_coro(event.wait()));
    waits.push_back(as_coro(sleep(1s, true)));
    const std::vector<bool> results = co_await gather(std::move(waits));
    EXPECT_THAT(results, ElementsAre(true, true, true));
  };
  run_virtual(main());
}

TEST(Awaitable, OutcomesCanBeHandedOn) {
  const auto main = []() -> Coro<void> {
    const auto failing = []() -> Coro<int> {
      co_await sleep(1s);
      throw ValueError("no");
    };
    const Task<bool> task = create_task(sleep(2s, true));
    const auto [coro, future, rest] = co_await gather(as_outcome(failing()), as_outcome(task), sleep_outcome(3s));
    EXPECT_TRUE(holds<ValueError>(coro.exception()));
    EXPECT_TRUE(future.value());
    EXPECT_TRUE(rest.has_value());
    EXPECT_EQ(get_running_loop().time().time_since_epoch(), 3s);
  };
  run_virtual(main());
}

TEST(Awaitable, BodiesMayHandOnWhatTheyWouldAwait) {
  struct Manager {
    Lock::Acquire enter() { return lock.acquire(); }
    detail::Sleep exit(const std::exception_ptr&) {
      lock.release();
      return sleep(1s);
    }
    Lock lock;
  };
  const auto main = []() -> Coro<void> {
    Manager manager;
    co_await async_with(manager, [&](bool& entered) {
      EXPECT_TRUE(entered && manager.lock.locked());
      return sleep(1s);
    });
    EXPECT_FALSE(manager.lock.locked());
    const auto items = []() -> AsyncGenerator<int> {
      co_yield 1;
      co_yield 2;
    };
    auto generator = items();
    co_await for_each(generator, [](int seconds) { return sleep(std::chrono::seconds(seconds)); });
    EXPECT_EQ(get_running_loop().time().time_since_epoch(), 5s);
    const bool acquired = co_await timeout(1s, [&](Timeout&) { return manager.lock.acquire(); });
    EXPECT_TRUE(acquired);
  };
  run_virtual(main());
}

TEST(Awaitable, AnotherThreadCanHandInAWait) {
  const EventLoopPtr loop = new_event_loop();
  const Lock lock;
  std::future<bool> acquired = run_coroutine_threadsafe(lock.acquire(), *loop);
  loop->run_until_complete(sleep(0s));
  loop->run_until_complete(sleep(0s));
  EXPECT_TRUE(acquired.get());
  EXPECT_TRUE(lock.locked());
}

TEST(Awaitable, AnErrorOfTheCallIsThatOfTheTask) {
  const auto main = []() -> Coro<void> {
    const std::chrono::duration<double> nonsense(std::numeric_limits<double>::quiet_NaN());
    const Task<> task = create_task(sleep(nonsense));
    const Outcome<void> outcome = co_await as_outcome(task);
    EXPECT_TRUE(holds<ValueError>(outcome.exception()));
  };
  run_virtual(main());
}

TEST(AwaitableLifetime, TheLockObjectMayGoBeforeTheTaskStarts) {
  const auto main = []() -> Coro<void> {
    Task<bool> task;
    Task<bool> waiting;
    {
      const Lock lock;
      task = create_task(lock.acquire());
      waiting = create_task(lock.acquire());
    }
    const bool acquired = co_await task;
    EXPECT_TRUE(acquired);
    EXPECT_FALSE(waiting.done());
  };
  run_virtual(main());
}

TEST(AwaitableLifetime, AGeneratorThatIsGoneIsAnErrorOfTheTask) {
  const auto main = []() -> Coro<void> {
    const auto items = []() -> AsyncGenerator<int> { co_yield 1; };
    Task<std::optional<int>> next;
    Task<> close;
    {
      auto generator = items();
      next = create_task(generator.next());
      close = create_task(generator.aclose());
      auto moved = std::move(generator);
      {
        auto dropped = moved.next();
      }
    }
    const auto first = co_await as_outcome(next);
    const auto second = co_await as_outcome(close);
    EXPECT_EQ(describe(first.exception()), "RuntimeError: anext(): asynchronous generator was destroyed");
    EXPECT_EQ(describe(second.exception()), "RuntimeError: aclose(): asynchronous generator was destroyed");
  };
  run_virtual(main());
}

TEST(AwaitableLifetime, AWaitThatWasHandedOnBelongsToItsTask) {
  const auto result = std::make_shared<int>(7);
  const auto main = [&]() -> Coro<void> {
    auto rest = sleep(1s, result);
    EXPECT_EQ(result.use_count(), 2);
    Task<std::shared_ptr<int>> task = create_task(std::move(rest));
    co_await sleep(0s);
    task.cancel();
    co_await as_outcome(task);
  };
  run_virtual(main());
  EXPECT_EQ(result.use_count(), 1);
}

TEST(AwaitableReports, ShowTheCallUnderTheFunctionsThatTookIt) {
  std::string graph;
  const auto main = [&]() -> Coro<void> {
    const Event event;
    const Task<bool> task = create_task(wait_for(event.wait(), 1h), "waiter");
    co_await sleep(0s);
    graph = format_call_graph(task);
    task.cancel();
  };
  run_virtual(main());
  EXPECT_THAT(graph, ::testing::StartsWith("* Task \"waiter\"\n  + Event.wait at awaitable_test.cpp:"));
}

}  // namespace
}  // namespace corosim
