#include <corosim/runtime/async_with.hpp>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <corosim/runtime/sleep.hpp>
#include <corosim/runtime/task.hpp>

#include "virtual_time.hpp"

namespace corosim {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using testing::run_and_destroy;
using testing::run_virtual;

using Log = std::vector<std::string>;

// Awaits on both ends, and says what it sees.
class Door {
 public:
  explicit Door(Log& log) : log_(&log) {}
  Coro<void> enter() {
    log_->push_back("entering");
    co_await sleep(1s);
    log_->push_back("entered");
  }
  Coro<void> exit(std::exception_ptr error) {
    log_->push_back(error ? "exiting after " + describe(error) : std::string("exiting"));
    co_await sleep(1s);
    log_->push_back("exited");
  }

 private:
  Log* log_;
};

// Swallows ValueErrors.
class Tolerant {
 public:
  Coro<void> enter() { co_return; }
  Coro<bool> exit(std::exception_ptr error) {
    co_await sleep(1s);
    const bool swallow = error && holds<ValueError>(error);
    co_return swallow;
  }
};

TEST(AsyncWith, EntersRunsTheBodyAndExits) {
  Log log;
  const auto main = [&log]() -> Coro<void> {
    const auto body = [&log](Door&) -> Coro<void> {
      co_await sleep(1s);
      log.push_back("body");
    };
    co_await async_with(Door(log), body);
    log.push_back("after");
  };
  run_virtual(main());
  EXPECT_THAT(log, ElementsAre("entering", "entered", "body", "exiting", "exited", "after"));
}

TEST(AsyncWith, RunsInTheAwaitingTaskWithoutASchedulingPointOfItsOwn) {
  const auto main = []() -> Coro<void> {
    Tolerant manager;
    bool other_ran = false;
    const auto other = [&other_ran]() -> Coro<void> {
      other_ran = true;
      co_return;
    };
    const Task<> task = create_task(other());
    const AnyTask here = *current_task();
    const auto body = [&](Tolerant& entered) -> Coro<void> {
      EXPECT_EQ(&entered, &manager);
      EXPECT_EQ(*current_task(), here);
      EXPECT_FALSE(other_ran);
      co_return;
    };
    co_await async_with(manager, body);
  };
  run_virtual(main());
}

TEST(AsyncWith, GivesTheBodyWhatEnterGave) {
  struct Value {
    Coro<std::unique_ptr<int>> enter() { co_return std::make_unique<int>(7); }
    Coro<void> exit(std::exception_ptr) { co_return; }
  };
  struct Itself {
    Coro<Itself&> enter() { co_return *this; }
    Coro<void> exit(std::exception_ptr) { co_return; }
    int number = 8;
  };
  const auto main = []() -> Coro<void> {
    Value value;
    const int seven =
        co_await async_with(value, [](std::unique_ptr<int>& entered) -> Coro<int> { co_return *entered; });
    EXPECT_EQ(seven, 7);
    Itself itself;
    const int eight = co_await async_with(itself, [](Itself& entered) -> Coro<int> { co_return entered.number; });
    EXPECT_EQ(eight, 8);
  };
  run_virtual(main());
}

TEST(AsyncWith, ExitsWithTheExceptionOfTheBodyAndThrowsItOn) {
  Log log;
  const auto main = [&log]() -> Coro<void> {
    const auto body = [](Door&) -> Coro<void> {
      co_await sleep(1s);
      throw ValueError("no");
    };
    try {
      co_await async_with(Door(log), body);
    } catch (const ValueError& error) {
      log.push_back(std::string("caught ") + error.what());
    }
  };
  run_virtual(main());
  EXPECT_THAT(log, ElementsAre("entering", "entered", "exiting after ValueError: no", "exited", "caught no"));
}

TEST(AsyncWith, HasNoResultWhereExitSwallowedTheException) {
  const auto main = []() -> Coro<void> {
    const auto body = [](bool fails) {
      return [fails](Tolerant&) -> Coro<int> {
        co_await sleep(1s);
        if (fails) throw ValueError("no");
        co_return 7;
      };
    };
    const auto succeeding = body(false);
    const std::optional<int> seven = co_await async_with(Tolerant(), succeeding);
    EXPECT_EQ(seven, 7);
    const auto failing = body(true);
    const std::optional<int> nothing = co_await async_with(Tolerant(), failing);
    EXPECT_EQ(nothing, std::nullopt);
  };
  run_virtual(main());
}

TEST(AsyncWith, ThrowsOnWhatExitDoesNotSwallow) {
  const auto main = []() -> Coro<void> {
    co_await async_with(Tolerant(), [](Tolerant&) -> Coro<void> {
      co_await sleep(1s);
      throw RuntimeError("no");
    });
  };
  EXPECT_THROW(run_virtual(main()), RuntimeError);
}

TEST(AsyncWith, DoesNotExitWhatWasNotEntered) {
  struct Closed {
    Coro<void> enter() {
      co_await sleep(1s);
      throw ValueError("closed");
    }
    Coro<void> exit(std::exception_ptr) {
      ADD_FAILURE() << "exited";
      co_return;
    }
  };
  const auto main = []() -> Coro<void> {
    co_await async_with(Closed(), [](Closed&) -> Coro<void> {
      ADD_FAILURE() << "ran the body";
      co_return;
    });
  };
  EXPECT_THROW(run_virtual(main()), ValueError);
}

TEST(AsyncWith, AnExceptionOfExitReplacesThatOfTheBody) {
  struct Stuck {
    Coro<void> enter() { co_return; }
    Coro<void> exit(std::exception_ptr) {
      co_await sleep(1s);
      throw RuntimeError("stuck");
    }
  };
  const auto main = []() -> Coro<void> {
    co_await async_with(Stuck(), [](Stuck&) -> Coro<void> {
      co_await sleep(1s);
      throw ValueError("no");
    });
  };
  EXPECT_THROW(run_virtual(main()), RuntimeError);
}

Coro<void> in_door(Log& log) {
  co_await async_with(Door(log), [](Door&) -> Coro<void> { co_await sleep(10s); });
}

TEST(AsyncWith, ExitsToItsEndWhenTheBodyIsCancelled) {
  Log log;
  const auto main = [&log]() -> Coro<void> {
    const Task<> task = create_task(in_door(log));
    co_await sleep(5s);
    task.cancel("enough");
    try {
      co_await task;
    } catch (const CancelledError& error) {
      log.push_back("cancelled: " + error.message().text());
    }
    EXPECT_TRUE(task.cancelled());
    EXPECT_EQ(get_running_loop().time().time_since_epoch(), Duration(6s));
  };
  run_virtual(main());
  EXPECT_THAT(
      log, ElementsAre("entering", "entered", "exiting after CancelledError: enough", "exited", "cancelled: enough"));
}

TEST(AsyncWith, ACancellationWhileEnteringEndsThere) {
  Log log;
  const auto main = [&log]() -> Coro<void> {
    const Task<> task = create_task(in_door(log));
    co_await sleep(0s);
    task.cancel();
    co_await sleep(5s);
    EXPECT_TRUE(task.cancelled());
  };
  run_virtual(main());
  EXPECT_THAT(log, ElementsAre("entering"));
}

TEST(AsyncWith, ACancellationWhileExitingEndsThere) {
  Log log;
  const auto main = [&log]() -> Coro<void> {
    const Task<> task = create_task(in_door(log));
    co_await sleep(11500ms);
    task.cancel();
    co_await sleep(5s);
    EXPECT_TRUE(task.cancelled());
  };
  run_virtual(main());
  EXPECT_THAT(log, ElementsAre("entering", "entered", "exiting"));
}

// A manager that counts its lives, for scopes that are destroyed where they stand.
class Counted {
 public:
  Counted() { ++alive; }
  Counted(Counted&&) noexcept { ++alive; }
  Counted& operator=(Counted&&) = delete;
  ~Counted() { --alive; }
  Coro<Counted> enter() {
    co_await sleep(1s);
    co_return Counted();
  }
  Coro<bool> exit(std::exception_ptr error) {
    co_await sleep(1s);
    co_return error != nullptr;
  }

  static inline int alive = 0;
};

TEST(AsyncWith, LeavesNothingBehindWhereverItIsDestroyed) {
  const auto main = [](bool fails) -> Coro<void> {
    const auto body = [fails](Counted&) -> Coro<Counted> {
      const Counted local;
      co_await sleep(1s);
      if (fails) throw ValueError("no");
      co_return Counted();
    };
    const std::optional<Counted> result = co_await async_with(Counted(), body);
    EXPECT_EQ(result.has_value(), !fails);
    co_await sleep(1s);
  };
  for (const bool fails : {false, true}) {
    run_virtual(main(fails));
    EXPECT_EQ(Counted::alive, 0);
    for (int passes = 0; passes < 12; ++passes) {
      run_and_destroy(main(fails), passes);
      ASSERT_EQ(Counted::alive, 0) << "destroyed after " << passes << " passes";
    }
  }
}

}  // namespace
}  // namespace corosim
