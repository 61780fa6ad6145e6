// CPython's own tests of join() and shutdown() of queues, from the mixins in `test_queues.py`, which run over all three
// kinds of queue, under the names of the Python methods. docs/cpython-tests.md lists the cases that have no meaning in
// C++.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <corosim/runtime/queue.hpp>
#include <corosim/runtime/sleep.hpp>
#include <corosim/runtime/task.hpp>
#include <corosim/runtime/task_group.hpp>

#include "expect_throw.hpp"
#include "test_loop.hpp"

namespace corosim {
namespace {

using namespace std::chrono_literals;
using testing::expect_throw;
using testing::TestLoop;

// Python's `q_class`.
struct Fifo {
  template <class T>
  using Of = Queue<T>;
  static constexpr const char* kName = "Queue";
};
struct Lifo {
  template <class T>
  using Of = LifoQueue<T>;
  static constexpr const char* kName = "LifoQueue";
};
struct Priority {
  template <class T>
  using Of = PriorityQueue<T>;
  static constexpr const char* kName = "PriorityQueue";
};
using Kinds = ::testing::Types<Fifo, Lifo, Priority>;

struct KindName {
  template <class Kind>
  static std::string GetName(int) {
    return Kind::kName;
  }
};

// Queue.join() is an awaiter; a task runs a coroutine.
template <class T>
Coro<void> join(Queue<T> q) {
  co_await q.join();
}

// QueueJoinTests, LifoQueueJoinTests, PriorityQueueJoinTests ----------------------------------------------------------

template <class Kind>
class CPythonQueueJoin : public ::testing::Test {
 protected:
  using Ints = typename Kind::template Of<int>;

  TestLoop loop;
};
TYPED_TEST_SUITE(CPythonQueueJoin, Kinds, KindName);

TYPED_TEST(CPythonQueueJoin, task_done_underflow) {
  EXPECT_THROW(typename TestFixture::Ints().task_done(), ValueError);
}

TYPED_TEST(CPythonQueueJoin, task_done) {
  const typename TestFixture::Ints q;
  for (int i = 0; i < 100; ++i) q.put_nowait(i);
  int accumulator = 0;
  bool running = true;
  // Two workers get items from the queue and call task_done() after each.
  const auto worker = [&]() -> Coro<void> {
    while (running) {
      const int item = co_await q.get();
      accumulator += item;
      q.task_done();
    }
  };
  const auto body = [&](TaskGroup& tg) -> Coro<void> {
    std::vector<Task<>> tasks;
    for (int index = 0; index < 2; ++index) tasks.push_back(tg.create_task(worker()));

    co_await q.join();
    EXPECT_EQ(accumulator, 4950);  // 0 + 1 + ... + 99

    running = false;
    for (std::size_t i = 0; i < tasks.size(); ++i) q.put_nowait(0);
  };
  this->loop->run_until_complete(task_group(body));
}

TYPED_TEST(CPythonQueueJoin, join_empty_queue) {
  const auto test = [](Queue<int> q) -> Coro<bool> {
    co_await q.join();
    co_await q.join();
    co_return true;
  };
  EXPECT_TRUE(this->loop->run_until_complete(test(typename TestFixture::Ints())));
}

// QueueShutdownTests, LifoQueueShutdownTests, PriorityQueueShutdownTests ----------------------------------------------

template <class Kind>
class CPythonQueueShutdown : public ::testing::Test {
 protected:
  using Strings = typename Kind::template Of<std::string>;

  TestLoop loop;
};
TYPED_TEST_SUITE(CPythonQueueShutdown, Kinds, KindName);

// "Ensure put() and get() raise ShutDown"
Coro<void> expect_shut_down(Queue<std::string> q) {
  co_await expect_throw<QueueShutDown>(q.put("data"));
  EXPECT_THROW(q.put_nowait("data"), QueueShutDown);

  co_await expect_throw<QueueShutDown>(q.get());
  EXPECT_THROW(q.get_nowait(), QueueShutDown);
}

TYPED_TEST(CPythonQueueShutdown, shutdown_empty) {
  const auto test = [](Queue<std::string> q) -> Coro<void> {
    const Task<std::string> get_task = create_task(q.get());
    co_await sleep(0s);  // get_task is to be pending before the shutdown

    q.shutdown(false);  // unfinished tasks: 0 -> 0
    EXPECT_EQ(q.qsize(), 0U);
    co_await q.join();

    co_await sleep(0s);
    EXPECT_TRUE(get_task.done());
    co_await expect_throw<QueueShutDown>(get_task);

    co_await expect_shut_down(q);
  };
  this->loop->run_until_complete(test(typename TestFixture::Strings()));
}

TYPED_TEST(CPythonQueueShutdown, shutdown_nonempty) {
  const auto test = [](Queue<std::string> q) -> Coro<void> {
    q.put_nowait("data");
    const Task<> join_task = create_task(join(q));
    const Task<> put_task = create_task(q.put("data2"));
    co_await sleep(0s);
    EXPECT_FALSE(put_task.done());

    q.shutdown(false);  // unfinished tasks: 1 -> 1
    EXPECT_EQ(q.qsize(), 1U);

    co_await sleep(0s);
    EXPECT_TRUE(put_task.done());
    co_await expect_throw<QueueShutDown>(put_task);

    // get() still gives the item that is there.
    const std::string item = co_await q.get();
    EXPECT_EQ(item, "data");

    co_await sleep(0s);
    EXPECT_FALSE(join_task.done());

    co_await expect_shut_down(q);

    // There is one unfinished task.
    q.task_done();
    co_await sleep(0s);
    EXPECT_TRUE(join_task.done());
    co_await join_task;
    EXPECT_THROW(q.task_done(), ValueError);
  };
  this->loop->run_until_complete(test(typename TestFixture::Strings(1)));
}

TYPED_TEST(CPythonQueueShutdown, shutdown_immediate) {
  const auto test = [](Queue<std::string> q) -> Coro<void> {
    q.put_nowait("data");
    const Task<> join_task = create_task(join(q));

    q.shutdown(true);  // unfinished tasks: 1 -> 0
    EXPECT_EQ(q.qsize(), 0U);

    co_await sleep(0s);
    EXPECT_TRUE(join_task.done());
    co_await join_task;

    co_await expect_shut_down(q);
    EXPECT_THROW(q.task_done(), ValueError);
  };
  this->loop->run_until_complete(test(typename TestFixture::Strings()));
}

TYPED_TEST(CPythonQueueShutdown, shutdown_immediate_with_unfinished) {
  const auto test = [](Queue<std::string> q) -> Coro<void> {
    q.put_nowait("data");
    q.put_nowait("data");
    const Task<> join_task = create_task(join(q));
    const std::string item = co_await q.get();
    EXPECT_EQ(item, "data");

    q.shutdown(true);  // unfinished tasks: 2 -> 1
    EXPECT_EQ(q.qsize(), 0U);

    co_await sleep(0s);
    EXPECT_FALSE(join_task.done());

    co_await expect_shut_down(q);

    // There is one unfinished task.
    q.task_done();
    EXPECT_THROW(q.task_done(), ValueError);

    co_await sleep(0s);
    EXPECT_TRUE(join_task.done());
    co_await join_task;
  };
  this->loop->run_until_complete(test(typename TestFixture::Strings()));
}

}  // namespace
}  // namespace corosim
