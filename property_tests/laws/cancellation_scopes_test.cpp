// Timeouts, groups of tasks, generators and scopes, cancelled at every wait and every moment.
#include <exception>
#include <memory>
#include <string_view>
#include <vector>

#include <corosim/runtime/async_generator.hpp>
#include <corosim/runtime/async_with.hpp>
#include <corosim/runtime/gather.hpp>
#include <corosim/runtime/lock.hpp>
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

}  // namespace
}  // namespace corosim::laws
