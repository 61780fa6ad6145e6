// CPython's own tests of the loop, from `test_base_events.py`, one test for one test, under the names of the Python
// methods. docs/cpython-tests.md lists the cases that have no meaning in C++.
#include <concepts>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <corosim/runtime/executor.hpp>
#include <corosim/runtime/run.hpp>
#include <corosim/runtime/sleep.hpp>

#include "test_loop.hpp"

namespace corosim {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using testing::TestLoop;
using ::testing::ThrowsMessage;

template <class F>
concept Callback = requires(EventLoop& loop, F f) { loop.call_soon(f); };
template <class F>
concept ThreadSafeCallback = requires(EventLoop& loop, F f) { loop.call_soon_threadsafe(f); };
template <class F>
concept TimedCallback = requires(EventLoop& loop, F f) { loop.call_later(1s, f); } ||
                        requires(EventLoop& loop, F f) { loop.call_at(TimePoint(), f); };
template <class F>
concept ExecutorFunction = requires(EventLoop& loop, F f) { loop.run_in_executor(f); };
template <class D>
concept Delay = requires(EventLoop& loop, D delay, void (*f)()) { loop.call_later(delay, f); };
template <class W>
concept Deadline = requires(EventLoop& loop, W when, void (*f)()) { loop.call_at(when, f); };
template <class M>
concept Completes = requires(EventLoop& loop, M main) { loop.run_until_complete(std::move(main)); };
template <class H>
concept ExceptionHandler = requires(EventLoop& loop, H handler) { loop.set_exception_handler(handler); };

// What is neither std::exception nor CancelledError; Python's SystemExit and KeyboardInterrupt.
class KeyboardInterrupt {};

class CPythonBaseEventLoop : public ::testing::Test {
 protected:
  // CPython's `loop._run_once()`.
  void run_once() {
    loop->stop();
    loop->run_forever();
  }
  // What is printed to standard error meanwhile; CPython's mock logger.
  template <class F>
  std::string log_of(F run) {
    ::testing::internal::CaptureStderr();
    run();
    return ::testing::internal::GetCapturedStderr();
  }

  TestLoop loop;
};

TEST_F(CPythonBaseEventLoop, close) {
  EXPECT_FALSE(loop->is_closed());
  loop->close();
  EXPECT_TRUE(loop->is_closed());
  loop->close();
  loop->close();
  const Future<void> f = loop->create_future();
  EXPECT_THROW(loop->run_forever(), RuntimeError);
  EXPECT_THROW(loop->run_until_complete(f), RuntimeError);
}

class DummyExecutor final : public Executor {
 public:
  void execute(EventLoop&, std::function<void()>, std::function<void()>) override { ++calls; }
  int calls = 0;
};

TEST_F(CPythonBaseEventLoop, set_default_executor) {
  DummyExecutor executor;
  loop->set_default_executor(executor);
  EXPECT_EQ(&loop->default_executor(), &executor);
  loop->run_in_executor([] {});
  EXPECT_EQ(executor.calls, 1);
}

TEST_F(CPythonBaseEventLoop, set_default_executor_error) {
  const auto settable = []<class E>(E&) {
    return requires(EventLoop& event_loop, E& executor) { event_loop.set_default_executor(executor); };
  };
  DummyExecutor executor;
  int other = 0;
  EXPECT_TRUE(settable(executor));
  EXPECT_FALSE(settable(other));
}

// The executor of the test never calls back. Python warns, which goes to the exception handler here.
TEST_F(CPythonBaseEventLoop, shutdown_default_executor_timeout) {
  const auto& reports = loop.unhandled();
  DummyExecutor executor;
  loop->set_default_executor(executor);
  loop->run_in_executor([] {});
  loop->run_until_complete(loop->shutdown_default_executor(10ms));
  EXPECT_THAT(reports, ElementsAre("The executor did not finish its calls within 0.01 seconds"));
  EXPECT_EQ(loop.time(), 10ms);
}

TEST_F(CPythonBaseEventLoop, call_soon) {
  int calls = 0;
  const auto cb = [&] { ++calls; };
  EXPECT_TRUE((std::same_as<decltype(loop->call_soon(cb)), Handle>));
  loop->call_soon(cb);
  EXPECT_EQ(calls, 0);
  run_once();
  EXPECT_EQ(calls, 1);
}

TEST_F(CPythonBaseEventLoop, call_soon_non_callable) {
  EXPECT_FALSE(Callback<int>);
  EXPECT_TRUE(Callback<void (*)()>);
}

TEST_F(CPythonBaseEventLoop, call_later) {
  int calls = 0;
  const auto cb = [&] { ++calls; };
  EXPECT_TRUE((std::same_as<decltype(loop->call_later(10s, cb)), TimerHandle>));
  loop->call_later(10s, cb);
  run_once();
  EXPECT_EQ(calls, 0);
  EXPECT_FALSE(Delay<std::nullptr_t>);
  EXPECT_TRUE(Delay<Duration>);
}

TEST_F(CPythonBaseEventLoop, call_later_negative_delays) {
  std::vector<std::string> calls;
  loop->call_later(-1s, [&] { calls.push_back("a"); });
  loop->call_later(-2s, [&] { calls.push_back("b"); });
  loop.run_briefly();
  EXPECT_THAT(calls, ElementsAre("b", "a"));
}

TEST_F(CPythonBaseEventLoop, time_and_call_at) {
  const TimePoint when = loop->time() + 100ms;
  loop->call_at(when, [&] { loop->stop(); });
  const TimePoint t0 = loop->time();
  loop->run_forever();
  EXPECT_EQ(loop->time() - t0, 100ms);
  EXPECT_FALSE(Deadline<std::nullptr_t>);
  EXPECT_TRUE(Deadline<TimePoint>);
}

// A clock that does not move; it keeps the deadlines that the loop waits for.
class RecordingClock final : public Clock {
 public:
  TimePoint now() const override { return TimePoint(); }
  bool wait(std::optional<TimePoint> deadline) override {
    deadlines.push_back(deadline);
    return false;
  }
  void interrupt() override {}
  std::vector<std::optional<TimePoint>> deadlines;
};

TEST_F(CPythonBaseEventLoop, _run_once) {
  RecordingClock clock;
  const EventLoopPtr waiting = new_event_loop(LoopOptions().clock(clock));
  TimerHandle h1 = waiting->call_at(TimePoint(5s), [] {});
  const TimerHandle h2 = waiting->call_at(TimePoint(10s), [] {});
  h1.cancel();
  EXPECT_THROW(waiting->run_forever(), DeadlockError);  // the clock ends the run
  EXPECT_THAT(clock.deadlines, ElementsAre(TimePoint(10s)));
}

TEST_F(CPythonBaseEventLoop, _run_once_schedule_handle) {
  std::vector<std::string> processed;
  loop->call_later(-1s, [&] {
    processed.push_back("timer");
    loop->call_soon([&] { processed.push_back("handle"); });
  });
  run_once();
  EXPECT_THAT(processed, ElementsAre("timer"));  // what it scheduled is ready, and waits for the next pass
  run_once();
  EXPECT_THAT(processed, ElementsAre("timer", "handle"));
}

TEST_F(CPythonBaseEventLoop, run_until_complete_type_error) {
  EXPECT_FALSE(Completes<std::string>);
  EXPECT_TRUE(Completes<Coro<int>>);
  EXPECT_TRUE(Completes<Task<int>>);
}

TEST_F(CPythonBaseEventLoop, run_until_complete_loop) {
  const Future<void> task = loop->create_future();
  const TestLoop other_loop;
  EXPECT_THROW(other_loop->run_until_complete(task), ValueError);
}

// A callback's exception ends no run here. A deadlock does, and it leaves no callback behind that would stop the next.
TEST_F(CPythonBaseEventLoop, run_until_complete_loop_orphan_future_close_loop) {
  const Future<void> orphan = loop->create_future();
  EXPECT_THROW(loop->run_until_complete(orphan), DeadlockError);
  const auto foo = [&]() -> Coro<void> {
    orphan.set_result();
    co_await sleep(200ms);
  };
  loop->run_until_complete(foo());
  EXPECT_EQ(loop.time(), 200ms);
}

TEST_F(CPythonBaseEventLoop, default_exc_handler_callback) {
  for (const Duration delay : {Duration(0), Duration(10ms)}) {
    const Future<void> fut = loop->create_future();
    const auto zero_error = [fut] {
      fut.set_result();
      throw ValueError("zero");
    };
    if (delay == 0s) {
      loop->call_soon(zero_error);
    } else {
      loop->call_later(delay, zero_error);
    }
    fut.add_done_callback([&] { loop->stop(); });
    EXPECT_THAT(log_of([&] { loop->run_forever(); }), MatchesRegex("Exception in callback.*ValueError: zero\n"));
  }
}

TEST_F(CPythonBaseEventLoop, default_exc_handler_coro) {
  const auto zero_error_coro = []() -> Coro<void> {
    co_await sleep(10ms);
    throw ValueError("zero");
  };
  Task<void> fut = loop->create_task(zero_error_coro());
  fut.add_done_callback([&] { loop->stop(); });
  loop->run_forever();
  EXPECT_THAT(log_of([&] { fut = Task<void>(); }), MatchesRegex(".*exception was never retrieved.*ValueError: zero\n"));
}

TEST_F(CPythonBaseEventLoop, set_exc_handler_invalid) {
  EXPECT_FALSE(ExceptionHandler<const char*>);
  EXPECT_TRUE((ExceptionHandler<void (*)(EventLoop&, const ExceptionContext&)>));
}

TEST_F(CPythonBaseEventLoop, set_exc_handler_custom) {
  std::vector<ExceptionContext> reports;
  const auto run_loop = [&] {
    loop->call_soon([] { throw ValueError("zero"); });
    run_once();
  };
  EXPECT_FALSE(loop->get_exception_handler());
  loop->set_exception_handler([&](EventLoop& where, const ExceptionContext& context) {
    EXPECT_EQ(&where, &*loop);
    reports.push_back(context);
  });
  EXPECT_TRUE(loop->get_exception_handler());
  run_loop();
  ASSERT_EQ(reports.size(), 1U);
  EXPECT_THAT(reports[0].message, HasSubstr("Exception in callback"));
  EXPECT_TRUE(holds<ValueError>(reports[0].exception));
  EXPECT_EQ(reports[0].site.file(), "base_events_test.cpp");
  reports.clear();
  loop->set_exception_handler(nullptr);
  EXPECT_THAT(log_of(run_loop), MatchesRegex("Exception in callback.*zero\n"));
  EXPECT_THAT(reports, IsEmpty());
}

TEST_F(CPythonBaseEventLoop, set_exc_handler_broken) {
  loop->set_exception_handler([](EventLoop&, const ExceptionContext&) { throw LookupError("spam"); });
  const auto run_loop = [&] {
    loop->call_soon([] { throw ValueError("zero"); });
    run_once();
  };
  EXPECT_THAT(log_of(run_loop), MatchesRegex("Unhandled error in exception handler.*LookupError: spam\n"));
}

TEST_F(CPythonBaseEventLoop, create_task_error_closes_coro) {
  const auto held = std::make_shared<int>(1);
  const auto test = [](std::shared_ptr<int>) -> Coro<void> { co_return; };
  loop->close();
  EXPECT_THROW(loop->create_task(test(held)), RuntimeError);
  EXPECT_EQ(held.use_count(), 1);
}

TEST_F(CPythonBaseEventLoop, create_named_task_with_default_factory) {
  const auto test = []() -> Coro<void> { co_return; };
  const Task<void> task = loop->create_task(test(), TaskOptions().name("test_task"));
  EXPECT_EQ(task.get_name(), "test_task");
  loop->run_until_complete(task);
}

TEST_F(CPythonBaseEventLoop, run_forever_keyboard_interrupt) {
  const auto& reports = loop.unhandled();
  const auto raise_keyboard_interrupt = []() -> Coro<void> {
    throw KeyboardInterrupt();
    co_return;
  };
  EXPECT_THROW(loop->run_until_complete(raise_keyboard_interrupt()), KeyboardInterrupt);
  loop->close();
  EXPECT_THAT(reports, IsEmpty());
}

TEST_F(CPythonBaseEventLoop, run_until_complete_baseexception) {
  const auto raise_keyboard_interrupt = []() -> Coro<void> {
    throw KeyboardInterrupt();
    co_return;
  };
  EXPECT_THROW(loop->run_until_complete(raise_keyboard_interrupt()), KeyboardInterrupt);
  bool called = false;
  const auto func = [&] {
    loop->stop();
    called = true;
  };
  loop->call_soon([&] { loop->call_soon(func); });
  loop->run_forever();  // no stop() is pending from before
  EXPECT_TRUE(called);
}

TEST_F(CPythonBaseEventLoop, run_once) {
  int count = 0;
  loop->call_soon([&] { ++count; });
  loop->call_soon([&] { loop->stop(); });
  loop->run_forever();
  EXPECT_EQ(count, 1);
}

TEST_F(CPythonBaseEventLoop, run_forever_pre_stopped) {
  RecordingClock clock;
  const EventLoopPtr stopped = new_event_loop(LoopOptions().clock(clock));
  stopped->stop();
  stopped->run_forever();
  EXPECT_THAT(clock.deadlines, IsEmpty());
}

// BaseEventLoopWithSelectorTests: the one case without a network ------------------------------------------------------

TEST(CPythonBaseEventLoopWithSelector, call_coroutine) {
  using CoroFunction = Coro<void> (*)();
  EXPECT_FALSE(Callback<Coro<void>>);
  EXPECT_FALSE(ThreadSafeCallback<Coro<void>>);
  EXPECT_FALSE(TimedCallback<Coro<void>>);
  EXPECT_FALSE(ExecutorFunction<Coro<void>>);
  EXPECT_FALSE(Callback<CoroFunction>);
  EXPECT_FALSE(ThreadSafeCallback<CoroFunction>);
  EXPECT_FALSE(TimedCallback<CoroFunction>);
  EXPECT_FALSE(ExecutorFunction<CoroFunction>);
}

// RunningLoopTests ----------------------------------------------------------------------------------------------------

TEST(CPythonRunningLoop, running_loop_within_a_loop) {
  const TestLoop loop;
  const TestLoop outer_loop;
  const auto runner = [&]() -> Coro<void> {
    loop->run_forever();
    co_return;
  };
  EXPECT_THAT([&] { outer_loop->run_until_complete(runner()); },
              ThrowsMessage<RuntimeError>(HasSubstr("while another loop is running")));
}

}  // namespace
}  // namespace corosim
