// Coroutines that nobody awaited, and exceptions that nobody retrieved, are told to the loop's exception handler, with
// the place where they come from.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <corosim/runtime/as_outcome.hpp>
#include <corosim/runtime/event_loop.hpp>
#include <corosim/runtime/gather.hpp>
#include <corosim/runtime/lock.hpp>
#include <corosim/runtime/run.hpp>
#include <corosim/runtime/shield.hpp>
#include <corosim/runtime/sleep.hpp>
#include <corosim/runtime/task.hpp>
#include <corosim/runtime/task_group.hpp>
#include <corosim/runtime/timeout.hpp>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "virtual_time.hpp"

namespace corosim {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::VirtualClock;
using ::testing::internal::CaptureStderr;
using ::testing::internal::GetCapturedStderr;

constexpr int kDepositLine = __LINE__ + 1;
Coro<int> deposit(int amount = 1) { co_return amount; }

// A loop, and what its exception handler is told.
class NeverAwaited : public ::testing::Test {
 protected:
  NeverAwaited() {
    loop_->set_exception_handler([this](EventLoop&, const ExceptionContext& context) {
      reports_.push_back(context.message);
      contexts_.push_back(context);
    });
  }
  void run(Coro<void> main) { loop_->run_until_complete(std::move(main)); }

  VirtualClock clock_;
  std::vector<std::string> reports_;
  std::vector<ExceptionContext> contexts_;
  EventLoopPtr loop_ = new_event_loop(LoopOptions().clock(clock_));
};

TEST_F(NeverAwaited, IsAWarningThatNamesTheFunction) {
  const auto main = [&]() -> Coro<void> {
    {
      const Coro<int> dropped = deposit();
      EXPECT_THAT(reports_, IsEmpty());
    }
    EXPECT_THAT(reports_, ElementsAre("coroutine 'deposit' was never awaited"));
    co_await sleep(0s);
  };
  run(main());
  ASSERT_EQ(contexts_.size(), 1U);
  EXPECT_EQ(contexts_[0].severity, Severity::kWarning);
  EXPECT_EQ(contexts_[0].exception, nullptr);
  EXPECT_EQ(contexts_[0].site.text(), fmt::format("never_awaited_test.cpp:{}", kDepositLine));
}

TEST_F(NeverAwaited, NamesTheCallOfALibraryFunction) {
  constexpr int kLine = __LINE__ + 4;
  const auto main = []() -> Coro<void> {
    const Lock lock;
    {
      const Coro<bool> dropped = as_coro(lock.acquire());
    }
    co_return;
  };
  run(main());
  EXPECT_THAT(reports_, ElementsAre("coroutine 'Lock.acquire' was never awaited"));
  EXPECT_EQ(contexts_[0].site.text(), fmt::format("never_awaited_test.cpp:{}", kLine));
}

TEST_F(NeverAwaited, IsSilentOfWhatWasAwaitedClosedMovedOrMadeATask) {
  const auto main = []() -> Coro<void> {
    co_await deposit();
    Coro<int> closed = deposit();
    closed.close();
    Coro<int> moved = deposit();
    const Task<int> task = create_task(std::move(moved));
    co_await gather(deposit(), deposit());
    co_await wait_for(deposit(), 1s);
    co_await as_outcome(deposit());
    std::vector<Coro<int>> several;
    several.push_back(deposit());
    several.push_back(deposit());
    co_await gather(std::move(several));
    const auto failing = []() -> Coro<void> {
      co_await sleep(0s);
      throw ValueError("no");
    };
    try {
      co_await failing();
    } catch (const ValueError&) {
    }
  };
  run(main());
  EXPECT_THAT(reports_, IsEmpty());
}

TEST_F(NeverAwaited, IsReportedOfTheArgumentsOfOneToo) {
  const auto main = []() -> Coro<void> {
    {
      const Coro<int> dropped = wait_for(deposit(), 1s);
    }
    {
      const auto dropped = as_outcome(deposit());
    }
    co_return;
  };
  run(main());
  EXPECT_THAT(reports_, ElementsAre("coroutine 'wait_for' was never awaited", "coroutine 'deposit' was never awaited",
                                    "coroutine 'deposit' was never awaited"));
}

// CPython throws CancelledError into the task's coroutine, which counts as awaiting it.
TEST_F(NeverAwaited, IsNotReportedOfATaskThatWasCancelledBeforeItsFirstStep) {
  const auto main = []() -> Coro<void> {
    const Task<int> plain = create_task(deposit());
    const Task<int> nested = create_task(wait_for(deposit(), 1s));
    plain.cancel();
    nested.cancel();
    co_await sleep(0s);
    EXPECT_TRUE(plain.cancelled() && nested.cancelled());
  };
  run(main());
  EXPECT_THAT(reports_, ElementsAre("coroutine 'deposit' was never awaited"));  // wait_for's argument
}

TEST_F(NeverAwaited, IsReportedOfWhatCreateTaskRefuses) {
  loop_->close();
  CaptureStderr();
  EXPECT_THROW(loop_->create_task(deposit()), RuntimeError);
  EXPECT_EQ(GetCapturedStderr(), fmt::format("RuntimeWarning: coroutine 'deposit' was never awaited "
                                             "(never_awaited_test.cpp:{})\n",
                                             kDepositLine));
  CaptureStderr();
  EXPECT_THROW(create_task(deposit()), RuntimeError);
  EXPECT_THAT(GetCapturedStderr(), HasSubstr("coroutine 'deposit' was never awaited"));
}

// CPython 3.14 `taskgroups.py` closes it.
TEST_F(NeverAwaited, IsNotReportedOfWhatATaskGroupRefuses) {
  const auto main = []() -> Coro<void> {
    TaskGroup group;
    const Lock lock;
    EXPECT_THROW(group.create_task(deposit()), RuntimeError);
    EXPECT_THROW(group.create_task(lock.acquire()), RuntimeError);
    co_return;
  };
  run(main());
  EXPECT_THAT(reports_, IsEmpty());
}

TEST_F(NeverAwaited, IsPrintedByDefault) {
  loop_->set_exception_handler({});
  const auto main = []() -> Coro<void> {
    {
      const Coro<int> dropped = deposit();
    }
    co_return;
  };
  CaptureStderr();
  run(main());
  EXPECT_EQ(GetCapturedStderr(), fmt::format("RuntimeWarning: coroutine 'deposit' was never awaited "
                                             "(never_awaited_test.cpp:{})\n",
                                             kDepositLine));
}

TEST_F(NeverAwaited, IsPrintedWhereNoLoopRuns) {
  CaptureStderr();
  {
    const Coro<int> dropped = deposit();
  }
  EXPECT_THAT(GetCapturedStderr(), HasSubstr("coroutine 'deposit' was never awaited"));
}

// Coroutines in a local, in the arguments of a task that did not start, in callbacks and in frames that wait.
Coro<void> holds_many() {
  const Coro<int> local = deposit();
  const auto shared = std::make_shared<Coro<int>>(deposit());
  get_running_loop().call_later(1h, [shared] {});
  const auto keep = [](Coro<int> argument) -> Coro<void> {
    co_await sleep(1h);
    co_await std::move(argument);
  };
  create_task(keep(deposit()));
  create_task(wait_for(deposit(), 1h));
  co_await sleep(1h);
}

TEST_F(NeverAwaited, IsSilentWhenTheLoopIsTakenDown) {
  for (int passes = 0; passes < 4; ++passes) {
    CaptureStderr();
    testing::run_and_destroy(holds_many(), passes);
    EXPECT_EQ(GetCapturedStderr(), "") << "after " << passes << " passes";
  }
}

TEST_F(NeverAwaited, IsSilentWhenALoopIsTakenDownInsideAnother) {
  const EventLoopPtr other = new_event_loop(LoopOptions().clock(clock_));
  other->create_task(holds_many());
  other->stop();
  other->run_forever();
  other->call_soon_threadsafe([kept = std::make_shared<Coro<int>>(deposit())] {});
  const auto main = [&]() -> Coro<void> {
    other->close();
    EXPECT_THAT(reports_, IsEmpty());
    {
      const Coro<int> dropped = deposit();
    }
    co_return;
  };
  run(main());
  EXPECT_THAT(reports_, ElementsAre("coroutine 'deposit' was never awaited"));
}

// What nobody retrieved names the place where it was made.
class NeverRetrieved : public NeverAwaited {
 protected:
  static Coro<void> failing() {
    co_await sleep(1s);
    throw ValueError("lost");
  }
  void expect_one(const std::string& message, int line) const {
    ASSERT_EQ(contexts_.size(), 1U);
    EXPECT_EQ(contexts_[0].message, message);
    EXPECT_EQ(contexts_[0].severity, Severity::kError);
    EXPECT_EQ(describe(contexts_[0].exception), "ValueError: lost");
    EXPECT_EQ(contexts_[0].site.text(), fmt::format("never_awaited_test.cpp:{}", line));
  }
};

TEST_F(NeverRetrieved, OfATask) {
  const auto main = []() -> Coro<void> {
    create_task(failing());
    co_await sleep(2s);
  };
  run(main());
  expect_one("Task exception was never retrieved", __LINE__ - 4);
}

TEST_F(NeverRetrieved, OfAFuture) {
  loop_->create_future<int>().set_exception(ValueError("lost"));
  expect_one("Future exception was never retrieved", __LINE__ - 1);
}

TEST_F(NeverRetrieved, OfAGatherNamesTheFunctionThatCalledIt) {
  const auto main = []() -> Coro<void> {
    gather(failing(), sleep(0s));
    co_await sleep(2s);
  };
  run(main());
  ASSERT_EQ(contexts_.size(), 1U);
  const auto line = static_cast<int>(contexts_[0].site.line());  // g++ 12 gives a function's last, clang its first
  expect_one("Future exception was never retrieved", line);
  EXPECT_THAT(line, ::testing::AllOf(::testing::Ge(__LINE__ - 8), ::testing::Le(__LINE__ - 5)));
}

TEST_F(NeverRetrieved, OfAGatherOfAVector) {
  const auto main = []() -> Coro<void> {
    std::vector<Coro<void>> parts;
    parts.push_back(failing());
    gather(std::move(parts));
    co_await sleep(2s);
  };
  run(main());
  expect_one("Future exception was never retrieved", __LINE__ - 4);
}

TEST_F(NeverRetrieved, OfAShieldIsItsOuterFuture) {
  const auto main = []() -> Coro<void> {
    shield(failing());
    co_await sleep(2s);
  };
  run(main());
  expect_one("Future exception was never retrieved", __LINE__ - 4);
}

}  // namespace
}  // namespace corosim
