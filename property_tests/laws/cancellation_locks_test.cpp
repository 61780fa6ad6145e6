// Locks, semaphores, events, conditions and barriers, whose users are cancelled at every wait and every moment: nobody
// waits for ever, nothing is lost, and the primitive is as it was when all have gone.
#include <deque>
#include <exception>
#include <memory>
#include <set>

#include <corosim/runtime/barrier.hpp>
#include <corosim/runtime/condition.hpp>
#include <corosim/runtime/event.hpp>
#include <corosim/runtime/future.hpp>
#include <corosim/runtime/lock.hpp>
#include <corosim/runtime/semaphore.hpp>
#include <corosim/runtime/sleep.hpp>
#include <corosim/runtime/task.hpp>
#include <corosim/sim/check.hpp>

#include <gtest/gtest.h>

#include "cancellation_law.hpp"

namespace corosim::laws {
namespace {

using namespace std::chrono_literals;

// Lock ----------------------------------------------------------------------------------------------------------------

template <class L>
struct Guarded {
  L lock;
  int inside = 0;
};

template <class L>
Coro<void> lock_user(std::shared_ptr<Guarded<L>> shared, int rounds, Duration hold) {
  for (int round = 0; round < rounds; ++round) {
    co_await shared->lock.acquire();
    COROSIM_CHECK_EQ(++shared->inside, 1);
    std::exception_ptr error;
    try {
      co_await sleep(hold);
    } catch (...) {
      error = std::current_exception();
    }
    --shared->inside;
    shared->lock.release();
    if (error) std::rethrow_exception(error);
  }
}

template <class L>
Scenario lock_users() {
  auto shared = std::make_shared<Guarded<L>>();
  Scenario scenario;
  scenario.worker(lock_user(shared, 2, 1ms)).worker(lock_user(shared, 2, 0ms)).worker(lock_user(shared, 1, 1ms));
  scenario.worker(lock_user(shared, 1, 0ms)).check([shared] { COROSIM_CHECK(!shared->lock.locked()); });
  return scenario;
}

TEST(CancellationLaws, ALockExcludesAndPassesOn) { expect_holds(Law("lock", lock_users<Lock>)); }

// Forgets that a woken waiter may be cancelled before it runs.
class LossyLock {
 public:
  Coro<void> acquire() {
    if (locked_ || !line_.empty()) {
      const Future<void> turn = get_running_loop().create_future<void>();
      line_.push_back(turn);
      std::exception_ptr error;
      try {
        co_await turn;
      } catch (...) {
        error = std::current_exception();
      }
      std::erase(line_, turn);
      if (error) std::rethrow_exception(error);
    }
    locked_ = true;
  }
  void release() {
    locked_ = false;
    if (!line_.empty() && !line_.front().done()) line_.front().set_result();
  }
  bool locked() const { return locked_; }

 private:
  bool locked_ = false;
  std::deque<Future<void>> line_;
};

TEST(CancellationLawsCanary, ALockThatDoesNotPassItsWakeUpOn) {
  expect_breaks(Law("lossy_lock", lock_users<LossyLock>));
}

// Semaphores ----------------------------------------------------------------------------------------------------------

template <class S>
struct Units {
  S semaphore{2};
  int in_use = 0;
};

template <class S>
Coro<void> unit_user(std::shared_ptr<Units<S>> shared, int rounds, Duration hold) {
  for (int round = 0; round < rounds; ++round) {
    co_await shared->semaphore.acquire();
    COROSIM_CHECK(++shared->in_use <= 2);
    std::exception_ptr error;
    try {
      co_await sleep(hold);
    } catch (...) {
      error = std::current_exception();
    }
    --shared->in_use;
    shared->semaphore.release();
    if (error) std::rethrow_exception(error);
  }
}

// Takes both units: neither was lost, and there is no third.
template <class S>
Coro<void> count_units(std::shared_ptr<Units<S>> shared) {
  co_await sleep(1s);
  COROSIM_CHECK(!shared->semaphore.locked());
  co_await shared->semaphore.acquire();
  COROSIM_CHECK(!shared->semaphore.locked());
  co_await shared->semaphore.acquire();
  COROSIM_CHECK(shared->semaphore.locked());
  shared->semaphore.release();
  shared->semaphore.release();
}

template <class S>
Scenario unit_users() {
  auto shared = std::make_shared<Units<S>>();
  Scenario scenario;
  scenario.worker(unit_user(shared, 2, 1ms)).worker(unit_user(shared, 2, 0ms)).worker(unit_user(shared, 1, 1ms));
  scenario.worker(unit_user(shared, 1, 2ms)).worker(unit_user(shared, 1, 0ms)).driver(count_units(shared));
  return scenario;
}

TEST(CancellationLaws, ASemaphoreLosesNoUnit) { expect_holds(Law("semaphore", unit_users<Semaphore>)); }
TEST(CancellationLaws, ABoundedSemaphoreLosesNoUnit) { expect_holds(Law("bounded", unit_users<BoundedSemaphore>)); }

// Hands its unit to a waiter, and forgets it when that one is cancelled.
class LossySemaphore {
 public:
  explicit LossySemaphore(int value) : value_(value) {}
  Coro<void> acquire() {
    if (value_ > 0) {
      --value_;
      co_return;
    }
    const Future<void> turn = get_running_loop().create_future<void>();
    line_.push_back(turn);
    co_await turn;
  }
  void release() {
    while (!line_.empty()) {
      const Future<void> turn = line_.front();
      line_.pop_front();
      if (turn.done()) continue;
      turn.set_result();
      return;
    }
    ++value_;
  }
  bool locked() const { return value_ == 0; }

 private:
  int value_;
  std::deque<Future<void>> line_;
};

TEST(CancellationLawsCanary, ASemaphoreThatForgetsAUnit) {
  expect_breaks(Law("lossy_semaphore", unit_users<LossySemaphore>));
}

// Event ---------------------------------------------------------------------------------------------------------------

template <class E>
struct Flag {
  E event;
  bool was_set = false;
};

template <class E>
Coro<void> flag_waiter(std::shared_ptr<Flag<E>> shared) {
  co_await shared->event.wait();
  COROSIM_CHECK(shared->was_set);
  co_await shared->event.wait();  // set: no wait
}

template <class E>
Coro<void> flag_setter(std::shared_ptr<Flag<E>> shared) {
  co_await sleep(1ms);
  shared->was_set = true;
  shared->event.set();
}

template <class E>
Scenario flag_waiters() {
  auto shared = std::make_shared<Flag<E>>();
  Scenario scenario;
  for (int i = 0; i < 4; ++i) scenario.worker(flag_waiter(shared));
  return std::move(scenario.driver(flag_setter(shared)));
}

TEST(CancellationLaws, AnEventWakesAll) { expect_holds(Law("event", flag_waiters<Event>)); }

// Stops waking where it meets a waiter that was cancelled.
class LossyEvent {
 public:
  Coro<void> wait() {
    if (set_) co_return;
    const Future<void> turn = get_running_loop().create_future<void>();
    line_.push_back(turn);
    co_await turn;
  }
  void set() {
    set_ = true;
    for (const Future<void>& turn : line_) {
      if (turn.done()) break;
      turn.set_result();
    }
  }

 private:
  bool set_ = false;
  std::deque<Future<void>> line_;
};

TEST(CancellationLawsCanary, AnEventThatStopsAtACancelledWaiter) {
  expect_breaks(Law("lossy_event", flag_waiters<LossyEvent>));
}

// Condition -----------------------------------------------------------------------------------------------------------

constexpr int kTakers = 4;
constexpr int kItems = 3;

template <class C>
struct Shelf {
  C condition;
  int items = 0;
  int taken = 0;
  int inside = 0;
  int waiting = 0;
  bool closed = false;
};

template <class C>
Coro<void> take_item(std::shared_ptr<Shelf<C>> shelf) {
  co_await shelf->condition.acquire();
  std::exception_ptr error;
  try {
    const auto any = [shelf] { return shelf->items > 0 || shelf->closed; };
    ++shelf->waiting;
    co_await shelf->condition.wait_for(any);
    COROSIM_CHECK_EQ(++shelf->inside, 1);
    if (shelf->items > 0) {
      --shelf->items;
      ++shelf->taken;
    }
  } catch (...) {
    error = std::current_exception();
    COROSIM_CHECK_EQ(++shelf->inside, 1);  // the lock is held again, whatever happened
  }
  --shelf->waiting;
  --shelf->inside;
  shelf->condition.release();
  if (error) std::rethrow_exception(error);
}

// One notification for each item, and fewer items than takers: where a cancelled one keeps a notification to itself, an
// item lies there and somebody waits.
template <class C>
Coro<void> put_items(std::shared_ptr<Shelf<C>> shelf) {
  for (int i = 0; i < kItems; ++i) {
    co_await sleep(1ms);
    co_await shelf->condition.acquire();
    ++shelf->items;
    shelf->condition.notify(1);
    shelf->condition.release();
  }
  co_await sleep(1s);
  COROSIM_CHECK(shelf->items == 0 || shelf->waiting == 0);
  co_await shelf->condition.acquire();
  shelf->closed = true;
  shelf->condition.notify(kTakers);
  shelf->condition.release();
}

template <class C>
Scenario item_takers() {
  auto shelf = std::make_shared<Shelf<C>>();
  Scenario scenario;
  for (int i = 0; i < kTakers; ++i) scenario.worker(take_item(shelf));
  scenario.driver(put_items(shelf)).check([shelf] {
    COROSIM_CHECK_EQ(shelf->items + shelf->taken, kItems);
    COROSIM_CHECK(!shelf->condition.locked());
  });
  return scenario;
}

TEST(CancellationLaws, AConditionLosesNoNotification) { expect_holds(Law("condition", item_takers<Condition>)); }

// Takes the lock again, but keeps a notification that a cancelled waiter had.
class LossyCondition {
 public:
  Lock::Acquire acquire() { return lock_.acquire(); }
  void release() { lock_.release(); }
  bool locked() const { return lock_.locked(); }
  template <class Predicate>
  Coro<void> wait_for(Predicate predicate) {
    bool holds = predicate();
    while (!holds) {
      co_await wait();
      holds = predicate();
    }
  }
  void notify(int count) {
    for (const Future<void>& turn : line_) {
      if (count == 0) return;
      if (turn.done()) continue;
      turn.set_result();
      --count;
    }
  }

 private:
  Coro<void> wait() {
    const Future<void> turn = get_running_loop().create_future<void>();
    line_.push_back(turn);
    lock_.release();
    std::exception_ptr error;
    try {
      co_await turn;
    } catch (...) {
      error = std::current_exception();
    }
    std::erase(line_, turn);
    bool acquired = false;
    while (!acquired) {
      try {
        acquired = co_await lock_.acquire();
      } catch (const CancelledError&) {
        error = std::current_exception();
      }
    }
    if (error) std::rethrow_exception(error);
  }

  Lock lock_;
  std::deque<Future<void>> line_;
};

TEST(CancellationLawsCanary, AConditionThatKeepsANotification) {
  expect_breaks(Law("lossy_condition", item_takers<LossyCondition>));
}

// Barrier -------------------------------------------------------------------------------------------------------------

constexpr int kParties = 3;

template <class B>
struct Gate {
  B barrier{kParties};
  int present = 0;  // tasks inside wait(), by their own account
  int broken = 0;
};

template <class B>
Coro<void> pass_gate(std::shared_ptr<Gate<B>> gate, int rounds) {
  for (int round = 0; round < rounds; ++round) {
    ++gate->present;
    std::exception_ptr error;
    try {
      const int index = co_await gate->barrier.wait();
      COROSIM_CHECK(index >= 0 && index < kParties);
      // The last to come goes on at once: all the others are there.
      if (index == kParties - 1) COROSIM_CHECK(gate->present >= kParties);
    } catch (...) {
      error = std::current_exception();
    }
    --gate->present;
    if (error) std::rethrow_exception(error);
  }
}

template <class B>
Coro<void> try_gate(std::shared_ptr<Gate<B>> gate, int rounds) {
  try {
    co_await pass_gate(gate, rounds);
  } catch (const BrokenBarrierError&) {
    ++gate->broken;
  }
}

// Where one of three was cancelled the others wait until the barrier is broken; then it is of use again.
template <class B>
Coro<void> break_and_mend(std::shared_ptr<Gate<B>> gate) {
  co_await sleep(1s);
  COROSIM_CHECK(gate->present < kParties);  // nobody is held back when enough have come
  co_await gate->barrier.abort();
  co_await sleep(1s);
  COROSIM_CHECK_EQ(gate->present, 0);
  COROSIM_CHECK(gate->barrier.broken());
  co_await gate->barrier.reset();
  COROSIM_CHECK(!gate->barrier.broken());
  const int broken = gate->broken;
  std::vector<Task<void>> fresh;
  for (int i = 0; i < kParties; ++i) fresh.push_back(create_task(try_gate(gate, 1)));
  for (const Task<void>& task : fresh) co_await task;
  COROSIM_CHECK_EQ(gate->broken, broken);
}

template <class B>
Scenario gate_users() {
  auto gate = std::make_shared<Gate<B>>();
  Scenario scenario;
  for (int i = 0; i < kParties + 1; ++i) scenario.worker(try_gate(gate, i < 2 ? 2 : 1));
  return std::move(scenario.driver(break_and_mend(gate)));
}

// The fresh ones are the driver's own: cancelled, they would leave the others waiting, by right.
bool is_not_fresh(std::string_view path) { return path <= "main/try_gate#4"; }

TEST(CancellationLaws, ABarrierIsBrokenOrAllGetThrough) {
  expect_holds(Law("barrier", gate_users<Barrier>).cancels(is_not_fresh));
}

// Does not count a cancelled waiter out.
class LossyBarrier {
 public:
  explicit LossyBarrier(int parties) : parties_(parties) {}
  Coro<int> wait() {
    if (broken_) throw BrokenBarrierError("broken");
    const int index = count_++;
    if (index == parties_ - 1) {
      release();
      co_return index;
    }
    const Future<void> turn = turn_;
    co_await shield_from_others(turn);
    if (broken_) throw BrokenBarrierError("broken");
    co_return index;
  }
  Coro<void> abort() {
    broken_ = true;
    release();
    co_return;
  }
  Coro<void> reset() {
    broken_ = false;
    co_return;
  }
  bool broken() const { return broken_; }

 private:
  // Each waiter has a future of its own: cancelling one leaves the others alone.
  static Coro<void> shield_from_others(Future<void> turn) {
    const Future<void> own = get_running_loop().create_future<void>();
    turn.add_done_callback([own] {
      if (!own.done()) own.set_result();
    });
    co_await own;
  }
  void release() {
    count_ = 0;
    turn_.set_result();
    turn_ = get_running_loop().create_future<void>();
  }

  int parties_;
  int count_ = 0;
  bool broken_ = false;
  Future<void> turn_ = get_running_loop().create_future<void>();
};

TEST(CancellationLawsCanary, ABarrierThatCountsTheCancelled) {
  expect_breaks(Law("lossy_barrier", gate_users<LossyBarrier>).cancels(is_not_fresh));
}

}  // namespace
}  // namespace corosim::laws
