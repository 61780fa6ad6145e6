// CPython's own tests of asyncio.gather, from `test_tasks.py`, one test for one test, under the names of the Python
// methods: GatherTestsBase runs over futures and over coroutines. docs/cpython-tests.md lists the cases that have no
// meaning in C++.
#include <exception>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <corosim/runtime/gather.hpp>
#include <corosim/runtime/sleep.hpp>
#include <corosim/runtime/task.hpp>

#include "test_loop.hpp"

namespace corosim {
namespace {

using namespace std::chrono_literals;
using testing::cancelled_with;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::run_cancelled;
using testing::TestLoop;

using Futures = std::vector<Future<int>>;
using Results = Future<std::vector<int>>;
using Outcomes = Future<std::vector<Outcome<int>>>;

template <class... A>
concept Gathering = requires(A... arguments) { gather(std::move(arguments)...); };

// Python's MockCallback: counts, and checks what it is called with.
template <class F>
struct CallCounter {
  explicit CallCounter(const F& future) {
    future.add_done_callback([this, expected = future](const F& called_with) {
      EXPECT_EQ(called_with, expected);
      ++calls;
    });
  }
  int calls = 0;
};

class GatherTestsBase : public ::testing::Test {
 protected:
  Futures create_futures(int count) {
    Futures futures;
    for (int i = 0; i < count; ++i) futures.push_back(one_loop->create_future<int>());
    return futures;
  }
  static Coro<int> await_future(Future<int> future) { co_return co_await future; }
  static std::vector<Coro<int>> wrap(const Futures& futures) {
    std::vector<Coro<int>> coros;
    for (const auto& future : futures) coros.push_back(await_future(future));
    return coros;
  }

  TestLoop one_loop;
  TestLoop other_loop;
};

class CPythonFutureGather : public GatherTestsBase {
 protected:
  static Results gather_all(const Futures& futures) { return gather(futures); }
  static Outcomes gather_outcomes(const Futures& futures) { return gather(return_exceptions, futures); }
};

class CPythonCoroutineGather : public GatherTestsBase {
 protected:
  Results gather_all(const Futures& futures) {
    const auto coro = [&]() -> Coro<Results> { co_return gather(wrap(futures)); };
    return one_loop->run_until_complete(coro());
  }
  Outcomes gather_outcomes(const Futures& futures) {
    const auto coro = [&]() -> Coro<Outcomes> { co_return gather(return_exceptions, wrap(futures)); };
    return one_loop->run_until_complete(coro());
  }
};

// GatherTestsBase, over each of the two -------------------------------------------------------------------------------

void check_success(TestLoop& loop, const Results& fut, const Futures& f) {
  const CallCounter<Results> cb(fut);
  f[1].set_result(1);
  f[0].set_result(2);
  loop.run_until_idle();
  EXPECT_EQ(cb.calls, 0);
  EXPECT_FALSE(fut.done());
  f[2].set_result(3);
  loop.run_until_idle();
  EXPECT_EQ(cb.calls, 1);
  EXPECT_THAT(fut.result(), ElementsAre(2, 1, 3));
}

void check_result_exception_success(TestLoop& loop, const Outcomes& fut, const Futures& f) {
  const CallCounter<Outcomes> cb(fut);
  f[1].set_result(1);
  f[0].set_result(2);
  loop.run_until_idle();
  EXPECT_EQ(cb.calls, 0);
  EXPECT_FALSE(fut.done());
  f[2].set_result(3);
  loop.run_until_idle();
  EXPECT_EQ(cb.calls, 1);
  ASSERT_EQ(fut.result().size(), 3U);
  EXPECT_EQ(fut.result()[0].value(), 2);
  EXPECT_EQ(fut.result()[1].value(), 1);
  EXPECT_EQ(fut.result()[2].value(), 3);
}

void check_one_exception(TestLoop& loop, const Results& fut, const Futures& f) {
  const CallCounter<Results> cb(fut);
  const std::exception_ptr exc = std::make_exception_ptr(std::domain_error("1/0"));
  f[0].set_result(1);
  f[1].set_exception(exc);
  loop.run_until_idle();
  EXPECT_TRUE(fut.done());
  EXPECT_EQ(cb.calls, 1);
  EXPECT_EQ(fut.exception(), exc);
  // These do nothing.
  f[2].set_result(3);
  f[3].cancel();
  f[4].set_exception(RuntimeError(""));
  f[4].exception();
}

void check_return_exceptions(TestLoop& loop, const Outcomes& fut, const Futures& f) {
  const CallCounter<Outcomes> cb(fut);
  const std::exception_ptr exc = std::make_exception_ptr(std::domain_error("1/0"));
  const std::exception_ptr exc2 = std::make_exception_ptr(RuntimeError(""));
  f[1].set_result(1);
  f[2].set_exception(exc);
  f[0].set_result(3);
  loop.run_until_idle();
  EXPECT_FALSE(fut.done());
  f[3].set_exception(exc2);
  loop.run_until_idle();
  EXPECT_TRUE(fut.done());
  EXPECT_EQ(cb.calls, 1);
  ASSERT_EQ(fut.result().size(), 4U);
  EXPECT_EQ(fut.result()[0].value(), 3);
  EXPECT_EQ(fut.result()[1].value(), 1);
  EXPECT_EQ(fut.result()[2].exception(), exc);
  EXPECT_EQ(fut.result()[3].exception(), exc2);
}

TEST_F(CPythonFutureGather, success) {
  const Futures f = create_futures(3);
  check_success(one_loop, gather_all(f), f);
}
TEST_F(CPythonCoroutineGather, success) {
  const Futures f = create_futures(3);
  check_success(one_loop, gather_all(f), f);
}
TEST_F(CPythonFutureGather, result_exception_success) {
  const Futures f = create_futures(3);
  check_result_exception_success(one_loop, gather_outcomes(f), f);
}
TEST_F(CPythonCoroutineGather, result_exception_success) {
  const Futures f = create_futures(3);
  check_result_exception_success(one_loop, gather_outcomes(f), f);
}
TEST_F(CPythonFutureGather, one_exception) {
  const Futures f = create_futures(5);
  check_one_exception(one_loop, gather_all(f), f);
}
TEST_F(CPythonCoroutineGather, one_exception) {
  const Futures f = create_futures(5);
  check_one_exception(one_loop, gather_all(f), f);
}
TEST_F(CPythonFutureGather, return_exceptions) {
  const Futures f = create_futures(4);
  check_return_exceptions(one_loop, gather_outcomes(f), f);
}
TEST_F(CPythonCoroutineGather, return_exceptions) {
  const Futures f = create_futures(4);
  check_return_exceptions(one_loop, gather_outcomes(f), f);
}

// FutureGatherTests ---------------------------------------------------------------------------------------------------

TEST_F(CPythonFutureGather, constructor_empty_sequence_without_loop) { EXPECT_THROW(gather(Futures()), RuntimeError); }

TEST_F(CPythonFutureGather, constructor_empty_sequence_use_running_loop) {
  const auto coro = []() -> Coro<Results> { co_return gather(Futures()); };
  const Results fut = one_loop->run_until_complete(coro());
  EXPECT_EQ(&fut.get_loop(), &*one_loop);
  one_loop.run_until_idle();
  EXPECT_TRUE(fut.done());
  EXPECT_THAT(fut.result(), IsEmpty());
}

TEST_F(CPythonFutureGather, constructor_heterogenous_futures) {
  const Future<int> fut1 = one_loop->create_future<int>();
  const Future<int> fut2 = other_loop->create_future<int>();
  EXPECT_THROW(gather(fut1, fut2), ValueError);
  EXPECT_THROW(gather(Futures{fut1, fut2}), ValueError);
}

TEST_F(CPythonFutureGather, constructor_homogenous_futures) {
  Futures children;
  for (int i = 0; i < 3; ++i) children.push_back(other_loop->create_future<int>());
  for (int times = 0; times < 2; ++times) {
    const Results fut = gather(children);
    EXPECT_EQ(&fut.get_loop(), &*other_loop);
    other_loop.run_until_idle();
    EXPECT_FALSE(fut.done());
  }
}

TEST_F(CPythonFutureGather, one_cancellation) {
  const Futures f = create_futures(5);
  const Results fut = gather_all(f);
  const CallCounter<Results> cb(fut);
  f[0].set_result(1);
  f[1].cancel();
  one_loop.run_until_idle();
  EXPECT_TRUE(fut.done());
  EXPECT_EQ(cb.calls, 1);
  EXPECT_FALSE(fut.cancelled());
  EXPECT_TRUE(holds<CancelledError>(fut.exception()));
  // These do nothing.
  f[2].set_result(3);
  f[3].cancel();
  f[4].set_exception(RuntimeError(""));
  f[4].exception();
}

TEST_F(CPythonFutureGather, result_exception_one_cancellation) {
  const Futures f = create_futures(6);
  const Outcomes fut = gather_outcomes(f);
  const CallCounter<Outcomes> cb(fut);
  const std::exception_ptr zde = std::make_exception_ptr(std::domain_error("1/0"));
  const std::exception_ptr rte = std::make_exception_ptr(RuntimeError(""));
  f[0].set_result(1);
  f[1].set_exception(zde);
  f[2].cancel();
  one_loop.run_until_idle();
  EXPECT_FALSE(fut.done());
  f[3].set_result(3);
  f[4].cancel();
  f[5].set_exception(rte);
  const std::vector<Outcome<int>> res = one_loop->run_until_complete(fut);
  ASSERT_EQ(res.size(), 6U);
  EXPECT_EQ(res[0].value(), 1);
  EXPECT_EQ(res[1].exception(), zde);
  EXPECT_TRUE(holds<CancelledError>(res[2].exception()));
  EXPECT_TRUE(res[2].cancelled());
  EXPECT_EQ(res[3].value(), 3);
  EXPECT_TRUE(holds<CancelledError>(res[4].exception()));
  EXPECT_EQ(res[5].exception(), rte);
  EXPECT_FALSE(res[5].cancelled());
  EXPECT_EQ(cb.calls, 1);
}

// CoroutineGatherTests ------------------------------------------------------------------------------------------------

Coro<std::string> abc() { co_return "abc"; }

TEST_F(CPythonCoroutineGather, constructor_without_loop) { EXPECT_THROW(gather(abc(), abc()), RuntimeError); }

TEST_F(CPythonCoroutineGather, constructor_use_running_loop) {
  using Pair = std::tuple<std::string, std::string>;
  const auto coro = []() -> Coro<Future<Pair>> { co_return gather(abc(), abc()); };
  const Future<Pair> fut = one_loop->run_until_complete(coro());
  EXPECT_EQ(&fut.get_loop(), &*one_loop);
  EXPECT_EQ(one_loop->run_until_complete(fut), Pair("abc", "abc"));
}

// Of a task: a coroutine cannot be given twice.
TEST_F(CPythonCoroutineGather, duplicate_coroutines) {
  const Task<std::string> c = one_loop->create_task(abc());
  const auto def = []() -> Coro<std::string> { co_return "def"; };
  const std::vector<Task<std::string>> tasks{c, c, one_loop->create_task(def()), c};
  const auto fut = gather(tasks);
  one_loop.run_until_idle();
  EXPECT_THAT(fut.result(), ElementsAre("abc", "abc", "def", "abc"));
}

TEST_F(CPythonCoroutineGather, cancellation_broadcast) {
  int proof = 0;
  const Future<> waiter = one_loop->create_future<>();
  const auto inner = [&]() -> Coro<void> {
    co_await waiter;
    ++proof;
  };
  const Task<> child1 = one_loop->create_task(inner());
  const Task<> child2 = one_loop->create_task(inner());
  AnyFuture gatherer;
  const auto outer = [&]() -> Coro<void> {
    const auto both = gather(child1, child2);
    gatherer = both;
    co_await both;
    proof += 100;
  };
  const Task<> f = one_loop->create_task(outer());
  one_loop.run_briefly();
  EXPECT_TRUE(f.cancel());
  run_cancelled(one_loop, f);
  EXPECT_FALSE(gatherer.cancel());
  EXPECT_TRUE(waiter.cancelled());
  EXPECT_TRUE(child1.cancelled());
  EXPECT_TRUE(child2.cancelled());
  one_loop.run_briefly();
  EXPECT_EQ(proof, 0);
}

// The exception of the part that ends later is no longer anybody's, and not reported.
TEST_F(CPythonCoroutineGather, exception_marking) {
  const auto& errors = one_loop.unhandled();
  const auto inner = [](Future<> f) -> Coro<void> {
    co_await f;
    throw RuntimeError("should not be ignored");
  };
  const Future<> a = one_loop->create_future<>();
  const Future<> b = one_loop->create_future<>();
  const auto outer = [&]() -> Coro<void> { co_await gather(inner(a), inner(b)); };
  const Task<> f = one_loop->create_task(outer());
  one_loop.run_briefly();
  a.set_result();
  one_loop.run_briefly();
  b.set_result();
  one_loop.run_briefly();
  EXPECT_TRUE(holds<RuntimeError>(f.exception()));
  EXPECT_THAT(errors, IsEmpty());
}

TEST_F(CPythonCoroutineGather, issue46672) {
  EXPECT_FALSE((Gathering<Coro<std::string>, int>));
  EXPECT_TRUE((Gathering<Coro<std::string>, Future<int>>));
}

// BaseTaskTests -------------------------------------------------------------------------------------------------------

TEST(CPythonTasks, cancel_gather_1) {
  TestLoop loop;
  const Future<int> fut = loop->create_future<int>();
  const auto child_coro = [&]() -> Coro<int> { co_return co_await fut; };
  const auto create = [&]() -> Coro<Results> {
    std::vector<Coro<int>> coros;
    coros.push_back(child_coro());
    co_return gather(std::move(coros));
  };
  const Results gather_task = loop->run_until_complete(create());
  bool cancel_result = true;
  fut.add_done_callback([&] { cancel_result = gather_task.cancel(); });
  fut.set_result(42);
  loop->run_until_complete(gather_task);
  EXPECT_FALSE(cancel_result);
  EXPECT_FALSE(gather_task.cancelled());
  EXPECT_THAT(gather_task.result(), ElementsAre(42));
}

TEST(CPythonTasks, cancel_gather_2) {
  // Python's two further cases, `cancel(None)` and a message that is a number, are the first one and none here.
  for (const CancelMessage& given : {CancelMessage(), CancelMessage("my message")}) {
    TestLoop loop;
    const auto test = []() -> Coro<void> {
      const auto child = []() -> Coro<void> { co_await sleep(50ms); };
      for (Duration time{}; time <= 1s; time += 50ms) co_await gather(return_exceptions, child());
    };
    const auto main = [&]() -> Coro<void> {
      const Task<> qwe = create_task(test());
      co_await sleep(200ms);
      qwe.cancel(given);
      co_await qwe;
    };
    EXPECT_EQ(cancelled_with([&] { loop->run_until_complete(main()); }), given ? given.text() : "(none)");
  }
}

}  // namespace
}  // namespace corosim
