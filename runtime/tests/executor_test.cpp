// The thread pool in real time, and what crosses threads.
#include <corosim/runtime/executor.hpp>

#include <atomic>
#include <memory>
#include <mutex>
#include <set>
#include <thread>

#include <corosim/runtime/gather.hpp>
#include <corosim/runtime/run.hpp>
#include <corosim/runtime/sleep.hpp>
#include <corosim/runtime/wait.hpp>

#include <gtest/gtest.h>

namespace corosim {
namespace {

using namespace std::chrono_literals;

TEST(ToThread, GivesTheResultOfTheFunction) {
  const int result = run([]() -> Coro<int> { co_return co_await to_thread([] { return 42; }); }());
  EXPECT_EQ(result, 42);
}

TEST(ToThread, RunsOnAnotherThreadInACopyOfTheContext) {
  static ContextVar<int> variable("variable", 0);
  run([]() -> Coro<void> {
    variable.set(7);
    const auto loop_thread = std::this_thread::get_id();
    const auto [thread, value] = co_await to_thread([] {
      const int seen = variable.get();
      variable.set(8);
      return std::pair(std::this_thread::get_id(), seen);
    });
    EXPECT_NE(thread, loop_thread);
    EXPECT_EQ(value, 7);
    EXPECT_EQ(variable.get(), 7);
  }());
}

TEST(ToThread, PassesExceptionsOn) {
  EXPECT_THROW(run([]() -> Coro<void> { co_await to_thread([] { throw ValueError("no"); }); }()), ValueError);
}

TEST(ToThread, JobsOfABoundedPoolAllComeToTheirEnd) {
  const auto pool = make_thread_pool(2);
  std::atomic<int> done = 0;
  const auto main = [&]() -> Coro<void> {
    std::vector<Future<void>> jobs;
    for (int i = 0; i < 100; ++i) jobs.push_back(get_running_loop().run_in_executor(*pool, [&] { ++done; }));
    co_await gather(std::move(jobs));
  };
  run(main());
  EXPECT_EQ(done, 100);
}

TEST(ToThread, ACancelledTaskIsDoneWhileItsCallGoesOn) {
  std::atomic<bool> finished = false;
  std::promise<void> started;
  std::promise<void> go;
  const auto main = [&]() -> Coro<void> {
    const auto call = [&] {
      started.set_value();
      go.get_future().wait();
      finished = true;
    };
    const Task<void> task = create_task(to_thread(call));
    co_await sleep(0s);
    started.get_future().wait();
    task.cancel();
    const std::vector<Task<void>> tasks{task};
    co_await wait(tasks);
    EXPECT_TRUE(task.cancelled());
    EXPECT_FALSE(finished);
    go.set_value();
  };
  run(main());
  EXPECT_TRUE(finished);  // run() waits for its threads
}

TEST(ToThread, StartsWhenItIsAwaited) {
  bool called = false;
  const auto main = [&]() -> Coro<void> {
    Coro<void> dropped = to_thread([&] { called = true; });
    dropped.close();
    co_return;
  };
  run(main());
  EXPECT_FALSE(called);
}

TEST(RunInExecutor, RunWaitsForCallsThatNobodyAwaits) {
  std::atomic<int> done = 0;
  const auto main = [&]() -> Coro<void> {
    for (int i = 0; i < 100; ++i) get_running_loop().run_in_executor([&] { ++done; });
    co_return;
  };
  run(main());
  EXPECT_EQ(done, 100);
}

TEST(RunCoroutineThreadsafe, GivesTheResultToTheOtherThread) {
  const EventLoopPtr loop = new_event_loop();
  int result = 0;
  std::thread other([&] {
    const auto twice = [](int value) -> Coro<int> {
      co_await sleep(1ms);
      co_return 2 * value;
    };
    std::future<int> future = run_coroutine_threadsafe(twice(21), *loop);
    result = future.get();
    loop->call_soon_threadsafe([&] { loop->stop(); });
  });
  loop->run_forever();
  other.join();
  EXPECT_EQ(result, 42);
}

TEST(RunCoroutineThreadsafe, GivesTheExceptionToTheOtherThread) {
  const EventLoopPtr loop = new_event_loop();
  std::thread other([&] {
    const auto failing = []() -> Coro<int> {
      throw ValueError("no");
      co_return 0;
    };
    std::future<int> future = run_coroutine_threadsafe(failing(), *loop);
    EXPECT_THROW(future.get(), ValueError);
    loop->call_soon_threadsafe([&] { loop->stop(); });
  });
  loop->run_forever();
  other.join();
}

TEST(CallSoonThreadsafe, RunsInTheContextOfItsCaller) {
  ContextVar<int> variable("variable", 0);
  const EventLoopPtr loop = new_event_loop();
  int seen_by_callback = 0;
  int seen_by_coroutine = 0;
  std::thread other([&] {
    variable.set(7);
    loop->call_soon_threadsafe([&] { seen_by_callback = variable.get(); });
    const auto look = [&]() -> Coro<int> { co_return variable.get(); };
    seen_by_coroutine = run_coroutine_threadsafe(look(), *loop).get();
    loop->call_soon_threadsafe([&] { loop->stop(); });
  });
  loop->run_forever();
  other.join();
  EXPECT_EQ(seen_by_callback, 7);
  EXPECT_EQ(seen_by_coroutine, 7);
  EXPECT_EQ(variable.get(), 0);
}

TEST(CallSoonThreadsafe, ACancelledHandleLetsGoOfWhatItsCallbackHolds) {
  const auto held = std::make_shared<int>(1);
  const EventLoopPtr loop = new_event_loop();
  const ThreadSafeHandle handle = loop->call_soon_threadsafe([held] {});
  EXPECT_EQ(held.use_count(), 2);
  handle.cancel();
  EXPECT_EQ(held.use_count(), 1);
}

TEST(CallSoonThreadsafe, ClosingTheLoopLetsGoOfWhatCallbacksHold) {
  const auto held = std::make_shared<int>(1);
  const EventLoopPtr loop = new_event_loop();
  const ThreadSafeHandle taken = loop->call_soon_threadsafe([held] {});
  loop->call_soon([] {});  // makes the loop take the one before
  const ThreadSafeHandle arrived = loop->call_soon_threadsafe([held] {});
  EXPECT_EQ(held.use_count(), 3);
  loop->close();
  EXPECT_EQ(held.use_count(), 1);
}

TEST(CallSoonThreadsafe, RefusesAClosedLoop) {
  const EventLoopPtr loop = new_event_loop();
  loop->close();
  EXPECT_THROW(loop->call_soon_threadsafe([] {}), RuntimeError);
}

}  // namespace
}  // namespace corosim
