// CPython's own tests of the loop as a user sees it, `EventLoopTestsMixin` of `test_events.py`, one test for one test,
// under the names of the Python methods: in real time, and with threads. docs/cpython-tests.md lists the cases that
// have no meaning in C++.
#include <atomic>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <corosim/runtime/executor.hpp>
#include <corosim/runtime/run.hpp>
#include <corosim/runtime/sleep.hpp>

namespace corosim {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

using Results = std::vector<std::string>;

Coro<void> sleep_for(Duration delay) { co_await sleep(delay); }

class CPythonEventLoop : public ::testing::Test {
 protected:
  EventLoopPtr loop = new_event_loop();
  Results results;
};

TEST_F(CPythonEventLoop, run_until_complete_nesting) {
  const auto coro2 = [&]() -> Coro<void> {
    EXPECT_TRUE(loop->is_running());
    loop->run_until_complete(sleep_for(0s));
    co_return;
  };
  EXPECT_THROW(loop->run_until_complete(coro2()), RuntimeError);
}

TEST_F(CPythonEventLoop, run_until_complete) {
  const TimePoint t0 = loop->time();
  loop->run_until_complete(sleep_for(10ms));
  EXPECT_GE(loop->time() - t0, 10ms);
}

TEST_F(CPythonEventLoop, run_until_complete_stopped) {
  const auto cb = [&]() -> Coro<void> {
    loop->stop();
    co_await sleep(100ms);
  };
  EXPECT_THROW(loop->run_until_complete(cb()), RuntimeError);
}

TEST_F(CPythonEventLoop, call_later) {
  loop->call_later(10ms, [&] {
    results.push_back("hello world");
    loop->stop();
  });
  loop->run_forever();
  EXPECT_THAT(results, ElementsAre("hello world"));
}

TEST_F(CPythonEventLoop, call_soon) {
  loop->call_soon([&] {
    results.push_back("hello");
    loop->stop();
  });
  loop->run_forever();
  EXPECT_THAT(results, ElementsAre("hello"));
}

TEST_F(CPythonEventLoop, call_soon_threadsafe) {
  const auto callback = [&](const char* arg) {
    results.push_back(arg);
    if (results.size() >= 2) loop->stop();
  };
  std::thread t([&] { loop->call_soon_threadsafe([&] { callback("hello"); }); });
  t.join();
  loop->call_soon([&] { callback("world"); });
  loop->run_forever();
  EXPECT_THAT(results, ElementsAre("hello", "world"));
}

// In these two the callback takes its time: long enough for the other thread to come and wait.
TEST_F(CPythonEventLoop, call_soon_threadsafe_handle_block_check_cancelled) {
  std::promise<void> callback_started;
  std::atomic<bool> callback_finished = false;
  std::thread t([&] {
    const ThreadSafeHandle handle = loop->call_soon_threadsafe([&] {
      callback_started.set_value();
      results.push_back("hello");
      std::this_thread::sleep_for(20ms);
      callback_finished = true;
    });
    callback_started.get_future().wait();
    EXPECT_FALSE(handle.cancelled());
    EXPECT_TRUE(callback_finished);
    loop->call_soon_threadsafe([&] { loop->stop(); });
  });
  loop->run_forever();
  t.join();
  EXPECT_THAT(results, ElementsAre("hello"));
}

TEST_F(CPythonEventLoop, call_soon_threadsafe_handle_block_cancellation) {
  std::promise<void> callback_started;
  std::atomic<bool> callback_finished = false;
  std::thread t([&] {
    const ThreadSafeHandle handle = loop->call_soon_threadsafe([&] {
      callback_started.set_value();
      results.push_back("hello");
      std::this_thread::sleep_for(20ms);
      callback_finished = true;
    });
    callback_started.get_future().wait();
    handle.cancel();
    EXPECT_TRUE(callback_finished);
    loop->call_soon_threadsafe([&] { loop->stop(); });
  });
  loop->run_forever();
  t.join();
  EXPECT_THAT(results, ElementsAre("hello"));
}

TEST_F(CPythonEventLoop, call_soon_threadsafe_handle_cancel_same_thread) {
  std::promise<void> callback_started;
  std::atomic<bool> callback_finished = false;
  std::promise<ThreadSafeHandle> fut;
  std::thread t([&] {
    const ThreadSafeHandle handle = loop->call_soon_threadsafe([&] {
      callback_started.set_value();
      fut.get_future().get().cancel();  // without effect: it runs to its end
      results.push_back("hello");
      callback_finished = true;
    });
    fut.set_value(handle);
    callback_started.get_future().wait();
    EXPECT_TRUE(handle.cancelled());
    EXPECT_TRUE(callback_finished);
    loop->call_soon_threadsafe([&] { loop->stop(); });
  });
  loop->run_forever();
  t.join();
  EXPECT_THAT(results, ElementsAre("hello"));
}

TEST_F(CPythonEventLoop, call_soon_threadsafe_handle_cancel_other_thread) {
  std::promise<void> ev;
  loop->call_soon([&] { ev.get_future().wait(); });  // until the callback is added and cancelled
  std::thread t([&] {
    const ThreadSafeHandle handle = loop->call_soon_threadsafe([&] { results.push_back("hello"); });
    handle.cancel();
    EXPECT_TRUE(handle.cancelled());
    ev.set_value();
    loop->call_soon_threadsafe([&] { loop->stop(); });
  });
  loop->run_forever();
  t.join();
  EXPECT_THAT(results, IsEmpty());
}

TEST_F(CPythonEventLoop, call_soon_threadsafe_same_thread) {
  const auto callback = [&](const char* arg) {
    results.push_back(arg);
    if (results.size() >= 2) loop->stop();
  };
  loop->call_soon_threadsafe([&] { callback("hello"); });
  loop->call_soon([&] { callback("world"); });
  loop->run_forever();
  EXPECT_THAT(results, ElementsAre("hello", "world"));
}

TEST_F(CPythonEventLoop, run_in_executor) {
  const auto run = [] { return std::pair(std::string("yo"), std::this_thread::get_id()); };
  const auto f2 = loop->run_in_executor(run);
  const auto [res, thread_id] = loop->run_until_complete(f2);
  EXPECT_EQ(res, "yo");
  EXPECT_NE(thread_id, std::this_thread::get_id());
}

// Nothing is called once the executor is shut down and the loop closed: the call that ran has ended by then.
TEST_F(CPythonEventLoop, run_in_executor_cancel) {
  std::promise<void> started;
  std::promise<void> go;
  std::atomic<bool> ended = false;
  const Future<void> f2 = loop->run_in_executor([&] {
    started.set_value();
    go.get_future().wait();
    ended = true;
  });
  started.get_future().wait();
  f2.cancel();
  loop->call_soon([&] { go.set_value(); });
  loop->run_until_complete(loop->shutdown_default_executor());
  EXPECT_TRUE(ended);
  EXPECT_TRUE(f2.cancelled());
  EXPECT_THROW(loop->run_in_executor([] {}), RuntimeError);
  loop->close();
}

TEST_F(CPythonEventLoop, timeout_rounding) {
  class CountingClock final : public Clock {
   public:
    TimePoint now() const override { return real_->now(); }
    bool wait(std::optional<TimePoint> deadline) override {
      ++waits;
      return real_->wait(deadline);
    }
    void interrupt() override { real_->interrupt(); }
    int waits = 0;

   private:
    std::unique_ptr<Clock> real_ = make_real_clock();
  } clock;
  loop = new_event_loop(LoopOptions().clock(clock));
  const auto wait = []() -> Coro<void> {
    co_await sleep(10ms);
    co_await sleep(100us);
    co_await sleep(1us);
    co_await sleep(10ns);
    co_await sleep(1ns);
  };
  loop->run_until_complete(wait());
  EXPECT_GE(clock.waits, 2);
  EXPECT_LE(clock.waits, 20);
  loop.reset();
}

TEST_F(CPythonEventLoop, close_running_event_loop) {
  const auto close_loop = [&]() -> Coro<void> {
    loop->close();
    co_return;
  };
  EXPECT_THROW(loop->run_until_complete(close_loop()), RuntimeError);
}

TEST_F(CPythonEventLoop, close) {
  loop->close();
  const auto test = []() -> Coro<void> { co_return; };
  const auto func = [] {};
  EXPECT_THROW(loop->run_forever(), RuntimeError);
  EXPECT_THROW(loop->run_until_complete(loop->create_future()), RuntimeError);
  EXPECT_THROW(loop->call_soon(func), RuntimeError);
  EXPECT_THROW(loop->call_soon_threadsafe(func), RuntimeError);
  EXPECT_THROW(loop->call_later(1s, func), RuntimeError);
  EXPECT_THROW(loop->call_at(loop->time(), func), RuntimeError);
  EXPECT_THROW(loop->create_task(test()), RuntimeError);
  EXPECT_THROW(loop->run_in_executor(func), RuntimeError);
}

}  // namespace
}  // namespace corosim
