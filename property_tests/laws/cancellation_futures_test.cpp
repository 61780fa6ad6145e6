// Futures, and what waits for several or leaves them alone, cancelled at every wait and every moment.
#include <algorithm>
#include <deque>
#include <exception>
#include <memory>
#include <set>
#include <vector>

#include <corosim/runtime/as_completed.hpp>
#include <corosim/runtime/executor.hpp>
#include <corosim/runtime/future.hpp>
#include <corosim/runtime/gather.hpp>
#include <corosim/runtime/semaphore.hpp>
#include <corosim/runtime/shield.hpp>
#include <corosim/runtime/sleep.hpp>
#include <corosim/runtime/task.hpp>
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
