// Queues, whose producers and consumers are cancelled at every wait and every moment: what was put was got, is in the
// queue, or was refused, and nobody waits for what is there.
#include <algorithm>
#include <deque>
#include <exception>
#include <memory>
#include <vector>

#include <corosim/runtime/future.hpp>
#include <corosim/runtime/queue.hpp>
#include <corosim/runtime/sleep.hpp>
#include <corosim/runtime/task.hpp>
#include <corosim/sim/check.hpp>

#include <gtest/gtest.h>

#include "cancellation_law.hpp"

namespace corosim::laws {
namespace {

using namespace std::chrono_literals;

template <class Q>
struct Depot {
  explicit Depot(std::size_t maxsize) : queue(maxsize) {}

  Q queue;
  std::vector<int> put;  // in the order in which put() returned
  std::vector<int> got;  // in the order in which get() returned
  int putting = 0;       // tasks inside put()
  int getting = 0;
  int joining = 0;
  int working = 0;
};

// Counts in `inside` while it lives; exceptions pass.
class Inside {
 public:
  explicit Inside(int& inside) : inside_(inside) { ++inside_; }
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;
  ~Inside() { --inside_; }

 private:
  int& inside_;
};

template <class Q>
Coro<void> put_one(std::shared_ptr<Depot<Q>> depot, int item) {
  const Inside inside(depot->putting);
  co_await depot->queue.put(item);
  depot->put.push_back(item);
}

template <class Q>
Coro<int> get_one(std::shared_ptr<Depot<Q>> depot) {
  const Inside inside(depot->getting);
  const int item = co_await depot->queue.get();
  depot->got.push_back(item);
  co_return item;
}

template <class Q>
Coro<void> produce(std::shared_ptr<Depot<Q>> depot, int first, Duration pause) {
  for (int i = 0; i < 3; ++i) {
    co_await put_one(depot, first + i);
    co_await sleep(pause);
  }
}

// Works on items until the queue is shut down. The work on an item may be cancelled, but is always reported done.
template <class Q>
Coro<void> consume(std::shared_ptr<Depot<Q>> depot, Duration work) {
  try {
    while (true) {
      co_await get_one(depot);
      const Inside inside(depot->working);
      std::exception_ptr error;
      try {
        co_await sleep(work);
      } catch (...) {
        error = std::current_exception();
      }
      depot->queue.task_done();
      if (error) std::rethrow_exception(error);
    }
  } catch (const QueueShutDown&) {
  }
}

// When nothing more can happen, nobody waits for an item or a slot that is there.
template <class Q>
Coro<void> look_and_shut_down(std::shared_ptr<Depot<Q>> depot) {
  co_await sleep(1s);
  if (depot->getting > 0) COROSIM_CHECK(depot->queue.empty());
  if (depot->putting > 0) COROSIM_CHECK(depot->queue.full());
  COROSIM_CHECK_EQ(depot->joining, 0);
  depot->queue.shutdown();
}

template <class Q>
void check_conserved(Depot<Q>& depot) {
  std::vector<int> left = depot.got;
  while (!depot.queue.empty()) left.push_back(depot.queue.get_nowait());
  std::vector<int> put = depot.put;
  if constexpr (!std::is_same_v<Q, Queue<int>>) {  // the others give another order
    std::sort(left.begin(), left.end());
    std::sort(put.begin(), put.end());
  }
  COROSIM_CHECK(left == put);
}

template <class Q>
Scenario trade() {
  auto depot = std::make_shared<Depot<Q>>(2U);
  Scenario scenario;
  scenario.worker(produce(depot, 100, 0ms)).worker(produce(depot, 200, 1ms));
  scenario.worker(consume(depot, 1ms)).worker(consume(depot, 0ms)).worker(consume(depot, 1ms));
  scenario.driver(look_and_shut_down(depot)).check([depot] { check_conserved(*depot); });
  return scenario;
}

TEST(CancellationLaws, AQueueLosesNoItem) { expect_holds(Law("queue", trade<Queue<int>>)); }
TEST(CancellationLaws, ALifoQueueLosesNoItem) { expect_holds(Law("lifo_queue", trade<LifoQueue<int>>)); }
TEST(CancellationLaws, APriorityQueueLosesNoItem) { expect_holds(Law("priority_queue", trade<PriorityQueue<int>>)); }

// Many producers for one slot: here the putters wait, and a wake-up that is lost is lost for good.
template <class Q>
Scenario crowd() {
  auto depot = std::make_shared<Depot<Q>>(1U);
  Scenario scenario;
  for (int i = 0; i < 4; ++i) scenario.worker(produce(depot, 100 * i, 0ms));
  scenario.worker(consume(depot, 2ms)).worker(consume(depot, 3ms)).worker(consume(depot, 2ms));
  scenario.driver(look_and_shut_down(depot)).check([depot] { check_conserved(*depot); });
  return scenario;
}

TEST(CancellationLaws, AQueueLosesNoSlot) { expect_holds(Law("crowded_queue", crowd<Queue<int>>)); }

// A queue that forgets its waiters' cancellation in one of two ways.
template <bool kLosesItems>
class LossyQueue {
 public:
  explicit LossyQueue(std::size_t most) : most_(most) {}
  Coro<void> put(int item) {
    while (full()) co_await turn(putters_);
    items_.push_back(item);
    wake(getters_);
  }
  Coro<int> get() {
    while (empty()) {
      if (closed_) throw QueueShutDown();
      co_await turn(getters_);
    }
    const int item = take();
    if constexpr (kLosesItems) co_await sleep(0ms);  // who is cancelled here takes the item along
    co_return item;
  }
  int get_nowait() { return take(); }
  void task_done() {}
  bool empty() const { return items_.empty(); }
  bool full() const { return items_.size() >= most_; }
  void shutdown() {
    closed_ = true;
    while (!getters_.empty()) wake(getters_);
  }

 private:
  using Turns = std::deque<Future<void>>;
  static Coro<void> turn(Turns& line) {
    const Future<void> future = get_running_loop().create_future<void>();
    line.push_back(future);
    co_await future;  // a woken task that is cancelled does not wake the next
  }
  static void wake(Turns& line) {
    while (!line.empty()) {
      const Future<void> future = line.front();
      line.pop_front();
      if (future.done()) continue;
      future.set_result();
      return;
    }
  }
  int take() {
    const int item = items_.front();
    items_.pop_front();
    wake(putters_);
    return item;
  }

  std::size_t most_;
  std::deque<int> items_;
  Turns getters_;
  Turns putters_;
  bool closed_ = false;
};

TEST(CancellationLawsCanary, AQueueThatLosesWakeUps) { expect_breaks(Law("lossy_queue", trade<LossyQueue<false>>)); }
TEST(CancellationLawsCanary, AQueueThatLosesSlots) { expect_breaks(Law("lossy_slots", crowd<LossyQueue<false>>)); }
TEST(CancellationLawsCanary, AQueueThatLosesItems) { expect_breaks(Law("lossy_items", crowd<LossyQueue<true>>)); }

// join() --------------------------------------------------------------------------------------------------------------

template <class Q>
Coro<void> join_queue(std::shared_ptr<Depot<Q>> depot) {
  co_await sleep(1ms);
  const Inside inside(depot->joining);
  try {
    co_await depot->queue.join();
  } catch (const CancelledError&) {
    COROSIM_CHECK(current_task()->cancelling() > 0);  // nobody else's cancellation arrives here
    throw;
  }
}

template <class Q>
Scenario join_trade() {
  auto depot = std::make_shared<Depot<Q>>(2U);
  Scenario scenario;
  scenario.worker(produce(depot, 100, 1ms)).worker(join_queue(depot)).worker(join_queue(depot));
  scenario.worker(consume(depot, 1ms)).worker(consume(depot, 2ms)).worker(consume(depot, 2ms));
  scenario.driver(look_and_shut_down(depot)).check([depot] { check_conserved(*depot); });
  return scenario;
}

TEST(CancellationLaws, JoiningAQueueEndsWithItsWork) { expect_holds(Law("join", join_trade<Queue<int>>)); }

// All joiners await one future, so that who cancels one cancels all.
class CommonJoin : public Queue<int> {
 public:
  using Queue<int>::Queue;
  Coro<void> put(int item) {
    if (left_++ == 0) finished_ = get_running_loop().create_future<void>();
    co_await Queue<int>::put(item);
  }
  void task_done() {
    Queue<int>::task_done();
    if (--left_ == 0 && !finished_.done()) finished_.set_result();
  }
  Coro<void> join() {
    if (left_ > 0) co_await finished_;
  }

 private:
  int left_ = 0;
  Future<void> finished_;
};

TEST(CancellationLawsCanary, JoinersThatShareAFuture) { expect_breaks(Law("common_join", join_trade<CommonJoin>)); }

// shutdown() ----------------------------------------------------------------------------------------------------------

struct Closing {
  Queue<int> queue{2};
  int put = 0;
  int got = 0;
  int dropped = 0;
};

Coro<void> put_until_closed(std::shared_ptr<Closing> depot) {
  try {
    for (int i = 0; i < 3; ++i) {
      co_await depot->queue.put(i);
      ++depot->put;
    }
  } catch (const QueueShutDown&) {
  }
}

Coro<void> get_until_closed(std::shared_ptr<Closing> depot) {
  co_await sleep(2ms);
  try {
    while (true) {
      co_await depot->queue.get();
      ++depot->got;
      co_await sleep(1ms);
    }
  } catch (const QueueShutDown&) {
  }
}

Coro<void> close_queue(std::shared_ptr<Closing> depot, Duration when, bool immediate) {
  co_await sleep(when);
  if (immediate) depot->dropped = static_cast<int>(depot->queue.qsize());
  depot->queue.shutdown(immediate);
}

// At 1 ms putters wait, at 20 ms getters do.
Scenario closing(Duration when, bool immediate) {
  auto depot = std::make_shared<Closing>();
  Scenario scenario;
  for (int i = 0; i < 3; ++i) scenario.worker(put_until_closed(depot)).worker(get_until_closed(depot));
  scenario.driver(close_queue(depot, when, immediate)).check([depot] {
    COROSIM_CHECK_EQ(depot->put, depot->got + depot->dropped + static_cast<int>(depot->queue.qsize()));
  });
  return scenario;
}

TEST(CancellationLaws, AQueueThatIsShutDownLetsEverybodyGo) {
  for (const bool immediate : {false, true}) {
    for (const Duration when : {Duration(1ms), Duration(3ms), Duration(20ms)}) {
      const Law law("shutdown", [when, immediate] { return closing(when, immediate); });
      expect_holds(law);
    }
  }
}

}  // namespace
}  // namespace corosim::laws
