#include <corosim/runtime/event_loop.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <corosim/runtime/gather.hpp>
#include <corosim/runtime/run.hpp>
#include <corosim/runtime/sleep.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "virtual_time.hpp"

namespace corosim {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

class EventLoopTest : public ::testing::Test {
 protected:
  void say(const std::string& text) { log_.push_back(text); }

  testing::VirtualClock clock_;
  EventLoopPtr loop_ = new_event_loop(LoopOptions().clock(clock_));
  std::vector<std::string> log_;
};

TEST_F(EventLoopTest, RunsCallbacksInTheOrderOfTheirRegistration) {
  loop_->call_soon([this] { say("a"); });
  loop_->call_soon([this] { say("b"); });
  loop_->stop();
  loop_->run_forever();
  EXPECT_THAT(log_, ElementsAre("a", "b"));
}

TEST_F(EventLoopTest, RunsWhatACallbackRegistersInTheNextPass) {
  loop_->call_soon([this] {
    say("a");
    loop_->call_soon([this] { say("c"); });
  });
  loop_->call_soon([this] { say("b"); });
  loop_->stop();
  loop_->run_forever();
  EXPECT_THAT(log_, ElementsAre("a", "b"));
  loop_->stop();
  loop_->run_forever();
  EXPECT_THAT(log_, ElementsAre("a", "b", "c"));
}

TEST_F(EventLoopTest, FiresTimersByDeadlineAndTiesInTheOrderOfScheduling) {
  loop_->call_later(2s, [this] { say("c"); });
  loop_->call_later(1s, [this] { say("a"); });
  loop_->call_later(1s, [this] { say("b"); });
  loop_->call_at(TimePoint(3s), [this] { loop_->stop(); });
  loop_->run_forever();
  EXPECT_THAT(log_, ElementsAre("a", "b", "c"));
  EXPECT_EQ(loop_->time(), TimePoint(3s));
}

TEST_F(EventLoopTest, FiresTimersByDeadlineWhicheverWereCancelled) {
  const auto say_when = [this](int when) {
    return loop_->call_at(TimePoint(std::chrono::seconds(when)), [this, when] { say(std::to_string(when)); });
  };
  // As a heap of four children a node: 110 is a child of 100, and 15, the last, belongs above both when it takes its
  // place.
  std::vector<TimerHandle> timers;
  for (const int when : {1, 100, 10, 20, 30, 110, 120, 130, 140, 15}) timers.push_back(say_when(when));
  timers[5].cancel();
  loop_->call_at(TimePoint(200s), [this] { loop_->stop(); });
  loop_->run_forever();
  EXPECT_THAT(log_, ElementsAre("1", "10", "15", "20", "30", "100", "120", "130", "140"));
}

TEST_F(EventLoopTest, FiresLateTimersByDeadline) {
  loop_->call_later(10s, [this] {
    loop_->call_at(TimePoint(5s), [this] { say("b"); });
    loop_->call_at(TimePoint(2s), [this] { say("a"); });
    loop_->call_later(1s, [this] { loop_->stop(); });
  });
  loop_->run_forever();
  EXPECT_THAT(log_, ElementsAre("a", "b"));
}

TEST_F(EventLoopTest, ACancelledTimerDoesNotFireAndMovesNoTime) {
  TimerHandle handle = loop_->call_later(1h, [this] { say("never"); });
  handle.cancel();
  EXPECT_TRUE(handle.cancelled());
  loop_->call_later(1s, [this] { loop_->stop(); });
  loop_->run_forever();
  EXPECT_EQ(loop_->time(), TimePoint(1s));
  EXPECT_TRUE(log_.empty());
}

TEST_F(EventLoopTest, CancellingACallbackFreesWhatItHolds) {
  const auto held = std::make_shared<int>(1);
  Handle handle = loop_->call_soon([held] {});
  EXPECT_EQ(held.use_count(), 2);
  handle.cancel();
  EXPECT_EQ(held.use_count(), 1);
  handle.cancel();  // without effect
}

TEST_F(EventLoopTest, ACallbackThatRanHoldsNothing) {
  auto held = std::make_shared<int>(1);
  const std::weak_ptr<int> watch = held;
  const Handle handle = loop_->call_soon([held] {});
  held.reset();
  EXPECT_FALSE(watch.expired());
  loop_->stop();
  loop_->run_forever();
  EXPECT_TRUE(watch.expired());
}

TEST_F(EventLoopTest, GivesAnExceptionOfACallbackToTheHandlerAndGoesOn) {
  loop_->set_exception_handler([this](EventLoop&, const ExceptionContext& context) {
    say(context.message + ": " + describe(context.exception));
    EXPECT_THAT(context.site.text(), HasSubstr("event_loop_test.cpp:"));
  });
  loop_->call_soon([] { throw ValueError("oops"); });
  loop_->call_soon([this] { say("next"); });
  loop_->stop();
  loop_->run_forever();
  EXPECT_THAT(log_, ElementsAre("Exception in callback: ValueError: oops", "next"));
}

TEST_F(EventLoopTest, SurvivesAHandlerThatThrows) {
  loop_->set_exception_handler([](EventLoop&, const ExceptionContext&) { throw ValueError("in the handler"); });
  loop_->call_soon([] { throw ValueError("oops"); });
  loop_->stop();
  ::testing::internal::CaptureStderr();
  loop_->run_forever();
  EXPECT_THAT(::testing::internal::GetCapturedStderr(), HasSubstr("Unhandled error in exception handler"));
}

TEST_F(EventLoopTest, RunUntilCompleteEndsWithThePassInWhichTheFutureIsDone) {
  const auto main = [this]() -> Coro<int> {
    loop_->call_soon([this] { say("same pass as the end"); });
    co_return 7;
  };
  EXPECT_EQ(loop_->run_until_complete(main()), 7);
  EXPECT_THAT(log_, ElementsAre("same pass as the end"));
}

TEST_F(EventLoopTest, SaysThatItStoppedBeforeTheFutureWasDone) {
  const Future<void> never = loop_->create_future<void>();
  loop_->call_soon([this] { loop_->stop(); });
  EXPECT_THAT([&] { loop_->run_until_complete(never); },
              ThrowsMessage<RuntimeError>(HasSubstr("Event loop stopped before Future completed")));
}

TEST_F(EventLoopTest, AFutureThatARunDidNotWaitForStopsNoLaterOne) {
  const Future<void> late = loop_->create_future<void>();
  loop_->stop();
  EXPECT_THROW(loop_->run_until_complete(late), RuntimeError);
  late.set_result();
  const auto yield_twice = []() -> Coro<void> {
    co_await sleep(0s);
    co_await sleep(0s);
  };
  loop_->run_until_complete(yield_twice());
}

TEST_F(EventLoopTest, NothingLeftToDoIsADeadlockUnderVirtualTime) {
  const Future<void> never = loop_->create_future<void>();
  EXPECT_THROW(loop_->run_until_complete(never), DeadlockError);
}

TEST_F(EventLoopTest, RefusesToRunTwiceAtOnce) {
  loop_->call_soon([this] {
    EXPECT_THAT([&] { loop_->run_forever(); }, ThrowsMessage<RuntimeError>(HasSubstr("already running")));
    EXPECT_THAT([&] { loop_->close(); }, ThrowsMessage<RuntimeError>(HasSubstr("Cannot close a running event loop")));
    const EventLoopPtr other = new_event_loop();
    EXPECT_THAT([&] { other->run_forever(); }, ThrowsMessage<RuntimeError>(HasSubstr("while another loop is running")));
    loop_->stop();
  });
  loop_->run_forever();
}

TEST_F(EventLoopTest, MakesNoTaskThatItMayNotRun) {
  const auto main = [this]() -> Coro<void> {
    say("ran");
    co_return;
  };
  loop_->call_soon([&] {
    const EventLoopPtr other = new_event_loop();
    EXPECT_THROW(other->run_until_complete(main()), RuntimeError);
    EXPECT_TRUE(other->all_tasks().empty());
    loop_->stop();
  });
  loop_->run_forever();
  EXPECT_TRUE(log_.empty());
}

TEST_F(EventLoopTest, AClosedLoopTakesNoWork) {
  loop_->close();
  loop_->close();  // without effect
  EXPECT_TRUE(loop_->is_closed());
  EXPECT_THROW(loop_->call_soon([] {}), RuntimeError);
  EXPECT_THROW(loop_->run_forever(), RuntimeError);
}

TEST_F(EventLoopTest, ClosingDropsWhatCallbacksHold) {
  const auto held = std::make_shared<int>(1);
  loop_->call_soon([held] {});
  loop_->call_later(1s, [held] {});
  const Future<void> future = loop_->create_future<void>();
  future.add_done_callback([held, future] {});
  EXPECT_EQ(held.use_count(), 4);
  loop_->close();
  EXPECT_EQ(held.use_count(), 1);
}

TEST_F(EventLoopTest, ClosingDestroysTheYoungestTaskFirst) {
  struct Local {
    std::vector<std::string>& log;
    std::string name;
    ~Local() { log.push_back(name); }
  };
  const auto child = [](const Local& of_parent) -> Coro<void> {
    const Local own{of_parent.log, "child of " + of_parent.name};
    co_await sleep(1h);
  };
  const auto parent = [&](std::vector<std::string>& log) -> Coro<void> {
    const Local own{log, "parent"};
    create_task(child(own));
    co_await sleep(1h);
  };
  loop_->create_task(parent(log_));
  for (int pass = 0; pass < 2; ++pass) {
    loop_->stop();
    loop_->run_forever();
  }
  loop_->close();
  EXPECT_THAT(log_, ElementsAre("child of parent", "parent"));
}

TEST_F(EventLoopTest, AFutureMayOutliveItsLoop) {
  const Future<int> future = loop_->create_future<int>();
  loop_.reset();
  future.set_result(3);
  EXPECT_EQ(future.result(), 3);
}

TEST_F(EventLoopTest, ReportsAnExceptionThatNobodyRetrieved) {
  loop_->set_exception_handler([this](EventLoop&, const ExceptionContext& context) {
    say(context.message + ": " + describe(context.exception));
  });
  loop_->create_future<int>().set_exception(ValueError("lost"));
  EXPECT_THAT(log_, ElementsAre("Future exception was never retrieved: ValueError: lost"));
}

TEST_F(EventLoopTest, ReportsNoExceptionThatItsAwaiterWasCancelledBefore) {
  loop_->set_exception_handler([this](EventLoop&, const ExceptionContext& context) { say(context.message); });
  {
    const Future<void> failing = loop_->create_future<void>();
    const auto wait_for_it = [](Future<void> future) -> Coro<void> {
      const std::vector<Future<void>> futures{future};
      co_await gather(futures);
    };
    const Task<void> task = loop_->create_task(wait_for_it(failing));
    loop_->call_soon([&] {
      failing.set_exception(ValueError("lost"));
      task.cancel();
    });
    EXPECT_THROW(loop_->run_until_complete(task), CancelledError);
  }
  EXPECT_TRUE(log_.empty());
}

TEST(RealTime, RunsTheSameCoroutine) {
  const auto start = std::chrono::steady_clock::now();
  const auto nap = []() -> Coro<int> {
    co_await sleep(20ms);
    co_return 1;
  };
  const auto main = [nap]() -> Coro<int> {
    const auto [first, second] = co_await gather(nap(), nap());
    co_return first + second;
  };
  EXPECT_EQ(run(main()), 2);
  EXPECT_GE(std::chrono::steady_clock::now() - start, 20ms);
}

TEST(Run, CancelsWhatIsLeftAndWaitsForIt) {
  std::vector<std::string> log;
  const auto stay = [&log](std::string name) -> Coro<void> {
    try {
      co_await sleep(1h);
    } catch (const CancelledError&) {
      log.push_back(name);
      throw;
    }
  };
  const auto main = [stay]() -> Coro<void> {
    create_task(stay("first"));
    create_task(stay("second"));
    co_await sleep(0s);
  };
  run(main());
  EXPECT_THAT(log, ElementsAre("first", "second"));
}

// The numbers are CPython's: `asyncio.run` ends with two coroutines more, shutdown_asyncgens and
// shutdown_default_executor.
TEST(Run, LetsWhatIsScheduledAtTheEndRunAFewPassesMore) {
  std::vector<int> of_task;
  const auto clean_up = [&]() -> Coro<void> {
    for (int i = 0; i < 20; ++i) {
      of_task.push_back(i);
      co_await sleep(0s);
    }
  };
  const auto stay = [&]() -> Coro<void> {
    try {
      co_await sleep(1h);
    } catch (const CancelledError&) {
      create_task(clean_up());
      throw;
    }
  };
  const auto leave_task = [&]() -> Coro<void> {
    create_task(stay());
    co_await sleep(0s);
  };
  run(leave_task());
  EXPECT_THAT(of_task, ElementsAre(0, 1, 2, 3, 4, 5));

  std::vector<int> of_callbacks;
  std::function<void()> again = [&] {
    of_callbacks.push_back(static_cast<int>(of_callbacks.size()));
    get_running_loop().call_soon(again);
  };
  const auto leave_callback = [&]() -> Coro<void> {
    get_running_loop().call_soon(again);
    co_return;
  };
  run(leave_callback());
  EXPECT_THAT(of_callbacks, ElementsAre(0, 1, 2, 3, 4));
}

TEST(Runner, RunsInTheContextThatItIsGiven) {
  ContextVar<int> variable("variable", 0);
  const auto set = [&](int value) -> Coro<int> {
    const int before = variable.get();
    variable.set(value);
    co_return before;
  };
  Context context = copy_context();
  context.run([&] { variable.set(7); });
  Runner runner;
  EXPECT_EQ(runner.run(set(8), context), 7);
  EXPECT_EQ(runner.run(set(9)), 0);
  EXPECT_EQ(context.get(variable), 8);
}

TEST(Runner, MayEndInsideOfAnotherLoop) {
  bool ended = false;
  const auto main = [&]() -> Coro<void> {
    {
      Runner inner;
      inner.get_loop().create_task([]() -> Coro<void> { co_await sleep(1h); }());
    }
    ended = true;
    co_return;
  };
  run(main());
  EXPECT_TRUE(ended);
}

TEST(Context, IsEnteredOnceAlsoThroughACopyOfIt) {
  Context context = copy_context();
  Context same = context;
  const auto enter_again = [&] { same.run([] {}); };
  EXPECT_THROW(context.run(enter_again), RuntimeError);
  enter_again();
}

TEST(Handle, TellsTheContextThatItsCallbackRunsIn) {
  ContextVar<int> variable("variable", 0);
  const EventLoopPtr loop = new_event_loop();
  const Handle handle = loop->call_soon([&] { variable.set(variable.get() + 1); });
  handle.get_context().run([&] { variable.set(6); });
  loop->stop();
  loop->run_forever();
  EXPECT_EQ(handle.get_context().get(variable), 7);
  EXPECT_EQ(variable.get(), 0);
}

// Of a million tasks each is read from memory: what few of them have stands elsewhere.
TEST(Task, TakesThreeCacheLines) {
  constexpr std::size_t kThreeLines = 192;
  EXPECT_LE(sizeof(detail::TypedTask<void>), kThreeLines);
  EXPECT_LE(sizeof(detail::TypedTask<int>), kThreeLines);
}

}  // namespace
}  // namespace corosim
