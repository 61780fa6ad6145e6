// Futures, groups of tasks, timeouts, generators and scopes, cancelled at every wait and every moment.
#include <algorithm>
#include <deque>
#include <exception>
#include <memory>
#include <set>
#include <vector>

#include <corosim/runtime/as_completed.hpp>
#include <corosim/runtime/async_generator.hpp>
#include <corosim/runtime/async_with.hpp>
#include <corosim/runtime/executor.hpp>
#include <corosim/runtime/future.hpp>
#include <corosim/runtime/gather.hpp>
#include <corosim/runtime/lock.hpp>
#include <corosim/runtime/semaphore.hpp>
#include <corosim/runtime/shield.hpp>
#include <corosim/runtime/sleep.hpp>
#include <corosim/runtime/task.hpp>
#include <corosim/runtime/task_group.hpp>
#include <corosim/runtime/timeout.hpp>
#include <corosim/runtime/wait.hpp>
#include <corosim/sim/check.hpp>

#include <gtest/gtest.h>

#include "cancellation_law.hpp"

namespace corosim::laws {
namespace {

using namespace std::chrono_literals;

// Future --------------------------------------------------------------------------------------------------------------

// asyncio's own future: cancelling a task that awaits it cancels it, for all who await it.
class PlainFuture {
 public:
  Coro<int> wait() { co_return co_await future_; }
  bool cancelled() const { return future_.cancelled(); }
  void complete() {
    if (!future_.done()) future_.set_result(7);
  }

 private:
  Future<int> future_ = get_running_loop().create_future<int>();
};

template <class F>
struct Promised {
  F future;
  int values = 0;
};

template <class F>
Coro<void> await_promise(std::shared_ptr<Promised<F>> shared) {
  try {
    const int value = co_await shared->future.wait();
    COROSIM_CHECK_EQ(value, 7);
    ++shared->values;
  } catch (const CancelledError&) {
    COROSIM_CHECK(shared->future.cancelled() || current_task()->cancelling() > 0);
    if (current_task()->cancelling() > 0) throw;
  }
}

template <class F>
Coro<void> keep_promise(std::shared_ptr<Promised<F>> shared) {
  co_await sleep(1ms);
  shared->future.complete();
}

template <class F>
Scenario promise() {
  auto shared = std::make_shared<Promised<F>>();
  Scenario scenario;
  for (int i = 0; i < 4; ++i) scenario.worker(await_promise(shared));
  scenario.driver(keep_promise(shared)).check([shared] {
    if (shared->future.cancelled()) COROSIM_CHECK_EQ(shared->values, 0);
  });
  return scenario;
}

TEST(CancellationLaws, AFutureEndsAlikeForAllWhoAwaitIt) { expect_holds(Law("future", promise<PlainFuture>)); }

// Cancelled by one who waits, it tells none of the others.
class LossyFuture {
 public:
  Coro<int> wait() {
    const Future<int> turn = get_running_loop().create_future<int>();
    line_.push_back(turn);
    try {
      co_return co_await turn;
    } catch (const CancelledError&) {
      cancelled_ = true;
      throw;
    }
  }
  bool cancelled() const { return cancelled_; }
  void complete() {
    if (cancelled_) return;
    for (const Future<int>& turn : line_) {
      if (!turn.done()) turn.set_result(7);
    }
  }

 private:
  std::deque<Future<int>> line_;
  bool cancelled_ = false;
};

TEST(CancellationLawsCanary, AFutureThatTellsOneOnly) { expect_breaks(Law("lossy_future", promise<LossyFuture>)); }

// gather() ------------------------------------------------------------------------------------------------------------

struct Family {
  int children = 0;  // alive
  bool parent_cancelled = false;
  bool parent_ended = false;
};

Coro<void> live_long(std::shared_ptr<Family> family, Duration cleanup) {
  ++family->children;
  std::exception_ptr error;
  try {
    co_await sleep(1h);
  } catch (...) {
    error = std::current_exception();
  }
  std::exception_ptr again;
  try {
    if (error) co_await sleep(cleanup);
  } catch (...) {
    again = std::current_exception();
  }
  --family->children;
  if (error) std::rethrow_exception(error);
  if (again) std::rethrow_exception(again);
}

std::vector<Coro<void>> three_lives(const std::shared_ptr<Family>& family) {
  std::vector<Coro<void>> lives;
  for (const Duration cleanup : {Duration(0ms), Duration(1ms), Duration(2ms)}) {
    lives.push_back(live_long(family, cleanup));
  }
  return lives;
}

struct WithExceptions {
  static Coro<void> wait(std::shared_ptr<Family> family) {
    auto lives = three_lives(family);
    co_await gather(std::move(lives));
  }
};
struct WithOutcomes {
  static Coro<void> wait(std::shared_ptr<Family> family) {
    auto lives = three_lives(family);
    bool cancelled = false;
    try {
      co_await gather(return_exceptions, std::move(lives));
    } catch (const CancelledError&) {
      cancelled = true;
    }
    COROSIM_CHECK_EQ(family->children, 0);  // it ends when the last of them has
    if (cancelled) throw CancelledError();
  }
};
// Cancels only the one that it is waiting for.
struct OneByOne {
  static Coro<void> wait(std::shared_ptr<Family> family) {
    std::vector<Task<void>> tasks;
    for (Coro<void>& life : three_lives(family)) tasks.push_back(create_task(std::move(life)));
    for (const Task<void>& task : tasks) co_await task;
  }
};

template <class Gather>
Coro<void> have_family(std::shared_ptr<Family> family) {
  try {
    co_await Gather::wait(family);
    family->parent_ended = true;
  } catch (const CancelledError&) {
    family->parent_cancelled = current_task()->cancelling() > 0;
    if (family->parent_cancelled) throw;
  }
}

Coro<void> look_after(std::shared_ptr<Family> family) {
  co_await sleep(1s);
  if (family->parent_cancelled || family->parent_ended) COROSIM_CHECK_EQ(family->children, 0);
}

template <class Gather>
Scenario family_life() {
  auto family = std::make_shared<Family>();
  Scenario scenario;
  scenario.worker(have_family<Gather>(family)).driver(look_after(family));
  return scenario;
}

TEST(CancellationLaws, AGatherPassesItsCancellationToAll) {
  expect_holds(Law("gather", family_life<WithExceptions>));
  expect_holds(Law("gather_outcomes", family_life<WithOutcomes>));
}
TEST(CancellationLawsCanary, AGatherThatCancelsOneOnly) { expect_breaks(Law("one_by_one", family_life<OneByOne>)); }

// shield(), wait(), as_completed(): what is waited for is left alone
// ------------------------------------------------------

struct Innocents {
  int started = 0;
  int completed = 0;
};

Coro<int> innocent(std::shared_ptr<Innocents> shared, int number) {
  ++shared->started;
  try {
    co_await sleep(number * 1ms);
    co_await sleep(0ms);
  } catch (const CancelledError&) {
    COROSIM_CHECK(false && "an innocent task was cancelled");
  }
  ++shared->completed;
  co_return number;
}

std::vector<Task<int>> three_innocents(const std::shared_ptr<Innocents>& shared) {
  std::vector<Task<int>> tasks;
  for (int number = 1; number <= 3; ++number) tasks.push_back(create_task(innocent(shared, number)));
  return tasks;
}

Coro<void> shielding(std::shared_ptr<Innocents> shared) {
  const std::vector<Task<int>> tasks = three_innocents(shared);
  for (const Task<int>& task : tasks) COROSIM_CHECK(co_await shield(Future<int>(task)) > 0);
}
Coro<void> shielding_twice(std::shared_ptr<Innocents> shared) {
  const std::vector<Task<int>> tasks = three_innocents(shared);
  co_await gather(shield(Future<int>(tasks[0])), shield(shield(Future<int>(tasks[1]))));
  co_await shield(innocent(shared, 2));
}
Coro<void> shielding_in_time(std::shared_ptr<Innocents> shared) {
  const std::vector<Task<int>> tasks = three_innocents(shared);
  for (const Task<int>& task : tasks) {
    try {
      co_await wait_for(shield(Future<int>(task)), 1ms);
    } catch (const TimeoutError&) {
    }
  }
}
Coro<void> waiting(std::shared_ptr<Innocents> shared) {
  const std::vector<Task<int>> tasks = three_innocents(shared);
  const auto first = co_await wait(tasks, WaitOptions().return_when(ReturnWhen::kFirstCompleted));
  COROSIM_CHECK(!first.done.empty());
  COROSIM_CHECK_EQ(first.done.size() + first.pending.size(), tasks.size());
  const auto soon = co_await wait(tasks, WaitOptions().timeout(1ms));
  COROSIM_CHECK_EQ(soon.done.size() + soon.pending.size(), tasks.size());
  const auto all = co_await wait(tasks);
  COROSIM_CHECK(all.pending.empty());
}
Coro<void> completing(std::shared_ptr<Innocents> shared) {
  auto completed = as_completed(three_innocents(shared));
  std::set<int> numbers;
  while (completed.more()) {
    const int number = co_await completed.next_result();
    COROSIM_CHECK(numbers.insert(number).second);
  }
  COROSIM_CHECK_EQ(numbers.size(), std::size_t{3});
}
// Awaits the tasks themselves: they are cancelled with it.
Coro<void> awaiting(std::shared_ptr<Innocents> shared) {
  const std::vector<Task<int>> tasks = three_innocents(shared);
  for (const Task<int>& task : tasks) co_await task;
}

Law innocence(const char* name, Coro<void> (*worker)(std::shared_ptr<Innocents>)) {
  Law law(name, [worker] {
    auto shared = std::make_shared<Innocents>();
    Scenario scenario;
    scenario.worker(worker(shared)).worker(worker(shared)).check([shared] {
      COROSIM_CHECK_EQ(shared->started, shared->completed);
    });
    return scenario;
  });
  law.cancels([](std::string_view path) { return path.find("innocent") == std::string_view::npos; });
  return law;
}

TEST(CancellationLaws, AShieldLetsNoCancellationThrough) {
  expect_holds(innocence("shield", shielding));
  expect_holds(innocence("shield_twice", shielding_twice));
  expect_holds(innocence("shield_in_time", shielding_in_time));
}
TEST(CancellationLaws, WaitLeavesItsFuturesAlone) { expect_holds(innocence("wait", waiting)); }
TEST(CancellationLaws, AsCompletedLeavesItsFuturesAlone) { expect_holds(innocence("as_completed", completing)); }
TEST(CancellationLawsCanary, AwaitingPassesACancellationOn) { expect_breaks(innocence("awaiting", awaiting)); }

// wait_for(), timeout()
// -------------------------------------------------------------------------------------------------

struct Held {
  Lock lock;
  int inside = 0;
};

Coro<bool> acquire(Lock lock) { co_return co_await lock.acquire(); }

// CPython before 3.12 made a task of the coroutine, and lost what it had acquired when the two cancellations crossed.
// An awaited *task* still can: it ends with the lock in its hands, and whoever awaited it was cancelled; see the limit
// below.
Coro<void> acquire_in_time(std::shared_ptr<Held> held, Duration limit, Duration hold) {
  for (int round = 0; round < 2; ++round) {
    bool acquired = false;
    try {
      acquired = co_await wait_for(acquire(held->lock), limit);
    } catch (const TimeoutError&) {
    }
    if (!acquired) continue;
    COROSIM_CHECK_EQ(++held->inside, 1);
    std::exception_ptr error;
    try {
      co_await sleep(hold);
    } catch (...) {
      error = std::current_exception();
    }
    --held->inside;
    held->lock.release();
    if (error) std::rethrow_exception(error);
  }
}

Scenario acquire_all_in_time() {
  auto held = std::make_shared<Held>();
  Scenario scenario;
  scenario.worker(acquire_in_time(held, 1ms, 1ms)).worker(acquire_in_time(held, 1ms, 1ms));
  scenario.worker(acquire_in_time(held, 2ms, 0ms)).worker(acquire_in_time(held, 0ms, 1ms));
  scenario.check([held] { COROSIM_CHECK(!held->lock.locked()); });
  return scenario;
}

TEST(CancellationLaws, WaitForLosesNoLock) { expect_holds(Law("wait_for", acquire_all_in_time)); }

Coro<void> acquire_in_a_task(std::shared_ptr<Held> held) {
  const Task<bool> task = create_task(acquire(held->lock));
  co_await task;
  held->lock.release();
}

// The limit, in CPython as here: nobody knows of a lock that a task has acquired when who awaits that is cancelled.
TEST(CancellationLaws, KnownLimitATasksResultIsLostWithWhoAwaitsIt) {
  const auto make = [] {
    auto held = std::make_shared<Held>();
    Scenario scenario;
    scenario.worker(acquire_in_a_task(held)).worker(acquire_in_a_task(held));
    return scenario;
  };
  expect_breaks(Law("acquire_in_a_task", make).cancels([](std::string_view path) {
    return path.find("/acquire#") == std::string_view::npos;
  }));
}

struct Timed {
  static Coro<void> nap(Duration time, Duration limit) {
    const auto body = [time](Timeout&) { return nap_body(time); };
    co_await timeout(limit, body);
  }
  static Coro<void> nap_body(Duration time) { co_await sleep(time); }
};

template <class T>
Coro<void> timed(Duration inner, Duration outer) {
  const std::shared_ptr<int> naps = std::make_shared<int>(0);
  const auto both = [naps, inner](Timeout&) -> Coro<void> {
    for (int i = 0; i < 3; ++i) {
      try {
        co_await T::nap(i * 1ms, inner);
      } catch (const TimeoutError&) {
      }
      ++*naps;
    }
  };
  for (int i = 0; i < 2; ++i) {
    try {
      co_await timeout(outer, both);
    } catch (const TimeoutError&) {
      COROSIM_CHECK_EQ(current_task()->cancelling(), 0);
    }
  }
}

template <class T>
Scenario all_timed() {
  Scenario scenario;
  scenario.worker(timed<T>(1ms, 2ms)).worker(timed<T>(1ms, 3ms)).worker(timed<T>(2ms, 2ms));
  return scenario;
}

// Scopes of zero or less are left out: one that is entered with a request pending, and expires before that is
// delivered, takes it for its own, in CPython as here.
TEST(CancellationLaws, ATimeoutTakesNoOthersCancellationForItsOwn) { expect_holds(Law("timeout", all_timed<Timed>)); }

// Says TimeoutError of every cancellation.
struct Overtimed {
  static Coro<void> nap(Duration time, Duration limit) {
    try {
      co_await Timed::nap(time, limit);
    } catch (const CancelledError&) {
      throw TimeoutError();
    }
  }
};
TEST(CancellationLawsCanary, ATimeoutThatTakesAll) { expect_breaks(Law("overtimed", all_timed<Overtimed>)); }

// TaskGroup -----------------------------------------------------------------------------------------------------------

struct Crew {
  int children = 0;
  bool fails = false;
};

class Mutiny : public std::exception {};

Coro<void> serve(std::shared_ptr<Crew> crew, Duration time, bool fails) {
  const std::shared_ptr<void> aboard(nullptr, [crew](void*) { --crew->children; });
  ++crew->children;
  std::exception_ptr error;
  try {
    co_await sleep(time);
    if (fails) throw Mutiny();
  } catch (...) {
    error = std::current_exception();
  }
  co_await sleep(0ms);
  if (error) std::rethrow_exception(error);
}

struct InAGroup {
  static Coro<void> sail(std::shared_ptr<Crew> crew) {
    const auto body = [crew](TaskGroup& group) -> Coro<void> {
      group.create_task(serve(crew, 1ms, false));
      group.create_task(serve(crew, 2ms, crew->fails));
      group.create_task(serve(crew, 3ms, false));
      co_await sleep(1ms);
    };
    co_await task_group(body);
  }
};
// Waits for its tasks, but not once it is cancelled.
struct InNoGroup {
  static Coro<void> sail(std::shared_ptr<Crew> crew) {
    std::vector<Task<void>> tasks;
    for (int i = 1; i < 4; ++i) tasks.push_back(create_task(serve(crew, i * 1ms, false)));
    co_await gather(return_exceptions, tasks);
    co_await sleep(1ms);
    const std::vector<Task<void>> more{create_task(serve(crew, 1ms, false))};
    co_await wait(more);
  }
};

template <class Group>
Coro<void> voyage(std::shared_ptr<Crew> crew) {
  try {
    co_await Group::sail(crew);
  } catch (const CancelledError&) {
    COROSIM_CHECK_EQ(crew->children, 0);
    throw;
  } catch (const ExceptionGroup&) {
    COROSIM_CHECK(crew->fails);
  }
  COROSIM_CHECK_EQ(crew->children, 0);
}

template <class Group>
Scenario voyages(bool fails) {
  Scenario scenario;
  for (int i = 0; i < 2; ++i) {
    auto crew = std::make_shared<Crew>();
    crew->fails = fails;
    scenario.worker(voyage<Group>(crew));
  }
  return scenario;
}

TEST(CancellationLaws, ATaskGroupWaitsForAll) {
  expect_holds(Law("task_group", [] { return voyages<InAGroup>(false); }));
  expect_holds(Law("failing_task_group", [] { return voyages<InAGroup>(true); }));
}
TEST(CancellationLawsCanary, TasksThatNobodyWaitsFor) {
  expect_breaks(Law("no_group", [] { return voyages<InNoGroup>(false); }));
}

// AsyncGenerator ------------------------------------------------------------------------------------------------------

struct Source {
  int open = 0;
};

AsyncGenerator<int> items(std::shared_ptr<Source> source) {
  const std::shared_ptr<void> open(nullptr, [source](void*) { --source->open; });
  ++source->open;
  std::exception_ptr error;
  try {
    for (int i = 0; i < 3; ++i) {
      co_await sleep(1ms);
      co_yield i;
    }
  } catch (...) {
    error = std::current_exception();
  }
  co_await sleep(1ms);
  if (error) std::rethrow_exception(error);
}

Coro<void> use_item(int) { co_await sleep(1ms); }

struct Closed {
  static Coro<void> read(std::shared_ptr<Source> source) {
    const auto body = [](AsyncGenerator<int>& generator) -> Coro<void> { co_await for_each(generator, use_item); };
    co_await aclosing(items(source), body);
  }
};

template <class Reader>
Coro<void> read_items(std::shared_ptr<Source> source, std::shared_ptr<AsyncGenerator<int>> kept) {
  try {
    if (kept) {
      co_await for_each(*kept, use_item);
    } else {
      co_await Closed::read(source);
    }
  } catch (...) {
    COROSIM_CHECK_EQ(source->open, 0);
    throw;
  }
  COROSIM_CHECK_EQ(source->open, 0);
}

Scenario readers(bool closing) {
  Scenario scenario;
  for (int i = 0; i < 2; ++i) {
    auto source = std::make_shared<Source>();
    const auto kept = closing ? nullptr : std::make_shared<AsyncGenerator<int>>(items(source));
    scenario.worker(read_items<Closed>(source, kept));
  }
  return scenario;
}

TEST(CancellationLaws, AGeneratorIsClosedWithItsScope) {
  expect_holds(Law("generator", [] { return readers(true); }));
}
TEST(CancellationLawsCanary, AGeneratorThatNobodyCloses) {
  expect_breaks(Law("open_generator", [] { return readers(false); }));
}

// async_with() --------------------------------------------------------------------------------------------------------

struct Visits {
  int entered = 0;
  int left = 0;
};

class Visit {
 public:
  explicit Visit(std::shared_ptr<Visits> visits) : visits_(std::move(visits)) {}
  Coro<void> enter() {
    co_await sleep(1ms);
    ++visits_->entered;
  }
  Coro<void> exit(std::exception_ptr) {
    ++visits_->left;
    co_await sleep(1ms);
  }

 private:
  std::shared_ptr<Visits> visits_;
};

Coro<void> visit(std::shared_ptr<Visits> visits) {
  const auto outer = [visits](Visit&) -> Coro<void> {
    co_await sleep(1ms);
    const auto inner = [](Visit&) -> Coro<void> { co_await sleep(0ms); };
    co_await async_with(Visit(visits), inner);
  };
  co_await async_with(Visit(visits), outer);
}
// A handler for std::exception is none for a cancellation.
Coro<void> visit_carelessly(std::shared_ptr<Visits> visits) {
  Visit manager(visits);
  co_await manager.enter();
  bool failed = false;
  try {
    co_await sleep(1ms);
  } catch (const std::exception&) {
    failed = true;
  }
  co_await manager.exit(nullptr);
  COROSIM_CHECK(!failed);
}

Law visits_of(const char* name, Coro<void> (*worker)(std::shared_ptr<Visits>)) {
  return Law(name, [worker] {
    auto visits = std::make_shared<Visits>();
    Scenario scenario;
    scenario.worker(worker(visits)).worker(worker(visits)).check([visits] {
      COROSIM_CHECK_EQ(visits->entered, visits->left);
    });
    return scenario;
  });
}

TEST(CancellationLaws, AScopeThatWasEnteredIsLeft) { expect_holds(visits_of("async_with", visit)); }
TEST(CancellationLawsCanary, AScopeThatIsLeftByItselfOnly) { expect_breaks(visits_of("careless", visit_carelessly)); }

// to_thread() ---------------------------------------------------------------------------------------------------------

constexpr int kJobs = 5;

struct Jobs {
  Semaphore places{1};
  std::vector<int> runs = std::vector<int>(kJobs);
};

Coro<int> in_a_thread(std::shared_ptr<Jobs> jobs, int number) {
  const auto job = [jobs, number] {
    ++jobs->runs[static_cast<std::size_t>(number)];
    return number;
  };
  co_return co_await to_thread(job);
}
Coro<void> do_job(std::shared_ptr<Jobs> jobs, int number) {
  const int result = co_await in_a_thread(jobs, number);
  COROSIM_CHECK_EQ(result, number);
  COROSIM_CHECK_EQ(jobs->runs[static_cast<std::size_t>(number)], 1);
}
// Whoever is cancelled keeps its place.
Coro<void> do_job_in_place(std::shared_ptr<Jobs> jobs, int number) {
  co_await jobs->places.acquire();
  co_await do_job(jobs, number);
  jobs->places.release();
}

// One worker for all: one that is not free again after a cancelled job would be missed.
Law jobs_of(const char* name, Coro<void> (*worker)(std::shared_ptr<Jobs>, int)) {
  Law law(name, [worker] {
    auto jobs = std::make_shared<Jobs>();
    Scenario scenario;
    for (int number = 0; number < kJobs; ++number) scenario.worker(worker(jobs, number));
    scenario.check([jobs] {
      for (const int runs : jobs->runs) COROSIM_CHECK(runs <= 1);
      COROSIM_CHECK(std::count(jobs->runs.begin(), jobs->runs.end(), 1) >= kJobs - 2);
    });
    return scenario;
  });
  law.executor(sim::ExecutorModel().workers(1));
  return law;
}

TEST(CancellationLaws, AJobRunsOnceAtMost) { expect_holds(jobs_of("to_thread", do_job)); }
TEST(CancellationLawsCanary, AJobThatKeepsItsPlace) { expect_breaks(jobs_of("kept_place", do_job_in_place)); }

}  // namespace
}  // namespace corosim::laws
