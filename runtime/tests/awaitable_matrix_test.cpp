// What is a coroutine in asyncio and an awaiter here (`lock.acquire()`, `sleep(1s)`) goes wherever a Coro goes: each of
// them through each function that takes one.
#include <corosim/runtime/awaitable.hpp>

#include <coroutine>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <corosim/runtime/as_completed.hpp>
#include <corosim/runtime/as_outcome.hpp>
#include <corosim/runtime/async_generator.hpp>
#include <corosim/runtime/event.hpp>
#include <corosim/runtime/gather.hpp>
#include <corosim/runtime/lock.hpp>
#include <corosim/runtime/queue.hpp>
#include <corosim/runtime/semaphore.hpp>
#include <corosim/runtime/shield.hpp>
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

// The takers: each awaits `leaf` in its own way, and gives its result. `owned` lives as long as the taker's frame.

template <class Leaf>
using Result = detail::Stored<Awaited<Leaf>>;

using Owned = std::shared_ptr<int>;

// `co_await awaitable`, with a value for void.
template <Awaitable A>
Coro<detail::Stored<Awaited<A>>> valued(A awaitable) {
  if constexpr (std::is_void_v<Awaited<A>>) {
    co_await std::move(awaitable);
    co_return std::monostate();
  } else {
    co_return co_await std::move(awaitable);
  }
}

struct Direct {
  template <Coroutine Leaf>
  static Coro<Result<Leaf>> take(Leaf leaf, Owned) {
    co_return co_await valued(std::move(leaf));
  }
};
struct AsCoro {
  template <Coroutine Leaf>
  static Coro<Result<Leaf>> take(Leaf leaf, Owned) {
    co_return co_await valued(as_coro(std::move(leaf)));
  }
};
struct CreateTask {
  template <Coroutine Leaf>
  static Coro<Result<Leaf>> take(Leaf leaf, Owned) {
    co_return co_await valued(create_task(std::move(leaf)));
  }
};
struct CreateNamedTask {
  template <Coroutine Leaf>
  static Coro<Result<Leaf>> take(Leaf leaf, Owned) {
    const auto task = create_task(std::move(leaf), "worker");
    EXPECT_EQ(task.get_name(), "worker");
    co_return co_await valued(task);
  }
};
struct EagerTask {
  template <Coroutine Leaf>
  static Coro<Result<Leaf>> take(Leaf leaf, Owned) {
    co_return co_await valued(create_task(std::move(leaf), TaskOptions().eager_start()));
  }
};
struct EnsureFuture {
  template <Coroutine Leaf>
  static Coro<Result<Leaf>> take(Leaf leaf, Owned) {
    co_return co_await valued(ensure_future(std::move(leaf)));
  }
};
struct Gather {
  template <Coroutine Leaf>
  static Coro<Result<Leaf>> take(Leaf leaf, Owned) {
    auto results = co_await gather(std::move(leaf), sleep(0s));
    co_return std::move(std::get<0>(results));
  }
};
struct GatherVector {
  template <Coroutine Leaf>
  static Coro<Result<Leaf>> take(Leaf leaf, Owned) {
    std::vector<Leaf> leaves;
    leaves.push_back(std::move(leaf));
    auto results = co_await gather(std::move(leaves));
    co_return std::move(results.at(0));
  }
};
struct Shield {
  template <Coroutine Leaf>
  static Coro<Result<Leaf>> take(Leaf leaf, Owned) {
    co_return co_await valued(shield(std::move(leaf)));
  }
};
struct WaitFor {
  template <Coroutine Leaf>
  static Coro<Result<Leaf>> take(Leaf leaf, Owned) {
    co_return co_await valued(wait_for(std::move(leaf), 1h));
  }
};
struct WaitForEver {
  template <Coroutine Leaf>
  static Coro<Result<Leaf>> take(Leaf leaf, Owned) {
    co_return co_await valued(wait_for(std::move(leaf), std::nullopt));
  }
};
struct TimeoutBody {
  template <Coroutine Leaf>
  static Coro<Result<Leaf>> take(Leaf leaf, Owned) {
    const auto body = [&leaf](Timeout&) { return std::move(leaf); };
    co_return co_await valued(timeout(1h, body));
  }
};
struct TaskGroupTask {
  template <Coroutine Leaf>
  static Coro<Result<Leaf>> take(Leaf leaf, Owned) {
    Task<Awaited<Leaf>> task;
    const auto body = [&](TaskGroup& group) -> Coro<void> {
      task = group.create_task(std::move(leaf));
      co_return;
    };
    co_await task_group(body);
    co_return co_await valued(task);
  }
};
struct TaskGroupBody {
  template <Coroutine Leaf>
  static Coro<Result<Leaf>> take(Leaf leaf, Owned) {
    const auto body = [&leaf](TaskGroup&) { return std::move(leaf); };
    co_return co_await valued(task_group(body));
  }
};
struct AsCompletedResult {
  template <Coroutine Leaf>
  static Coro<Result<Leaf>> take(Leaf leaf, Owned) {
    std::vector<Leaf> leaves;
    leaves.push_back(std::move(leaf));
    auto completed = as_completed(std::move(leaves));
    co_return co_await valued(completed.next_result());
  }
};
struct AsOutcome {
  template <Coroutine Leaf>
  static Coro<Result<Leaf>> take(Leaf leaf, Owned) {
    Outcome<Awaited<Leaf>> outcome = co_await as_outcome(std::move(leaf));
    if (!outcome.has_value()) std::rethrow_exception(outcome.exception());
    co_return std::move(const_cast<Result<Leaf>&>(outcome.value()));
  }
};

// One way to await a `Leaf`, behind a function so that a test's own coroutine is compiled once for all of them.
template <Coroutine Leaf>
struct Taker {
  std::string_view name;
  Coro<Result<Leaf>> (*take)(Leaf, Owned);
  bool passes_cancellation_on = true;
};

template <Coroutine Leaf>
std::vector<Taker<Leaf>> takers() {
  constexpr bool kLeavesItAlone = false;
  return {{"co_await", &Direct::take<Leaf>},
          {"as_coro", &AsCoro::take<Leaf>},
          {"create_task", &CreateTask::take<Leaf>},
          {"create_task, named", &CreateNamedTask::take<Leaf>},
          {"create_task, eager", &EagerTask::take<Leaf>},
          {"ensure_future", &EnsureFuture::take<Leaf>},
          {"gather", &Gather::take<Leaf>},
          {"gather of a vector", &GatherVector::take<Leaf>},
          {"shield", &Shield::take<Leaf>, kLeavesItAlone},
          {"wait_for", &WaitFor::take<Leaf>},
          {"wait_for without a limit", &WaitForEver::take<Leaf>},
          {"timeout", &TimeoutBody::take<Leaf>},
          {"TaskGroup::create_task", &TaskGroupTask::take<Leaf>},
          {"task_group", &TaskGroupBody::take<Leaf>},
          {"as_completed", &AsCompletedResult::take<Leaf>, kLeavesItAlone},
          {"as_outcome", &AsOutcome::take<Leaf>}};
}

// The leaves: each has what it waits for, makes a wait that does not end by itself (but for sleeps), and ends it.

struct LockAcquire {
  static constexpr std::string_view kFunction = "Lock.acquire";
  Coro<void> prepare() { co_await lock.acquire(); }
  auto make() { return lock.acquire(); }
  void finish() { lock.release(); }
  static bool right(bool result) { return result; }
  Lock lock;
};
struct LockScoped : LockAcquire {
  auto make() { return lock.scoped(); }
  bool right(const Lock::Guard&) const { return lock.locked(); }
};
struct SemaphoreAcquire {
  static constexpr std::string_view kFunction = "Semaphore.acquire";
  Coro<void> prepare() { co_return; }
  auto make() { return semaphore.acquire(); }
  void finish() { semaphore.release(); }
  static bool right(bool result) { return result; }
  Semaphore semaphore{0};
};
struct SemaphoreScoped : SemaphoreAcquire {
  auto make() { return semaphore.scoped(); }
  bool right(const Semaphore::Guard&) const { return semaphore.locked(); }
};
struct EventWait {
  static constexpr std::string_view kFunction = "Event.wait";
  Coro<void> prepare() { co_return; }
  auto make() { return event.wait(); }
  void finish() { event.set(); }
  static bool right(bool result) { return result; }
  Event event;
};
struct QueueJoin {
  static constexpr std::string_view kFunction = "Queue.join";
  Coro<void> prepare() {
    queue.put_nowait(1);
    co_return;
  }
  auto make() { return queue.join(); }
  void finish() { queue.task_done(); }
  static bool right(std::monostate) { return true; }
  Queue<int> queue;
};
struct SleepLeaf {
  static constexpr std::string_view kFunction = "sleep";
  Coro<void> prepare() { co_return; }
  auto make() { return sleep(1s); }
  void finish() {}
  static bool right(std::monostate) { return true; }
};
struct SleepForLeaf : SleepLeaf {
  auto make() { return sleep(1s, std::make_shared<int>(42)); }
  static bool right(const std::shared_ptr<int>& result) { return *result == 42; }
};
struct SleepOutcome : SleepLeaf {
  static constexpr std::string_view kFunction = "sleep_outcome";
  auto make() { return sleep_outcome(1s); }
  static bool right(const Outcome<void>& result) { return result.has_value(); }
};
AsyncGenerator<int> numbers(Event go_on) {
  co_await go_on.wait();
  co_yield 7;
}
struct GeneratorNext {
  static constexpr std::string_view kFunction = "AsyncGenerator.next";
  Coro<void> prepare() { co_return; }
  auto make() { return generator.next(); }
  void finish() { event.set(); }
  static bool right(const std::optional<int>& result) { return result == 7; }
  Event event;
  AsyncGenerator<int> generator = numbers(event);
};
AsyncGenerator<int> slow_to_close(Event go_on) {
  bool exit = false;
  try {
    co_yield 7;
  } catch (const GeneratorExit&) {
    exit = true;
  }
  if (exit) co_await go_on.wait();
}
struct GeneratorClose {
  static constexpr std::string_view kFunction = "AsyncGenerator.aclose";
  Coro<void> prepare() { co_await generator.next(); }
  auto make() { return generator.aclose(); }
  void finish() { event.set(); }
  static bool right(std::monostate) { return true; }
  Event event;
  AsyncGenerator<int> generator = slow_to_close(event);
};

template <class Leaf>
class EveryLeaf : public ::testing::Test {};
using Leaves = ::testing::Types<LockAcquire, LockScoped, SemaphoreAcquire, SemaphoreScoped, EventWait, QueueJoin,
                                SleepLeaf, SleepForLeaf, SleepOutcome, GeneratorNext, GeneratorClose>;
TYPED_TEST_SUITE(EveryLeaf, Leaves);

template <class Kit>
using LeafOf = decltype(std::declval<Kit&>().make());

TYPED_TEST(EveryLeaf, GivesItsResultThroughEveryTaker) {
  using Leaf = LeafOf<TypeParam>;
  const auto main = [](Taker<Leaf> through) -> Coro<void> {
    TypeParam leaf;
    co_await leaf.prepare();
    get_running_loop().call_later(1s, [&leaf] { leaf.finish(); });
    const auto result = co_await through.take(leaf.make(), nullptr);
    EXPECT_TRUE(leaf.right(result)) << through.name;
    EXPECT_EQ(get_running_loop().time().time_since_epoch(), 1s) << through.name;
  };
  for (const Taker<Leaf>& taker : takers<Leaf>()) run_virtual(main(taker));
}

TYPED_TEST(EveryLeaf, IsWithdrawnThroughEveryTakerWhenItsTaskIsCancelled) {
  using Leaf = LeafOf<TypeParam>;
  const auto main = [](Taker<Leaf> through) -> Coro<void> {
    TypeParam leaf;
    co_await leaf.prepare();
    const auto task = create_task(through.take(leaf.make(), nullptr));
    co_await sleep(500ms);
    EXPECT_FALSE(task.done()) << through.name;
    task.cancel();
    co_await as_outcome(task);
    EXPECT_TRUE(task.cancelled()) << through.name;
    EXPECT_EQ(all_tasks().size(), 1U) << through.name;
    // Whoever comes next is not behind the one who left.
    if constexpr (!std::is_base_of_v<SleepLeaf, TypeParam>) {
      leaf.finish();
      [[maybe_unused]] const auto next = co_await valued(leaf.make());
    }
    EXPECT_EQ(get_running_loop().time().time_since_epoch(), 500ms) << through.name;
  };
  if constexpr (!std::is_same_v<TypeParam, SleepOutcome>) {  // makes a value of its cancellation
    for (const Taker<Leaf>& taker : takers<Leaf>()) {
      if (taker.passes_cancellation_on) run_virtual(main(taker));
    }
  }
}

TYPED_TEST(EveryLeaf, CanBeTakenDownThroughEveryTakerAtEveryPass) {
  using Leaf = LeafOf<TypeParam>;
  const Owned owned = std::make_shared<int>(1);
  const auto main = [](Taker<Leaf> through, Owned kept) -> Coro<void> {
    TypeParam leaf;
    co_await leaf.prepare();
    get_running_loop().call_later(1s, [&leaf, kept] { leaf.finish(); });
    const auto result = co_await through.take(leaf.make(), kept);
    EXPECT_TRUE(leaf.right(result)) << through.name;
  };
  for (const Taker<Leaf>& taker : takers<Leaf>()) {
    for (int passes = 0; passes < 10; ++passes) {
      run_and_destroy(main(taker, owned), passes);
      EXPECT_EQ(owned.use_count(), 1) << taker.name << ", destroyed after " << passes << " passes";
    }
  }
}

TYPED_TEST(EveryLeaf, StartsInTheFirstStepOfItsTask) {
  const auto main = []() -> Coro<void> {
    TypeParam leaf;
    co_await leaf.prepare();
    const auto task = create_task(leaf.make());
    EXPECT_FALSE(task.get_stack().front().awaiting.known());
    leaf.finish();
    co_await sleep(0s);
    constexpr bool kSleeps = std::is_base_of_v<SleepLeaf, TypeParam>;
    EXPECT_EQ(task.done(), !kSleeps);
    if (kSleeps) task.cancel();
    const auto outcome = co_await as_outcome(task);
    EXPECT_NE(outcome.has_value(), kSleeps && !(std::is_same_v<TypeParam, SleepOutcome>));
  };
  run_virtual(main());
}

TYPED_TEST(EveryLeaf, IsReportedByItsFunctionAtThePlaceOfTheCall) {
  const auto main = []() -> Coro<void> {
    TypeParam leaf;
    co_await leaf.prepare();
    auto call = leaf.make();
    const std::uint_least32_t line = call.called_at().line();
    const auto task = create_task(std::move(call));
    EXPECT_EQ(task.get_stack().front().function.function(), TypeParam::kFunction);
    co_await sleep(0s);
    EXPECT_EQ(task.get_stack().front().function.function(), TypeParam::kFunction);
    EXPECT_EQ(task.get_stack().front().awaiting.file(), "awaitable_matrix_test.cpp");
    EXPECT_EQ(task.get_stack().front().awaiting.line(), line);
    task.cancel();
    co_await as_outcome(task);
  };
  run_virtual(main());
}

TYPED_TEST(EveryLeaf, DoesNothingWhenItIsDropped) {
  const auto main = []() -> Coro<void> {
    TypeParam leaf;
    co_await leaf.prepare();
    {
      const auto dropped = leaf.make();
    }
    {
      as_coro(leaf.make()).close();
    }
    leaf.finish();
    const auto result = co_await valued(leaf.make());
    EXPECT_TRUE(leaf.right(result));
  };
  run_virtual(main());
}

TYPED_TEST(EveryLeaf, RunsAsTheMainCoroutineOfALoop) {
  TypeParam leaf;
  run_virtual(leaf.prepare());
  leaf.finish();
  testing::VirtualClock clock;
  Runner runner(LoopOptions().clock(clock));
  if constexpr (std::is_void_v<Awaited<decltype(leaf.make())>>) {
    runner.run(leaf.make());
    runner.get_loop().run_until_complete(leaf.make());
  } else {
    EXPECT_TRUE(leaf.right(runner.run(leaf.make())));
  }
}

}  // namespace
}  // namespace corosim
