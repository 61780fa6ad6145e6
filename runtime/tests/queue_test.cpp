#include <corosim/runtime/queue.hpp>

#include <algorithm>
#include <memory>
#include <string>
#include <tuple>
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

Coro<void> passes(int count) {
  for (int i = 0; i < count; ++i) co_await sleep(0s);
}

Coro<void> get_one(Queue<int> queue, Log& log, std::string name) {
  try {
    const int item = co_await queue.get();
    log.push_back(name + " got " + std::to_string(item));
  } catch (const QueueShutDown&) {
    log.push_back(name + " shut down");
  }
}

Coro<void> put_one(Queue<int> queue, Log& log, int item) {
  try {
    co_await queue.put(item);
    log.push_back("put " + std::to_string(item));
  } catch (const QueueShutDown&) {
    log.push_back("shut down at " + std::to_string(item));
  }
}

template <class T>
std::vector<T> drain(const Queue<T>& queue) {
  std::vector<T> items;
  while (!queue.empty()) items.push_back(queue.get_nowait());
  return items;
}

TEST(Queue, GivesItemsFirstInFirstOut) {
  Queue<int> queue;
  for (int item : {3, 1, 2}) queue.put_nowait(item);
  EXPECT_EQ(queue.qsize(), 3U);
  EXPECT_EQ(queue.maxsize(), 0U);
  EXPECT_FALSE(queue.full());
  EXPECT_THAT(drain(queue), ElementsAre(3, 1, 2));
  EXPECT_TRUE(queue.empty());
}

TEST(Queue, RefusesToGetFromNothingAndToPutIntoNoSlot) {
  Queue<int> queue(1);
  EXPECT_THROW(queue.get_nowait(), QueueEmpty);
  queue.put_nowait(1);
  EXPECT_TRUE(queue.full());
  EXPECT_THROW(queue.put_nowait(2), QueueFull);
}

TEST(Queue, PutsAndGetsWithoutASchedulingPointWhereItCan) {
  const auto main = []() -> Coro<void> {
    Queue<int> queue(1);
    const Task<> other = create_task(passes(0));
    co_await queue.put(7);
    const int item = co_await queue.get();
    EXPECT_EQ(item, 7);
    EXPECT_FALSE(other.done());
  };
  run_virtual(main());
}

TEST(Queue, WakesGettersInTheOrderOfTheirComing) {
  Log log;
  const auto main = [&]() -> Coro<void> {
    Queue<int> queue;
    for (const char* name : {"a", "b", "c"}) create_task(get_one(queue, log, name));
    co_await passes(1);
    queue.put_nowait(1);
    queue.put_nowait(2);
    co_await passes(1);
    EXPECT_THAT(log, ElementsAre("a got 1", "b got 2"));
    queue.put_nowait(3);
    co_await passes(1);
  };
  run_virtual(main());
  EXPECT_THAT(log, ElementsAre("a got 1", "b got 2", "c got 3"));
}

TEST(Queue, WakesPuttersInTheOrderOfTheirComing) {
  Log log;
  const auto main = [&]() -> Coro<void> {
    Queue<int> queue(1);
    for (int item : {1, 2, 3}) create_task(put_one(queue, log, item));
    co_await passes(1);
    EXPECT_EQ(queue.get_nowait(), 1);
    co_await passes(1);
    EXPECT_EQ(queue.get_nowait(), 2);
    co_await passes(1);
    EXPECT_EQ(queue.get_nowait(), 3);
  };
  run_virtual(main());
  EXPECT_THAT(log, ElementsAre("put 1", "put 2", "put 3"));
}

TEST(Queue, SendsAWokenGetterBackWhenAnotherTookItsItem) {
  Log log;
  const auto main = [&]() -> Coro<void> {
    Queue<int> queue;
    create_task(get_one(queue, log, "a"));
    create_task(get_one(queue, log, "b"));
    co_await passes(1);
    queue.put_nowait(1);
    EXPECT_EQ(queue.get_nowait(), 1);
    co_await passes(1);
    EXPECT_TRUE(log.empty());
    queue.put_nowait(2);
    queue.put_nowait(3);
    co_await passes(1);
  };
  run_virtual(main());
  EXPECT_THAT(log, ElementsAre("b got 2", "a got 3"));
}

// Which of three getters is cancelled, and whether an item is put before that or after.
class QueueCancellation : public ::testing::TestWithParam<std::tuple<int, bool>> {};

TEST_P(QueueCancellation, LosesNoItem) {
  const int victim = std::get<0>(GetParam());
  const bool put_first = std::get<1>(GetParam());
  Log log;
  const auto main = [&]() -> Coro<void> {
    Queue<int> queue;
    std::vector<Task<>> tasks;
    for (const char* name : {"0", "1", "2"}) tasks.push_back(create_task(get_one(queue, log, name)));
    co_await passes(1);
    if (put_first) queue.put_nowait(1);
    tasks[static_cast<std::size_t>(victim)].cancel();
    if (!put_first) queue.put_nowait(1);
    queue.put_nowait(2);
    co_await passes(3);
    EXPECT_TRUE(queue.empty());
  };
  run_virtual(main());
  Log names{"0", "1", "2"};
  names.erase(names.begin() + victim);
  EXPECT_THAT(log, ElementsAre(names[0] + " got 1", names[1] + " got 2"));
}

INSTANTIATE_TEST_SUITE_P(EachGetter, QueueCancellation,
                         ::testing::Combine(::testing::Values(0, 1, 2), ::testing::Bool()));

TEST(Queue, PassesASlotOnWhenTheWokenPutterIsCancelled) {
  Log log;
  const auto main = [&]() -> Coro<void> {
    Queue<int> queue(1);
    queue.put_nowait(0);
    const Task<> first = create_task(put_one(queue, log, 1));
    const Task<> second = create_task(put_one(queue, log, 2));
    co_await passes(1);
    queue.get_nowait();
    first.cancel();
    co_await second;
    EXPECT_TRUE(first.cancelled());
    EXPECT_EQ(queue.get_nowait(), 2);
  };
  run_virtual(main());
  EXPECT_THAT(log, ElementsAre("put 2"));
}

TEST(Queue, JoinsWhenEveryItemIsDone) {
  Log log;
  const auto main = [&]() -> Coro<void> {
    Queue<int> queue;
    co_await queue.join();
    queue.put_nowait(1);
    queue.put_nowait(2);
    const auto join = [](Queue<int> joined, Log& lines) -> Coro<void> {
      co_await joined.join();
      lines.push_back("joined");
    };
    const Task<> joining = create_task(join(queue, log));
    co_await passes(1);
    queue.get_nowait();
    queue.get_nowait();
    queue.task_done();
    co_await passes(2);
    EXPECT_FALSE(joining.done());
    queue.task_done();
    co_await joining;
  };
  run_virtual(main());
  EXPECT_THAT(log, ElementsAre("joined"));
}

TEST(Queue, RefusesMoreDoneItemsThanWerePut) {
  Queue<int> queue;
  queue.put_nowait(1);
  queue.task_done();
  try {
    queue.task_done();
    FAIL() << "nothing was thrown";
  } catch (const ValueError& error) {
    EXPECT_STREQ(error.what(), "task_done() called too many times");
  }
}

TEST(QueueShutdown, LetsGettersEmptyTheQueueFirst) {
  const auto main = []() -> Coro<void> {
    Queue<int> queue;
    queue.put_nowait(1);
    queue.shutdown();
    EXPECT_THROW(queue.put_nowait(2), QueueShutDown);
    const int item = co_await queue.get();
    EXPECT_EQ(item, 1);
    EXPECT_THROW(queue.get_nowait(), QueueShutDown);
    bool refused = false;
    try {
      co_await queue.get();
    } catch (const QueueShutDown&) {
      refused = true;
    }
    EXPECT_TRUE(refused);
  };
  run_virtual(main());
}

TEST(QueueShutdown, ThrowsAtAllThatWait) {
  Log log;
  const auto main = [&]() -> Coro<void> {
    Queue<int> empty;
    create_task(get_one(empty, log, "a"));
    create_task(get_one(empty, log, "b"));
    Queue<int> full(1);
    full.put_nowait(0);
    create_task(put_one(full, log, 1));
    co_await passes(1);
    full.shutdown();
    empty.shutdown();
    co_await passes(1);
    EXPECT_EQ(full.get_nowait(), 0);
  };
  run_virtual(main());
  EXPECT_THAT(log, ElementsAre("shut down at 1", "a shut down", "b shut down"));
}

TEST(QueueShutdown, DropsTheItemsWhenItIsImmediate) {
  Log log;
  const auto main = [&]() -> Coro<void> {
    Queue<int> queue(2);
    queue.put_nowait(1);
    queue.put_nowait(2);
    create_task(put_one(queue, log, 3));
    co_await passes(1);
    queue.shutdown(true);
    EXPECT_TRUE(queue.empty());
    co_await queue.join();
    co_await passes(1);
    EXPECT_THROW(queue.get_nowait(), QueueShutDown);
    EXPECT_THROW(queue.task_done(), ValueError);
  };
  run_virtual(main());
  EXPECT_THAT(log, ElementsAre("shut down at 3"));
}

TEST(LifoQueue, GivesTheLatestItemFirst) {
  LifoQueue<int> queue;
  for (int item : {3, 1, 2}) queue.put_nowait(item);
  EXPECT_THAT(drain<int>(queue), ElementsAre(2, 1, 3));
}

TEST(PriorityQueue, GivesTheLeastItemFirst) {
  PriorityQueue<int> queue;
  for (int item : {5, 1, 4, 1, 3}) queue.put_nowait(item);
  EXPECT_THAT(drain<int>(queue), ElementsAre(1, 1, 3, 4, 5));
}

TEST(Queue, ACancelledGetterWhoseItemIsGoneLetsTheOthersKeepTheirPlaces) {
  Log log;
  const auto get = [&](Queue<int> queue, std::string name) -> Coro<void> {
    const int item = co_await queue.get();
    log.push_back(name + std::to_string(item));
  };
  const auto main = [&]() -> Coro<void> {
    const Queue<int> queue;
    std::vector<Task<void>> getters;
    for (const char* const name : {"a", "b", "c"}) getters.push_back(create_task(get(queue, name)));
    co_await sleep(1s);
    queue.put_nowait(0);  // wakes a
    queue.get_nowait();
    getters[0].cancel();
    co_await sleep(1s);
    queue.put_nowait(1);
    queue.put_nowait(2);
    co_await getters[1];
    co_await getters[2];
  };
  run_virtual(main());
  EXPECT_THAT(log, ElementsAre("b1", "c2"));
}

TEST(PriorityQueue, GivesManyItemsInOrder) {
  PriorityQueue<int> queue;
  std::vector<int> items;
  for (int i = 0; i < 200; ++i) {
    items.push_back(i * 37 % 101);
    queue.put_nowait(items.back());
  }
  std::sort(items.begin(), items.end());
  for (const int item : items) EXPECT_EQ(queue.get_nowait(), item);
}

TEST(PriorityQueue, TakesAnotherOrder) {
  PriorityQueue<int, std::greater<int>> queue;
  for (int item : {5, 1, 4}) queue.put_nowait(item);
  EXPECT_THAT(drain<int>(queue), ElementsAre(5, 4, 1));
}

struct ByPriority {
  bool operator()(const std::pair<int, char>& a, const std::pair<int, char>& b) const { return a.first < b.first; }
};

// The order that CPython's heapq gives for items that compare by their number only.
TEST(PriorityQueue, GivesEqualItemsInTheOrderOfPythonsHeap) {
  PriorityQueue<std::pair<int, char>, ByPriority> queue;
  const std::vector<std::pair<int, char>> items{{1, 'a'}, {0, 'b'}, {1, 'c'}, {0, 'd'}, {1, 'e'},
                                                {0, 'f'}, {1, 'g'}, {2, 'h'}, {0, 'i'}, {1, 'j'}};
  for (const auto& item : items) queue.put_nowait(item);
  std::string order;
  for (const auto& item : drain<std::pair<int, char>>(queue)) order += item.second;
  EXPECT_EQ(order, "bfdigcjeah");
}

TEST(Queue, HoldsItemsThatOnlyMove) {
  const auto main = []() -> Coro<void> {
    PriorityQueue<std::unique_ptr<int>> queue(2);
    co_await queue.put(std::make_unique<int>(7));
    const std::unique_ptr<int> item = co_await queue.get();
    EXPECT_EQ(*item, 7);
  };
  run_virtual(main());
}

TEST(Queue, NamesItselfAndTheOperationInReports) {
  Log log;
  const auto main = [&]() -> Coro<void> {
    Queue<int> queue(0, "jobs");
    const Task<> task = create_task(get_one(queue, log, "a"));
    co_await passes(1);
    EXPECT_EQ(task.state()->as_task()->parked()->waits_for(), "Queue.get \"jobs\"");
    queue.shutdown();
    co_await task;
  };
  run_virtual(main());
}

TEST(QueueTeardown, DestroysTheLoopAtEveryPass) {
  const auto main = [](Log& log) -> Coro<void> {
    Queue<int> queue(1);
    const Task<> a = create_task(get_one(queue, log, "a"));
    const Task<> b = create_task(get_one(queue, log, "b"));
    co_await passes(1);
    queue.put_nowait(1);
    a.cancel();
    co_await b;
    create_task(put_one(queue, log, 1));
    const Task<> c = create_task(put_one(queue, log, 2));
    create_task(put_one(queue, log, 3));
    co_await passes(1);
    queue.get_nowait();
    c.cancel();
    co_await queue.join();
  };
  for (int pass_count = 0; pass_count < 9; ++pass_count) {
    Log log;
    run_and_destroy(main(log), pass_count);
  }
}

}  // namespace
}  // namespace corosim
