#include <algorithm>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <corosim/runtime/condition.hpp>
#include <corosim/runtime/event.hpp>
#include <corosim/runtime/lock.hpp>
#include <corosim/runtime/queue.hpp>
#include <corosim/runtime/semaphore.hpp>
#include <corosim/runtime/sleep.hpp>
#include <corosim/runtime/task.hpp>

#include "virtual_time.hpp"

namespace corosim {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

using Log = std::vector<std::string>;

// Runs what became ready last first, but the handles of a lane in their order: as far from asyncio's order as asyncio's
// promises allow.
class LatestFirst final : public ReadyPolicy {
 public:
  void push(detail::Runnable& handle) override {
    if (handle.lane != nullptr) handle.lane->last = &handle;
    ready_.push_back(&handle);
  }
  detail::Runnable* pop() override {
    detail::Runnable* next = ready_.back();
    if (next->lane != nullptr) {
      next = *std::find_if(ready_.begin(), ready_.end(), [&](const auto* other) { return other->lane == next->lane; });
    }
    withdraw(*next);
    return next;
  }
  void withdraw(detail::Runnable& handle) override {
    if (handle.lane != nullptr) handle.lane->last = nullptr;
    ready_.erase(std::find(ready_.begin(), ready_.end(), &handle));
  }
  bool ended() const override { return false; }
  std::size_t pass_length() const override { return ready_.empty() ? 0 : 1; }

 private:
  std::vector<detail::Runnable*> ready_;
};

template <class T>
T run_latest_first(Coro<T> main) {
  testing::VirtualClock clock;
  LatestFirst policy;
  Runner runner(LoopOptions().clock(clock).policy(policy));
  return runner.run(std::move(main));
}

// Starts three tasks of `wait(name)` one after the other, each up to where it waits. `wait` outlives them.
template <class Wait>
Coro<void> start(const Wait& wait) {
  for (const char* name : {"a", "b", "c"}) {
    create_task(wait(std::string(name)));
    co_await sleep(1s);
  }
}

TEST(WakeOrder, OfALockIsPromised) {
  Log log;
  const auto main = [&]() -> Coro<void> {
    Lock lock;
    const auto wait = [&log, lock](std::string name) -> Coro<void> {
      const auto guard = co_await lock.scoped();
      log.push_back(name);
    };
    co_await lock.acquire();
    co_await start(wait);
    lock.release();
    co_await sleep(1s);
  };
  run_latest_first(main());
  EXPECT_THAT(log, ElementsAre("a", "b", "c"));
}

TEST(WakeOrder, OfASemaphoreIsPromised) {
  Log log;
  const auto main = [&]() -> Coro<void> {
    Semaphore semaphore(0);
    const auto wait = [&log, semaphore](std::string name) -> Coro<void> {
      co_await semaphore.acquire();
      log.push_back(name);
    };
    co_await start(wait);
    for (int i = 0; i < 3; ++i) semaphore.release();
    co_await sleep(1s);
  };
  run_latest_first(main());
  EXPECT_THAT(log, ElementsAre("a", "b", "c"));
}

TEST(WakeOrder, OfAQueueIsPromised) {
  Log log;
  const auto main = [&]() -> Coro<void> {
    Queue<int> queue;
    const auto wait = [&log, queue](std::string name) -> Coro<void> {
      const int item = co_await queue.get();
      log.push_back(name + std::to_string(item));
    };
    co_await start(wait);
    for (int i = 0; i < 3; ++i) queue.put_nowait(i);
    co_await sleep(1s);
  };
  run_latest_first(main());
  EXPECT_THAT(log, ElementsAre("a0", "b1", "c2"));
}

TEST(WakeOrder, OfAnEventIsFree) {
  Log log;
  const auto main = [&]() -> Coro<void> {
    Event event;
    const auto wait = [&log, event](std::string name) -> Coro<void> {
      co_await event.wait();
      log.push_back(name);
    };
    co_await start(wait);
    event.set();
    co_await sleep(1s);
  };
  run_latest_first(main());
  EXPECT_THAT(log, ElementsAre("c", "b", "a"));
}

TEST(WakeOrder, OfAConditionIsThatInWhichTheTasksAskForTheLock) {
  Log log;
  const auto main = [&]() -> Coro<void> {
    Condition condition;
    const auto wait = [&log, condition](std::string name) -> Coro<void> {
      const auto guard = co_await condition.scoped();
      co_await condition.wait();
      log.push_back(name);
    };
    co_await start(wait);
    co_await condition.acquire();
    condition.notify_all();
    condition.release();
    co_await sleep(1s);
  };
  run_latest_first(main());
  EXPECT_THAT(log, ElementsAre("c", "b", "a"));
}

// A ready handle refers to the lane of what woke it, which may go before the handle runs.
TEST(WakeOrder, OutlivesTheLockUntilTheWokenTaskHasRun) {
  Log log;
  const auto main = [&]() -> Coro<void> {
    const auto wait = [&log](Lock& lock, std::string name) -> Coro<void> {
      const auto guard = co_await lock.scoped();
      log.push_back(name);
    };
    {
      Lock lock;
      co_await lock.acquire();
      create_task(wait(lock, "a"));
      co_await sleep(1s);
      lock.release();
    }
    co_await sleep(1s);
  };
  run_latest_first(main());
  EXPECT_THAT(log, ElementsAre("a"));
}

TEST(WakeOrder, IsGivenUpWithTheLoop) {
  testing::VirtualClock clock;
  LatestFirst policy;
  const EventLoopPtr loop = new_event_loop(LoopOptions().clock(clock).policy(policy));
  const auto main = []() -> Coro<void> {
    const auto wait = [](Lock lock) -> Coro<void> { co_await lock.acquire(); };
    Lock lock;
    co_await lock.acquire();
    create_task(wait(lock));
    co_await sleep(1s);
    lock.release();
  };
  loop->run_until_complete(main());
}

// The first loop is gone when the second one is made, which may well get its place in memory.
TEST(Line, RefusesTheTasksOfAnyLoopButTheFirst) {
  const Queue<int> queue(1);
  const auto wait_for_an_item = [&]() -> Coro<void> {
    const Task<int> getter = create_task(queue.get());
    co_await sleep(0s);
    getter.cancel();
  };
  testing::run_virtual(wait_for_an_item());

  const auto use_without_waiting = [&]() -> Coro<void> {
    co_await queue.put(1);
    co_await queue.get();
    co_await queue.put(2);
  };
  testing::run_virtual(use_without_waiting());

  const auto wait_for_a_slot = [&]() -> Coro<void> { co_await queue.put(3); };
  EXPECT_THAT([&] { testing::run_virtual(wait_for_a_slot()); },
              ThrowsMessage<RuntimeError>(HasSubstr("is bound to a different event loop")));
}

}  // namespace
}  // namespace corosim
