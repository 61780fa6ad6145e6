// All of an async generator in one file, as its promises are about one life: asked, closed, and torn down in the
// middle.
#include <corosim/runtime/async_generator.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <corosim/runtime/event.hpp>
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

// Says when it goes.
class Witness {
 public:
  Witness(Log& log, std::string name) : log_(log), name_(std::move(name)) {}
  Witness(const Witness&) = delete;
  Witness& operator=(const Witness&) = delete;
  ~Witness() { log_.push_back(name_ + " destroyed"); }

 private:
  Log& log_;
  std::string name_;
};

AsyncGenerator<int> count_to(int last) {
  for (int i = 1; i <= last; ++i) co_yield i;
}

AsyncGenerator<int> tick(int last) {
  for (int i = 1; i <= last; ++i) {
    co_await sleep(1s);
    co_yield i;
  }
}

// Cleans up in a second, whatever ends it.
AsyncGenerator<int> tidy(Log& log) {
  const Witness witness(log, "generator");
  std::exception_ptr error;
  try {
    for (int i = 1;; ++i) co_yield i;
  } catch (const std::exception&) {
    log.push_back("never: no std::exception");
  } catch (...) {
    error = std::current_exception();
  }
  co_await sleep(1s);
  log.push_back("cleaned up");
  std::rethrow_exception(error);
}

TEST(AsyncGenerator, GivesItsItemsAndThenNothing) {
  const auto main = []() -> Coro<void> {
    auto generator = count_to(2);
    std::vector<int> items;
    while (auto item = co_await generator.next()) items.push_back(*item);
    EXPECT_THAT(items, ElementsAre(1, 2));
    const std::optional<int> after = co_await generator.next();
    EXPECT_FALSE(after);
  };
  run_virtual(main());
}

TEST(AsyncGenerator, DoesNotRunBeforeItIsAsked) {
  Log log;
  const auto main = [&]() -> Coro<void> {
    const auto speak = [](Log& lines) -> AsyncGenerator<int> {
      lines.push_back("started");
      co_yield 1;
    };
    auto generator = speak(log);
    EXPECT_TRUE(log.empty());
    co_await generator.next();
    EXPECT_THAT(log, ElementsAre("started"));
  };
  run_virtual(main());
}

TEST(AsyncGenerator, YieldsWithoutASchedulingPoint) {
  const auto main = []() -> Coro<void> {
    const auto nothing = []() -> Coro<void> { co_return; };
    const Task<> other = create_task(nothing());
    auto generator = count_to(1000);
    int sum = 0;
    while (auto item = co_await generator.next()) sum += *item;
    EXPECT_EQ(sum, 500500);
    EXPECT_FALSE(other.done());
  };
  run_virtual(main());
}

TEST(AsyncGenerator, AwaitsWithinTheTaskThatAsks) {
  const auto main = []() -> Coro<void> {
    auto generator = tick(3);
    std::vector<int> items;
    while (auto item = co_await generator.next()) items.push_back(*item);
    EXPECT_THAT(items, ElementsAre(1, 2, 3));
    EXPECT_EQ(get_running_loop().time().time_since_epoch(), 3s);
  };
  run_virtual(main());
}

TEST(AsyncGenerator, AppearsInTheAwaitStack) {
  const auto main = []() -> Coro<void> {
    const auto consume = []() -> Coro<void> {
      auto generator = tick(1);
      co_await generator.next();
    };
    const Task<> task = create_task(consume());
    co_await sleep(0s);
    const std::vector<StackFrame> stack = task.get_stack();
    EXPECT_EQ(stack.size(), 2U);
    EXPECT_EQ(stack.back().function.function(), "tick");
    co_await task;
  };
  run_virtual(main());
}

TEST(AsyncGenerator, IsPassedFromTaskToTask) {
  std::vector<int> items;
  const auto main = [&]() -> Coro<void> {
    auto generator = tick(4);
    const auto take_two = [](AsyncGenerator<int>& shared, std::vector<int>& taken) -> Coro<void> {
      for (int i = 0; i < 2; ++i) {
        const std::optional<int> item = co_await shared.next();
        taken.push_back(item.value_or(-1));
      }
    };
    co_await create_task(take_two(generator, items));
    co_await create_task(take_two(generator, items));
  };
  run_virtual(main());
  EXPECT_THAT(items, ElementsAre(1, 2, 3, 4));
}

TEST(AsyncGenerator, NestsInAnother) {
  const auto main = []() -> Coro<void> {
    const auto squares = [](int last) -> AsyncGenerator<int> {
      auto inner = tick(last);
      while (auto item = co_await inner.next()) co_yield *item** item;
    };
    auto generator = squares(3);
    std::vector<int> items;
    while (auto item = co_await generator.next()) items.push_back(*item);
    EXPECT_THAT(items, ElementsAre(1, 4, 9));
  };
  run_virtual(main());
}

TEST(AsyncGenerator, EndsInTheExceptionThatLeavesIt) {
  const auto main = []() -> Coro<void> {
    const auto fail = []() -> AsyncGenerator<int> {
      co_yield 1;
      throw ValueError("generator");
    };
    auto generator = fail();
    std::string caught;
    try {
      while (co_await generator.next()) {
      }
    } catch (const ValueError& error) {
      caught = error.what();
    }
    EXPECT_EQ(caught, "generator");
    const std::optional<int> after = co_await generator.next();
    EXPECT_FALSE(after);
  };
  run_virtual(main());
}

TEST(AsyncGenerator, EndsWhenItsAwaitIsCancelled) {
  Log log;
  const auto main = [&]() -> Coro<void> {
    auto generator = tick(3);
    const auto consume = [](AsyncGenerator<int>& shared, Log& lines) -> Coro<void> {
      try {
        co_await shared.next();
      } catch (const CancelledError&) {
        lines.push_back("cancelled");
      }
      const std::optional<int> after = co_await shared.next();
      lines.push_back(after ? "item" : "end");
    };
    const Task<> task = create_task(consume(generator, log));
    co_await sleep(0s);
    task.cancel();
    co_await task;
  };
  run_virtual(main());
  EXPECT_THAT(log, ElementsAre("cancelled", "end"));
}

TEST(AsyncGenerator, RefusesToRunTwiceAtOnce) {
  const auto main = []() -> Coro<void> {
    auto generator = tick(1);
    const auto consume = [](AsyncGenerator<int>& shared) -> Coro<void> { co_await shared.next(); };
    const Task<> task = create_task(consume(generator));
    co_await sleep(0s);
    std::string next;
    std::string close;
    try {
      co_await generator.next();
    } catch (const RuntimeError& error) {
      next = error.what();
    }
    try {
      co_await generator.aclose();
    } catch (const RuntimeError& error) {
      close = error.what();
    }
    EXPECT_EQ(next, "anext(): asynchronous generator is already running");
    EXPECT_EQ(close, "aclose(): asynchronous generator is already running");
    co_await task;
  };
  run_virtual(main());
}

TEST(AsyncGenerator, HoldsItemsThatOnlyMove) {
  const auto main = []() -> Coro<void> {
    const auto make = []() -> AsyncGenerator<std::unique_ptr<int>> { co_yield std::make_unique<int>(7); };
    auto generator = make();
    const std::optional<std::unique_ptr<int>> item = co_await generator.next();
    EXPECT_EQ(**item, 7);
  };
  run_virtual(main());
}

TEST(AsyncGeneratorClose, RunsHandlersAndAwaitsInThem) {
  Log log;
  const auto main = [&]() -> Coro<void> {
    auto generator = tidy(log);
    co_await generator.next();
    co_await generator.aclose();
    log.push_back("closed");
    EXPECT_EQ(get_running_loop().time().time_since_epoch(), 1s);
    const std::optional<int> after = co_await generator.next();
    EXPECT_FALSE(after);
    co_await generator.aclose();
  };
  run_virtual(main());
  EXPECT_THAT(log, ElementsAre("cleaned up", "generator destroyed", "closed"));
}

TEST(AsyncGeneratorClose, KeepsAnUnstartedGeneratorFromRunning) {
  Log log;
  const auto main = [&]() -> Coro<void> {
    auto generator = tidy(log);
    co_await generator.aclose();
    const std::optional<int> item = co_await generator.next();
    EXPECT_FALSE(item);
  };
  run_virtual(main());
  EXPECT_TRUE(log.empty());
}

TEST(AsyncGeneratorClose, RefusesAnotherItem) {
  const auto main = []() -> Coro<void> {
    const auto stubborn = []() -> AsyncGenerator<int> {
      for (int i = 0; i < 2; ++i) {
        try {
          co_yield i;
        } catch (const GeneratorExit&) {
        }
      }
    };
    auto generator = stubborn();
    co_await generator.next();
    std::string caught;
    try {
      co_await generator.aclose();
    } catch (const RuntimeError& error) {
      caught = error.what();
    }
    EXPECT_EQ(caught, "async generator ignored GeneratorExit");
    const std::optional<int> after = co_await generator.next();
    EXPECT_FALSE(after);
  };
  run_virtual(main());
}

TEST(AsyncGeneratorClose, PassesTheErrorsOfTheCleanup) {
  const auto main = []() -> Coro<void> {
    const auto faulty = []() -> AsyncGenerator<int> {
      try {
        co_yield 1;
      } catch (...) {
        throw ValueError("cleanup");
      }
    };
    auto generator = faulty();
    co_await generator.next();
    std::string caught;
    try {
      co_await generator.aclose();
    } catch (const ValueError& error) {
      caught = error.what();
    }
    EXPECT_EQ(caught, "cleanup");
  };
  run_virtual(main());
}

TEST(ForEach, RunsABodyForEachItem) {
  std::vector<int> items;
  const auto main = [&]() -> Coro<void> {
    auto generator = tick(3);
    co_await for_each(generator, [&](int item) -> Coro<void> {
      items.push_back(item);
      co_await sleep(1s);
    });
    EXPECT_EQ(get_running_loop().time().time_since_epoch(), 6s);
  };
  run_virtual(main());
  EXPECT_THAT(items, ElementsAre(1, 2, 3));
}

TEST(ForEach, StopsWhereTheBodyReturnsFalse) {
  std::vector<int> items;
  const auto main = [&]() -> Coro<void> {
    auto generator = count_to(9);
    co_await for_each(generator, [&](int item) -> Coro<bool> {
      items.push_back(item);
      co_return item < 3;
    });
    const std::optional<int> next = co_await generator.next();
    EXPECT_EQ(next, 4);
  };
  run_virtual(main());
  EXPECT_THAT(items, ElementsAre(1, 2, 3));
}

TEST(Aclosing, ClosesTheGeneratorAtTheEndAndReturnsTheResult) {
  Log log;
  const auto main = [&]() -> Coro<void> {
    const int first = co_await aclosing(tidy(log), [](AsyncGenerator<int>& generator) -> Coro<int> {
      const std::optional<int> item = co_await generator.next();
      co_return item.value_or(-1);
    });
    EXPECT_EQ(first, 1);
    log.push_back("after");
  };
  run_virtual(main());
  EXPECT_THAT(log, ElementsAre("cleaned up", "generator destroyed", "after"));
}

TEST(Aclosing, ClosesTheGeneratorWhenTheBodyThrows) {
  Log log;
  const auto main = [&]() -> Coro<void> {
    std::string caught;
    try {
      co_await aclosing(tidy(log), [](AsyncGenerator<int>& generator) -> Coro<void> {
        co_await generator.next();
        throw ValueError("body");
      });
    } catch (const ValueError& error) {
      caught = error.what();
    }
    EXPECT_EQ(caught, "body");
  };
  run_virtual(main());
  EXPECT_THAT(log, ElementsAre("cleaned up", "generator destroyed"));
}

TEST(Aclosing, ClosesTheGeneratorWhenTheTaskIsCancelled) {
  Log log;
  const auto main = [&]() -> Coro<void> {
    const auto consume = [](Log& lines) -> Coro<void> {
      co_await aclosing(tidy(lines), [](AsyncGenerator<int>& generator) -> Coro<void> {
        co_await generator.next();
        co_await sleep(9s);
      });
    };
    const Task<> task = create_task(consume(log));
    co_await sleep(1s);
    task.cancel();
    co_await sleep(2s);
    EXPECT_TRUE(task.cancelled());
  };
  run_virtual(main());
  EXPECT_THAT(log, ElementsAre("cleaned up", "generator destroyed"));
}

TEST(AsyncGeneratorTeardown, DestroysAnUnexhaustedGeneratorWithItsOwner) {
  Log log;
  const auto main = [&]() -> Coro<void> {
    {
      auto generator = tidy(log);
      co_await generator.next();
    }
    log.push_back("after");
  };
  run_virtual(main());
  EXPECT_THAT(log, ElementsAre("generator destroyed", "after"));
}

// A generator that awaits a coroutine which waits for ever.
AsyncGenerator<int> wait_inside(Event event, Log& log) {
  const Witness witness(log, "generator");
  const auto inner = [](Event awaited, Log& lines) -> Coro<void> {
    const Witness inner_witness(lines, "inner");
    co_await awaited.wait();
  };
  co_await inner(event, log);
  co_yield 1;
}

TEST(AsyncGeneratorTeardown, DestroysTheLoopWhileAGeneratorAwaits) {
  Log log;
  const auto main = [](Log& lines) -> Coro<void> {
    auto generator = wait_inside(Event(), lines);
    co_await generator.next();
  };
  run_and_destroy(main(log), 2);
  EXPECT_THAT(log, ElementsAre("inner destroyed", "generator destroyed"));
}

TEST(AsyncGeneratorTeardown, DestroysTheLoopWhileAnotherTaskThanTheOwnerIsInside) {
  for (const bool younger_owns : {false, true}) {
    Log log;
    const auto consume = [](AsyncGenerator<int>*& shared) -> Coro<void> {
      while (shared == nullptr) co_await sleep(0s);
      co_await shared->next();
    };
    const auto own = [](AsyncGenerator<int>*& shared, Log& lines) -> Coro<void> {
      auto generator = wait_inside(Event(), lines);
      shared = &generator;
      co_await Event().wait();
    };
    const auto main = [&]() -> Coro<void> {
      AsyncGenerator<int>* shared = nullptr;
      if (younger_owns) create_task(consume(shared));
      create_task(own(shared, log));
      if (!younger_owns) create_task(consume(shared));
      co_await Event().wait();
    };
    run_and_destroy(main(), 5);
    EXPECT_THAT(log, ElementsAre("inner destroyed", "generator destroyed"));
  }
}

TEST(AsyncGeneratorTeardown, ThrowsAtATaskThatIsInsideADestroyedGenerator) {
  Log log;
  const auto main = [&]() -> Coro<void> {
    std::optional<AsyncGenerator<int>> generator(wait_inside(Event(), log));
    const auto consume = [](AsyncGenerator<int>& shared, Log& lines) -> Coro<void> {
      try {
        co_await shared.next();
      } catch (const RuntimeError& error) {
        lines.push_back(error.what());
      }
    };
    const Task<> task = create_task(consume(*generator, log));
    co_await sleep(0s);
    generator.reset();
    co_await task;
  };
  run_virtual(main());
  EXPECT_THAT(log, ElementsAre("inner destroyed", "generator destroyed",
                               "asynchronous generator was destroyed while it was running"));
}

TEST(AsyncGeneratorTeardown, LeavesNoTimerOfASleepInside) {
  const auto sleeps = []() -> AsyncGenerator<int> {
    co_await sleep(1s);
    co_yield 1;
  };
  int errors = 0;
  const auto main = [&]() -> Coro<void> {
    std::optional<AsyncGenerator<int>> generator(sleeps());
    const auto consume = [](AsyncGenerator<int>& shared, int& count) -> Coro<void> {
      try {
        co_await shared.next();
      } catch (const RuntimeError&) {
        ++count;
      }
      co_await sleep(3s);
    };
    const Task<> task = create_task(consume(*generator, errors));
    co_await sleep(0s);
    generator.reset();
    co_await task;
    EXPECT_EQ(get_running_loop().time(), TimePoint(3s));
  };
  run_virtual(main());
  EXPECT_EQ(errors, 1);
}

TEST(AsyncGeneratorTeardown, DestroysTheLoopAtEveryPass) {
  const auto main = [](Log& log) -> Coro<void> {
    co_await aclosing(tidy(log), [](AsyncGenerator<int>& generator) -> Coro<void> {
      co_await generator.next();
      co_await sleep(0s);
      co_await generator.next();
      throw ValueError("body");
    });
  };
  for (int pass_count = 0; pass_count < 5; ++pass_count) {
    Log log;
    run_and_destroy(main(log), pass_count);
    EXPECT_EQ(log.empty(), pass_count == 0);
  }
}

}  // namespace
}  // namespace corosim
