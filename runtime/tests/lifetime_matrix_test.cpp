// The shapes in which users write coroutines, each with objects that count their lives: every object that is made is
// destroyed once, also when the loop is taken down while the coroutine is suspended. docs/compilers.md lists the shapes
// that g++ 12 compiles wrongly, with what to write instead; here they run on other compilers only.
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <corosim/runtime/gather.hpp>
#include <corosim/runtime/sleep.hpp>
#include <corosim/runtime/task.hpp>
#include <corosim/runtime/task_group.hpp>
#include <corosim/runtime/timeout.hpp>

#include <gtest/gtest.h>

#include "virtual_time.hpp"

namespace corosim {
namespace {

using namespace std::chrono_literals;
using testing::run_and_destroy;
using testing::run_virtual;

#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ < 13
constexpr bool kGcc12 = true;
#else
constexpr bool kGcc12 = false;
#endif

// Counts lives; destroying one twice, or never, shows.
class Counted {
 public:
  explicit Counted(int value = 0) : value_(value) { ++alive; }
  Counted(const Counted& other) : value_(other.value_) { ++alive; }
  Counted(Counted&& other) noexcept : value_(std::exchange(other.value_, 0)) { ++alive; }
  Counted& operator=(const Counted&) = default;
  Counted& operator=(Counted&&) = default;
  ~Counted() { --alive; }
  int value() const { return value_; }

  static inline int alive = 0;

 private:
  int value_;
};

Coro<int> later(int value) {
  co_await sleep(1ms);
  co_return value;
}
Coro<Counted> later_counted(int value) {
  co_await sleep(1ms);
  co_return Counted(value);
}
Coro<int> take(Counted by_value) {
  co_await sleep(1ms);
  co_return by_value.value();
}
Coro<int> look(const Counted& by_reference) {
  co_await sleep(1ms);
  co_return by_reference.value();
}
Coro<int> add(int left, int right) {
  co_await sleep(1ms);
  co_return left + right;
}
template <class F>
Coro<int> call_later(F function) {
  co_await sleep(1ms);
  co_return function();
}
struct Options {
  Options() = default;
  Options& tag(Counted value) {
    tag_ = std::move(value);
    return *this;
  }
  Counted tag_{};
};
Coro<int> with_options(Options options) {
  co_await sleep(1ms);
  co_return options.tag_.value();
}

// Runs `make()` to its end, expects 7 of it, then destroys it after every number of passes.
template <class Make>
void expect_lives_balance(Make make) {
  ASSERT_EQ(Counted::alive, 0);
  EXPECT_EQ(run_virtual(make()), 7);
  EXPECT_EQ(Counted::alive, 0) << "after a whole run";
  for (int passes = 0; passes < 12; ++passes) {
    run_and_destroy(make(), passes);
    ASSERT_EQ(Counted::alive, 0) << "destroyed after " << passes << " passes";
  }
}

TEST(LifetimeMatrix, ParameterByValue) {
  expect_lives_balance([] { return take(Counted(7)); });
}

TEST(LifetimeMatrix, TemporaryArgumentByValueInAnAwait) {
  expect_lives_balance([]() -> Coro<int> { co_return co_await take(Counted(7)); });
}

TEST(LifetimeMatrix, ReferenceToATemporaryAcrossAnAwait) {
  expect_lives_balance([]() -> Coro<int> { co_return co_await look(Counted(7)); });
}

TEST(LifetimeMatrix, MoveOnlyParameterAndResult) {
  const auto pass = [](std::unique_ptr<Counted> object) -> Coro<std::unique_ptr<Counted>> {
    co_await sleep(1ms);
    co_return std::move(object);
  };
  expect_lives_balance([pass]() -> Coro<int> {
    return [](auto inner) -> Coro<int> {
      const auto object = co_await inner(std::make_unique<Counted>(7));
      co_return object->value();
    }(pass);
  });
}

TEST(LifetimeMatrix, LocalsAcrossAwaits) {
  expect_lives_balance([]() -> Coro<int> {
    const Counted first(3);
    co_await sleep(1ms);
    const Counted second(4);
    co_await sleep(1ms);
    co_return first.value() + second.value();
  });
}

TEST(LifetimeMatrix, ResultOfAnAwaitAsArgumentOfAnother) {
  expect_lives_balance([]() -> Coro<int> { co_return co_await add(co_await later(3), co_await later(4)); });
}

TEST(LifetimeMatrix, CountedResultInAnExpression) {
  expect_lives_balance([]() -> Coro<int> {
    const int sum = (co_await later_counted(3)).value() + (co_await later_counted(4)).value();
    co_return sum;
  });
}

TEST(LifetimeMatrix, AwaitsInLoopsAndBranches) {
  expect_lives_balance([]() -> Coro<int> {
    int sum = 0;
    for (int i = 0; i < 3; ++i) {
      const Counted inside(i);
      if (i != 1) {
        sum += co_await take(inside);
      } else {
        sum += 5 * co_await later(1);
      }
    }
    co_return sum;
  });
}

TEST(LifetimeMatrix, AwaitInTheConditionAfterALocal) {
  expect_lives_balance([]() -> Coro<int> {
    int sum = 0;
    while (co_await later(sum) < 7) ++sum;
    co_return sum;
  });
}

TEST(LifetimeMatrix, RangeForOverAnAwaitedVector) {
  const auto make = []() -> Coro<std::vector<Counted>> {
    co_await sleep(1ms);
    std::vector<Counted> result;
    result.emplace_back(3);
    result.emplace_back(4);
    co_return result;
  };
  expect_lives_balance([make]() -> Coro<int> {
    return [](auto inner) -> Coro<int> {
      int sum = 0;
      for (const Counted& each : co_await inner()) sum += co_await look(each);
      co_return sum;
    }(make);
  });
}

TEST(LifetimeMatrix, StructuredBindingOfAnAwait) {
  expect_lives_balance([]() -> Coro<int> {
    auto [left, right] = co_await gather(later_counted(3), later_counted(4));
    co_await sleep(1ms);
    co_return left.value() + right.value();
  });
}

TEST(LifetimeMatrix, ExceptionThroughNestedCoroutines) {
  const auto failing = [](Counted object) -> Coro<int> {
    co_await sleep(1ms);
    if (object.value() > 0) throw ValueError("no");
    co_return 0;
  };
  expect_lives_balance([failing]() -> Coro<int> {
    return [](auto inner) -> Coro<int> {
      const Counted outer(7);
      bool failed = false;
      try {
        co_await inner(Counted(1));
      } catch (const ValueError&) {
        failed = true;
      }
      co_await sleep(1ms);
      co_return failed ? outer.value() : 0;
    }(failing);
  });
}

TEST(LifetimeMatrix, AwaitAfterAHandler) {
  expect_lives_balance([]() -> Coro<int> {
    std::optional<Counted> kept;
    try {
      const Counted inside(1);
      co_await sleep(1ms);
      throw Counted(7);
    } catch (const Counted& thrown) {
      kept = thrown;
    }
    co_await sleep(1ms);
    co_return kept->value();
  });
}

TEST(LifetimeMatrix, NamedCapturingLambda) {
  expect_lives_balance([]() -> Coro<int> {
    const Counted captured(7);
    const auto function = [captured] { return captured.value(); };
    co_return co_await call_later(function);
  });
}

TEST(LifetimeMatrix, LambdaWithTrivialCapturesInTheAwait) {
  expect_lives_balance([]() -> Coro<int> {
    const Counted object(7);
    co_return co_await call_later([&object] { return object.value(); });
  });
}

TEST(LifetimeMatrix, CaptureLessLambdaCoroutine) {
  expect_lives_balance([]() -> Coro<int> {
    const Counted object(7);
    co_return co_await [](const Counted& each) -> Coro<int> { co_return co_await look(each); }(object);
  });
}

TEST(LifetimeMatrix, NamedOptionsWithChainedSetters) {
  expect_lives_balance([]() -> Coro<int> {
    Options options;
    options.tag(Counted(7));
    co_return co_await with_options(options);
  });
}

TEST(LifetimeMatrix, OptionsTemporaryWithAConstructor) {
  expect_lives_balance([]() -> Coro<int> { co_return co_await with_options(Options().tag(Counted(7))); });
}

TEST(LifetimeMatrix, BodyWithReferenceCapturesOfTimeoutAndTaskGroup) {
  expect_lives_balance([]() -> Coro<int> {
    Counted object(3);
    const int first = co_await timeout(5s, [&](Timeout&) -> Coro<int> { co_return co_await take(object); });
    int second = 0;
    co_await task_group([&](TaskGroup& group) -> Coro<void> {
      const Task<int> task = group.create_task(take(Counted(4)));
      second = co_await task;
    });
    co_return first + second;
  });
}

TEST(LifetimeMatrix, GatherOfTemporariesAndWaitFor) {
  expect_lives_balance([]() -> Coro<int> {
    const auto [left, right] = co_await gather(take(Counted(1)), take(Counted(2)));
    const int rest = co_await wait_for(take(Counted(4)), 1s);
    co_return left + right + rest;
  });
}

TEST(LifetimeMatrix, TaskAwaitedByTwo) {
  expect_lives_balance([]() -> Coro<int> {
    const Task<Counted> task = create_task(later_counted(3));
    const auto wait = [](Task<Counted> shared) -> Coro<int> { co_return (co_await shared).value(); };
    const auto [left, right] = co_await gather(wait(task), wait(task));
    co_return left + right + 1;
  });
}

TEST(LifetimeMatrix, CoroThatIsNeverAwaited) {
  ::testing::internal::CaptureStderr();  // it is reported there
  expect_lives_balance([]() -> Coro<int> {
    {
      const Coro<int> dropped = take(Counted(1));
      co_await sleep(1ms);
    }
    co_return 7;
  });
  EXPECT_NE(::testing::internal::GetCapturedStderr(), "");
}

TEST(LifetimeMatrix, TwoAwaitsInOneExpressionWithCountedArguments) {
  expect_lives_balance([]() -> Coro<int> {
    const int sum = co_await take(Counted(3)) + co_await take(Counted(4));
    co_return sum;
  });
}

// Shapes that g++ 12 compiles wrongly.

#if defined(__clang__)
TEST(LifetimeMatrixElsewhere, CapturingLambdaInsideTheAwait) {
  static_assert(!kGcc12);
  expect_lives_balance([]() -> Coro<int> {
    const Counted captured(7);
    co_return co_await call_later([captured] { return captured.value(); });
  });
}

TEST(LifetimeMatrixElsewhere, AwaitInTheConditionWithoutALocal) {
  expect_lives_balance([]() -> Coro<int> {
    if (co_await later(1) == 1) co_return 7;
    co_return 0;
  });
}

TEST(LifetimeMatrixElsewhere, ConditionalOperatorBetweenCoroutines) {
  expect_lives_balance([]() -> Coro<int> {
    bool which = true;
    co_return co_await (which ? take(Counted(7)) : later(1));
  });
}

TEST(LifetimeMatrixElsewhere, AggregateInitialisedFromAwaits) {
  struct Pair {
    Counted left;
    Counted right;
  };
  expect_lives_balance([]() -> Coro<int> {
    const Pair pair{co_await later_counted(3), co_await later_counted(4)};
    co_return pair.left.value() + pair.right.value();
  });
}

TEST(LifetimeMatrixElsewhere, VectorInitialisedFromAwaits) {
  expect_lives_balance([]() -> Coro<int> {
    const std::vector<int> values{co_await later(3), co_await later(4)};
    co_return values[0] + values[1];
  });
}
#endif

}  // namespace
}  // namespace corosim
