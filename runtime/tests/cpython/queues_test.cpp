// CPython's own tests of queues, from `test_queues.py`, one test for one test, under the names of the Python methods;
// the tests of join() and shutdown() are in queues_join_test.cpp. docs/cpython-tests.md lists the cases that have no
// meaning in C++.
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <corosim/runtime/event.hpp>
#include <corosim/runtime/queue.hpp>
#include <corosim/runtime/sleep.hpp>
#include <corosim/runtime/task.hpp>
#include <corosim/runtime/task_group.hpp>
#include <corosim/runtime/timeout.hpp>

#include "expect_throw.hpp"
#include "test_loop.hpp"

namespace corosim {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using testing::expect_throw;
using testing::TestLoop;
using ::testing::UnorderedElementsAre;

// Puts 1, 3, 2 and gets three items.
Coro<std::vector<int>> put_three_and_get_them(Queue<int> q) {
  std::vector<int> items;
  for (const int i : {1, 3, 2}) co_await q.put(i);
  for (int i = 0; i < 3; ++i) items.push_back(co_await q.get());
  co_return items;
}

// What the task waits in: Python's `len(queue._getters)` and `len(queue._putters)`, seen from the other side.
std::string_view waits_in(const AnyTask& task) {
  const detail::Waiter* const waiter = task.state()->as_task()->parked();
  return waiter != nullptr ? waiter->waits_for() : std::string_view();
}

// QueueBasicTests -----------------------------------------------------------------------------------------------------

TEST(CPythonQueueBasic, empty) {
  TestLoop loop;
  const auto test = []() -> Coro<void> {
    const Queue<int> q;
    EXPECT_TRUE(q.empty());
    co_await q.put(1);
    EXPECT_FALSE(q.empty());
    const int item = co_await q.get();
    EXPECT_EQ(item, 1);
    EXPECT_TRUE(q.empty());
  };
  loop->run_until_complete(test());
}

TEST(CPythonQueueBasic, full) {
  TestLoop loop;
  const auto test = []() -> Coro<void> {
    const Queue<int> unlimited;
    EXPECT_FALSE(unlimited.full());

    const Queue<int> q(1);
    co_await q.put(1);
    EXPECT_TRUE(q.full());
  };
  loop->run_until_complete(test());
}

TEST(CPythonQueueBasic, order) {
  TestLoop loop;
  EXPECT_THAT(loop->run_until_complete(put_three_and_get_them(Queue<int>())), ElementsAre(1, 3, 2));
}

TEST(CPythonQueueBasic, maxsize) {
  TestLoop loop;
  const Queue<int> q(2);
  EXPECT_EQ(q.maxsize(), 2U);
  std::vector<int> have_been_put;
  const auto putter = [&]() -> Coro<bool> {
    for (int i = 0; i < 3; ++i) {
      co_await q.put(i);
      have_been_put.push_back(i);
    }
    co_return true;
  };
  const auto test = [&]() -> Coro<void> {
    const Task<bool> t = create_task(putter());
    for (int i = 0; i < 2; ++i) co_await sleep(0s);

    // The putter is blocked after putting two items.
    EXPECT_THAT(have_been_put, ElementsAre(0, 1));
    const int first = co_await q.get();
    EXPECT_EQ(first, 0);

    // Let the putter resume and put the last item.
    co_await sleep(0s);
    EXPECT_THAT(have_been_put, ElementsAre(0, 1, 2));
    const int second = co_await q.get();
    EXPECT_EQ(second, 1);
    const int third = co_await q.get();
    EXPECT_EQ(third, 2);

    EXPECT_TRUE(t.done());
    EXPECT_TRUE(t.result());
  };
  loop->run_until_complete(test());
}

// QueueGetTests -------------------------------------------------------------------------------------------------------

TEST(CPythonQueueGet, blocking_get) {
  TestLoop loop;
  const Queue<int> q;
  q.put_nowait(1);
  EXPECT_EQ(loop->run_until_complete(q.get()), 1);
}

// Python puts a future of its own into the queue's line of putters; here a task waits there.
TEST(CPythonQueueGet, get_with_putters) {
  TestLoop loop;
  const auto test = []() -> Coro<void> {
    const Queue<int> q(1);
    co_await q.put(1);
    const Task<> waiter = create_task(q.put(2));
    co_await sleep(0s);
    EXPECT_EQ(waits_in(waiter), "Queue.put");

    const int item = co_await q.get();
    EXPECT_EQ(item, 1);
    EXPECT_EQ(waits_in(waiter), "");
    co_await waiter;
  };
  loop->run_until_complete(test());
}

TEST(CPythonQueueGet, blocking_get_wait) {
  TestLoop loop;
  const Queue<int> q;
  Event started;
  bool finished = false;
  const auto queue_get = [&]() -> Coro<int> {
    started.set();
    const int res = co_await q.get();
    finished = true;
    co_return res;
  };
  const auto test = [&]() -> Coro<void> {
    const Task<int> queue_get_task = create_task(queue_get());
    co_await started.wait();
    EXPECT_FALSE(finished);
    loop->call_later(10ms, [&] { q.put_nowait(1); });
    const int res = co_await queue_get_task;
    EXPECT_TRUE(finished);
    EXPECT_EQ(res, 1);
  };
  loop->run_until_complete(test());
  EXPECT_EQ(loop.time(), 10ms);
}

TEST(CPythonQueueGet, nonblocking_get) {
  const Queue<int> q;
  q.put_nowait(1);
  EXPECT_EQ(q.get_nowait(), 1);
}

TEST(CPythonQueueGet, nonblocking_get_exception) {
  const Queue<int> q;
  EXPECT_THROW(q.get_nowait(), QueueEmpty);
}

TEST(CPythonQueueGet, get_cancelled_race) {
  TestLoop loop;
  const auto test = []() -> Coro<void> {
    const Queue<char> q;
    const Task<char> t1 = create_task(q.get());
    const Task<char> t2 = create_task(q.get());

    co_await sleep(0s);
    t1.cancel();
    co_await sleep(0s);
    EXPECT_TRUE(t1.done());
    co_await q.put('a');
    co_await sleep(0s);
    const char item = co_await t2;
    EXPECT_EQ(item, 'a');
  };
  loop->run_until_complete(test());
}

TEST(CPythonQueueGet, get_with_waiting_putters) {
  TestLoop loop;
  const auto test = []() -> Coro<void> {
    const Queue<char> q(1);
    create_task(q.put('a'));
    create_task(q.put('b'));
    const char first = co_await q.get();
    EXPECT_EQ(first, 'a');
    const char second = co_await q.get();
    EXPECT_EQ(second, 'b');
  };
  loop->run_until_complete(test());
}

TEST(CPythonQueueGet, why_are_getters_waiting) {
  TestLoop loop;
  const auto consumer = [](Queue<int> queue, int num_expected) -> Coro<void> {
    for (int i = 0; i < num_expected; ++i) co_await queue.get();
  };
  const auto producer = [](Queue<int> queue, int num_items) -> Coro<void> {
    for (int i = 0; i < num_items; ++i) co_await queue.put(i);
  };
  const int producer_num_items = 5;

  const Queue<int> q(1);
  const auto body = [&](TaskGroup& tg) -> Coro<void> {
    tg.create_task(producer(q, producer_num_items));
    tg.create_task(consumer(q, producer_num_items));
    co_return;
  };
  EXPECT_NO_THROW(loop->run_until_complete(task_group(body)));  // a getter left behind is a DeadlockError
  EXPECT_TRUE(q.empty());
}

// Python looks at `queue._getters`. A waiter that is held there would be woken by the next put, in a frame that is
// gone.
TEST(CPythonQueueGet, cancelled_getters_not_being_held_in_self_getters) {
  TestLoop loop;
  const auto test = []() -> Coro<void> {
    const Queue<int> queue(5);
    co_await expect_throw<TimeoutError>(wait_for(queue.get(), 100ms));

    const Task<int> next = create_task(queue.get());
    co_await sleep(0s);
    queue.put_nowait(1);
    EXPECT_EQ(waits_in(next), "");
    const int item = co_await next;
    EXPECT_EQ(item, 1);
  };
  loop->run_until_complete(test());
}

// QueuePutTests -------------------------------------------------------------------------------------------------------

TEST(CPythonQueuePut, blocking_put) {
  TestLoop loop;
  const auto test = []() -> Coro<void> {
    const Queue<int> q;
    co_await q.put(1);  // no maxsize: does not block
    const int item = co_await q.get();
    EXPECT_EQ(item, 1);
  };
  loop->run_until_complete(test());
}

TEST(CPythonQueuePut, blocking_put_wait) {
  TestLoop loop;
  const Queue<int> q(1);
  Event started;
  bool finished = false;
  const auto queue_put = [&]() -> Coro<void> {
    started.set();
    co_await q.put(1);
    co_await q.put(2);
    finished = true;
  };
  const auto test = [&]() -> Coro<void> {
    loop->call_later(10ms, [&] { q.get_nowait(); });
    const Task<> queue_put_task = create_task(queue_put());
    co_await started.wait();
    EXPECT_FALSE(finished);
    co_await queue_put_task;
    EXPECT_TRUE(finished);
  };
  loop->run_until_complete(test());
  EXPECT_EQ(loop.time(), 10ms);
}

TEST(CPythonQueuePut, nonblocking_put) {
  const Queue<int> q;
  q.put_nowait(1);
  EXPECT_EQ(q.get_nowait(), 1);
}

TEST(CPythonQueuePut, get_cancel_drop_one_pending_reader) {
  TestLoop loop;
  const auto test = []() -> Coro<void> {
    const Queue<int> q;
    Task<int> reader = create_task(q.get());
    co_await sleep(0s);

    q.put_nowait(1);
    q.put_nowait(2);
    reader.cancel();
    co_await expect_throw<CancelledError>(reader);
    reader = create_task(q.get());  // try again
    co_await reader;

    EXPECT_EQ(reader.result(), 1);  // 2 means that 1 was dropped
  };
  loop->run_until_complete(test());
}

TEST(CPythonQueuePut, get_cancel_drop_many_pending_readers) {
  TestLoop loop;
  Task<int> reader2;
  Task<int> reader3;
  const auto body = [&](TaskGroup& tg) -> Coro<void> {
    const Queue<int> q;
    const Task<int> reader1 = tg.create_task(q.get());
    reader2 = tg.create_task(q.get());
    reader3 = tg.create_task(q.get());
    co_await sleep(0s);

    q.put_nowait(1);
    q.put_nowait(2);
    reader1.cancel();
    co_await expect_throw<CancelledError>(reader1);
    co_await reader3;
  };
  loop->run_until_complete(task_group(body));
  // Python leaves open in which order concurrent readers receive results.
  const std::vector<int> results{reader2.result(), reader3.result()};
  EXPECT_THAT(results, UnorderedElementsAre(1, 2));
}

TEST(CPythonQueuePut, put_cancel_drop) {
  TestLoop loop;
  const auto test = []() -> Coro<void> {
    const Queue<int> q(1);
    q.put_nowait(1);
    Task<> writer = create_task(q.put(2));  // has to wait: the queue is full
    co_await sleep(0s);

    EXPECT_EQ(q.get_nowait(), 1);
    writer.cancel();
    co_await expect_throw<CancelledError>(writer);
    writer = create_task(q.put(2));  // try again
    co_await writer;

    EXPECT_EQ(q.get_nowait(), 2);
    EXPECT_EQ(q.qsize(), 0U);
  };
  loop->run_until_complete(test());
}

TEST(CPythonQueuePut, nonblocking_put_exception) {
  const Queue<int> q(1);
  q.put_nowait(1);
  EXPECT_THROW(q.put_nowait(2), QueueFull);
}

TEST(CPythonQueuePut, put_cancelled) {
  TestLoop loop;
  const auto test = []() -> Coro<void> {
    const Queue<int> q;
    const auto queue_put = [&]() -> Coro<bool> {
      co_await q.put(1);
      co_return true;
    };
    const Task<bool> t = create_task(queue_put());

    const int item = co_await q.get();
    EXPECT_EQ(item, 1);
    EXPECT_TRUE(t.done());
    EXPECT_TRUE(t.result());
  };
  loop->run_until_complete(test());
}

TEST(CPythonQueuePut, put_cancelled_race) {
  TestLoop loop;
  const auto test = []() -> Coro<void> {
    const Queue<char> q(1);
    const Task<> put_a = create_task(q.put('a'));
    const Task<> put_b = create_task(q.put('b'));
    const Task<> put_c = create_task(q.put('X'));

    co_await sleep(0s);
    EXPECT_TRUE(put_a.done());
    EXPECT_FALSE(put_b.done());

    put_c.cancel();
    co_await sleep(0s);
    EXPECT_TRUE(put_c.done());
    EXPECT_EQ(q.get_nowait(), 'a');
    co_await sleep(0s);
    EXPECT_EQ(q.get_nowait(), 'b');

    co_await put_b;
  };
  loop->run_until_complete(test());
}

TEST(CPythonQueuePut, put_with_waiting_getters) {
  TestLoop loop;
  const auto test = []() -> Coro<void> {
    const Queue<char> q;
    const Task<char> t = create_task(q.get());
    co_await sleep(0s);
    co_await q.put('a');
    const char item = co_await t;
    EXPECT_EQ(item, 'a');
  };
  loop->run_until_complete(test());
}

TEST(CPythonQueuePut, why_are_putters_waiting) {
  TestLoop loop;
  const Queue<int> queue(2);
  const auto putter = [&](int item) -> Coro<void> { co_await queue.put(item); };
  const auto getter = [&]() -> Coro<void> {
    co_await sleep(0s);
    const std::size_t num = queue.qsize();
    for (std::size_t i = 0; i < num; ++i) queue.get_nowait();
  };
  const auto body = [&](TaskGroup& tg) -> Coro<void> {
    tg.create_task(getter());
    tg.create_task(putter(0));
    tg.create_task(putter(1));
    tg.create_task(putter(2));
    tg.create_task(putter(3));
    co_return;
  };
  EXPECT_NO_THROW(loop->run_until_complete(task_group(body)));  // a putter left behind is a DeadlockError
  EXPECT_EQ(queue.qsize(), 2U);
}

// Python looks at `queue._putters`. A waiter that is held there would be woken by the next get, in a frame that is
// gone.
TEST(CPythonQueuePut, cancelled_puts_not_being_held_in_self_putters) {
  TestLoop loop;
  const auto test = []() -> Coro<void> {
    const Queue<int> queue(1);
    queue.put_nowait(1);
    const Task<> put_task = create_task(queue.put(1));
    co_await sleep(0s);
    EXPECT_EQ(waits_in(put_task), "Queue.put");

    put_task.cancel();
    co_await expect_throw<CancelledError>(put_task);

    const Task<> next = create_task(queue.put(2));
    co_await sleep(0s);
    queue.get_nowait();
    EXPECT_EQ(waits_in(next), "");
    co_await next;
  };
  loop->run_until_complete(test());
}

TEST(CPythonQueuePut, cancelled_put_silence_value_error_exception) {
  TestLoop loop;
  const auto test = []() -> Coro<void> {
    const Queue<int> queue(1);
    queue.put_nowait(1);
    const Task<> put_task = create_task(queue.put(1));
    co_await sleep(0s);

    // get_nowait() takes the waiter of put_task out of the line of putters, so that put() does not find it there when
    // it is cancelled.
    queue.get_nowait();
    put_task.cancel();
    co_await expect_throw<CancelledError>(put_task);
  };
  loop->run_until_complete(test());
}

// LifoQueueTests, PriorityQueueTests ----------------------------------------------------------------------------------

TEST(CPythonLifoQueue, order) {
  TestLoop loop;
  EXPECT_THAT(loop->run_until_complete(put_three_and_get_them(LifoQueue<int>())), ElementsAre(2, 3, 1));
}

TEST(CPythonPriorityQueue, order) {
  TestLoop loop;
  EXPECT_THAT(loop->run_until_complete(put_three_and_get_them(PriorityQueue<int>())), ElementsAre(1, 2, 3));
}

}  // namespace
}  // namespace corosim
