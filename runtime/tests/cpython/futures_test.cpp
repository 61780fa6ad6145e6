// CPython's own tests of futures: `test_futures.py` and `test_futures2.py`, one test for one test, under the names of
// the Python methods. docs/cpython-tests.md lists the cases that have no meaning in C++.
#include <concepts>
#include <exception>
#include <string>
#include <tuple>
#include <type_traits>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <corosim/runtime/future.hpp>
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
using ::testing::StartsWith;
using testing::TestLoop;

// BaseFutureTests -----------------------------------------------------------------------------------------------------

TEST(CPythonFutures, isfuture) {
  EXPECT_FALSE((std::derived_from<int, AnyFuture>));
  EXPECT_TRUE((std::derived_from<Future<int>, AnyFuture>));
  EXPECT_TRUE((std::derived_from<Task<int>, AnyFuture>));
  EXPECT_FALSE((std::derived_from<Coro<int>, AnyFuture>));
}

TEST(CPythonFutures, initial_state) {
  TestLoop loop;
  const Future<int> f = loop->create_future<int>();
  EXPECT_FALSE(f.cancelled());
  EXPECT_FALSE(f.done());
  f.cancel();
  EXPECT_TRUE(f.cancelled());
}

TEST(CPythonFutures, constructor_without_loop) { EXPECT_THROW(get_running_loop().create_future<int>(), RuntimeError); }

TEST(CPythonFutures, constructor_use_running_loop) {
  TestLoop loop;
  const auto test = []() -> Coro<Future<int>> { co_return get_running_loop().create_future<int>(); };
  const Future<int> f = loop->run_until_complete(test());
  EXPECT_EQ(&f.get_loop(), &*loop);
}

TEST(CPythonFutures, constructor_positional) { EXPECT_FALSE((std::is_constructible_v<Future<int>, int>)); }

TEST(CPythonFutures, future_cancel_message_getter) {
  TestLoop loop;
  const Future<int> f = loop->create_future<int>();
  EXPECT_FALSE(f.state()->cancel_message());
  f.cancel("my message");
  EXPECT_EQ(run_cancelled(loop, f), "my message");
  EXPECT_EQ(f.state()->cancel_message().text(), "my message");
}

TEST(CPythonFutures, future_cancel_message_setter) {
  TestLoop loop;
  const Future<int> f = loop->create_future<int>();
  f.cancel("my message");
  f.state()->set_cancel_message("my new message");
  EXPECT_EQ(f.state()->cancel_message().text(), "my new message");
  EXPECT_EQ(run_cancelled(loop, f), "my new message");
}

TEST(CPythonFutures, cancel) {
  TestLoop loop;
  const Future<int> f = loop->create_future<int>();
  EXPECT_TRUE(f.cancel());
  EXPECT_TRUE(f.cancelled());
  EXPECT_TRUE(f.done());
  EXPECT_THROW(f.result(), CancelledError);
  EXPECT_THROW(f.exception(), CancelledError);
  EXPECT_THROW(f.set_result(0), InvalidStateError);
  EXPECT_THROW(f.set_exception(RuntimeError("")), InvalidStateError);
  EXPECT_FALSE(f.cancel());
}

TEST(CPythonFutures, result) {
  TestLoop loop;
  const Future<int> f = loop->create_future<int>();
  EXPECT_THROW(f.result(), InvalidStateError);
  f.set_result(42);
  EXPECT_FALSE(f.cancelled());
  EXPECT_TRUE(f.done());
  EXPECT_EQ(f.result(), 42);
  EXPECT_EQ(f.exception(), nullptr);
  EXPECT_THROW(f.set_result(0), InvalidStateError);
  EXPECT_THROW(f.set_exception(RuntimeError("")), InvalidStateError);
  EXPECT_FALSE(f.cancel());
}

TEST(CPythonFutures, exception) {
  TestLoop loop;
  const std::exception_ptr exc = std::make_exception_ptr(RuntimeError("expected"));
  const Future<int> f = loop->create_future<int>();
  EXPECT_THROW(f.exception(), InvalidStateError);
  f.set_exception(exc);
  EXPECT_FALSE(f.cancelled());
  EXPECT_TRUE(f.done());
  EXPECT_THROW(f.result(), RuntimeError);
  EXPECT_EQ(f.exception(), exc);
  EXPECT_THROW(f.set_result(0), InvalidStateError);
  EXPECT_THROW(f.set_exception(RuntimeError("")), InvalidStateError);
  EXPECT_FALSE(f.cancel());
}

TEST(CPythonFutures, exception_class) {
  TestLoop loop;
  const Future<int> f = loop->create_future<int>();
  f.set_exception(RuntimeError("an object, not an exception_ptr"));
  EXPECT_TRUE(holds<RuntimeError>(f.exception()));
}

TEST(CPythonFutures, yield_from_twice) {
  TestLoop loop;
  std::vector<std::string> log;
  const Future<int> f = loop->create_future<int>();
  const auto fixture = [&]() -> Coro<void> {
    log.push_back("A");
    const int x = co_await f;
    log.push_back("B" + std::to_string(x));
    const int y = co_await f;  // does not come to rest
    log.push_back("C" + std::to_string(y));
  };
  const Task<> g = loop->create_task(fixture());
  loop.run_briefly();
  EXPECT_THAT(log, ElementsAre("A"));
  f.set_result(42);
  loop->stop();
  loop->run_forever();  // one pass
  EXPECT_THAT(log, ElementsAre("A", "B42", "C42"));
}

TEST(CPythonFutures, tb_logger_abandoned) {
  TestLoop loop;
  const auto& errors = loop.unhandled();
  {
    const Future<int> fut = loop->create_future<int>();
  }
  EXPECT_THAT(errors, IsEmpty());
}

TEST(CPythonFutures, tb_logger_not_called_after_cancel) {
  TestLoop loop;
  const auto& errors = loop.unhandled();
  {
    const Future<int> fut = loop->create_future<int>();
    fut.set_exception(RuntimeError(""));
    fut.cancel();
  }
  EXPECT_THAT(errors, IsEmpty());
}

TEST(CPythonFutures, tb_logger_result_unretrieved) {
  TestLoop loop;
  const auto& errors = loop.unhandled();
  {
    const Future<int> fut = loop->create_future<int>();
    fut.set_result(42);
  }
  EXPECT_THAT(errors, IsEmpty());
}

TEST(CPythonFutures, tb_logger_result_retrieved) {
  TestLoop loop;
  const auto& errors = loop.unhandled();
  {
    const Future<int> fut = loop->create_future<int>();
    fut.set_result(42);
    fut.result();
  }
  EXPECT_THAT(errors, IsEmpty());
}

TEST(CPythonFutures, tb_logger_exception_unretrieved) {
  TestLoop loop;
  const auto& errors = loop.unhandled();
  {
    const Future<int> fut = loop->create_future<int>();
    fut.set_exception(RuntimeError("boom"));
  }
  loop.run_briefly();
  EXPECT_EQ(errors.size(), 1U);
}

TEST(CPythonFutures, tb_logger_exception_retrieved) {
  TestLoop loop;
  const auto& errors = loop.unhandled();
  {
    const Future<int> fut = loop->create_future<int>();
    fut.set_exception(RuntimeError("boom"));
    fut.exception();
  }
  EXPECT_THAT(errors, IsEmpty());
}

TEST(CPythonFutures, tb_logger_exception_result_retrieved) {
  TestLoop loop;
  const auto& errors = loop.unhandled();
  {
    const Future<int> fut = loop->create_future<int>();
    fut.set_exception(RuntimeError("boom"));
    EXPECT_THROW(fut.result(), RuntimeError);
  }
  EXPECT_THAT(errors, IsEmpty());
}

TEST(CPythonFutures, future_source_traceback) {
  TestLoop loop;
  const Future<int> future = loop->create_future<int>();
  const auto line = static_cast<unsigned>(__LINE__) - 1;
  EXPECT_EQ(future.state()->made_at().file(), "futures_test.cpp");
  EXPECT_EQ(future.state()->made_at().line(), line);
}

TEST(CPythonFutures, future_exception_never_retrieved) {
  TestLoop loop;
  std::vector<ExceptionContext> reports;
  loop->set_exception_handler([&](EventLoop&, const ExceptionContext& context) { reports.push_back(context); });
  const std::exception_ptr exc = std::make_exception_ptr(std::bad_alloc());
  Future<int> future = loop->create_future<int>();
  future.set_exception(exc);
  future = Future<int>();
  loop.run_briefly();
  ASSERT_EQ(reports.size(), 1U);
  EXPECT_THAT(reports[0].message, StartsWith("Future exception was never retrieved"));
  EXPECT_EQ(reports[0].exception, exc);
}

TEST(CPythonFutures, future_stop_iteration_args) {
  TestLoop loop;
  const Future<std::tuple<int, int>> fut = loop->create_future<std::tuple<int, int>>();
  fut.set_result(std::tuple(1, 2));
  const auto coro = [&]() -> Coro<std::tuple<int, int>> { co_return co_await fut; };
  EXPECT_EQ(loop->run_until_complete(coro()), std::tuple(1, 2));
}

// BaseFutureDoneCallbackTests -----------------------------------------------------------------------------------------

class CPythonFutureDoneCallbacks : public ::testing::Test {
 protected:
  auto make_callback(int thing) {
    return [this, thing](const Future<std::string>&) { bag.push_back(thing); };
  }

  TestLoop loop;
  std::vector<int> bag;
  Future<std::string> f = loop->create_future<std::string>();
};

TEST_F(CPythonFutureDoneCallbacks, callbacks_remove_first_callback) {
  const DoneCallback cb1 = f.add_done_callback(make_callback(42));
  f.add_done_callback(make_callback(17));
  f.add_done_callback(make_callback(100));
  f.remove_done_callback(cb1);
  f.remove_done_callback(cb1);
  EXPECT_THAT(bag, IsEmpty());
  f.set_result("foo");
  loop.run_briefly();
  EXPECT_THAT(bag, ElementsAre(17, 100));
  EXPECT_EQ(f.result(), "foo");
}

TEST_F(CPythonFutureDoneCallbacks, callbacks_remove_first_and_second_callback) {
  const DoneCallback cb1 = f.add_done_callback(make_callback(42));
  const DoneCallback cb2 = f.add_done_callback(make_callback(17));
  f.add_done_callback(make_callback(100));
  f.remove_done_callback(cb1);
  f.remove_done_callback(cb2);
  f.remove_done_callback(cb1);
  EXPECT_THAT(bag, IsEmpty());
  f.set_result("foo");
  loop.run_briefly();
  EXPECT_THAT(bag, ElementsAre(100));
  EXPECT_EQ(f.result(), "foo");
}

TEST_F(CPythonFutureDoneCallbacks, callbacks_remove_third_callback) {
  f.add_done_callback(make_callback(42));
  f.add_done_callback(make_callback(17));
  const DoneCallback cb3 = f.add_done_callback(make_callback(100));
  f.remove_done_callback(cb3);
  f.remove_done_callback(cb3);
  EXPECT_THAT(bag, IsEmpty());
  f.set_result("foo");
  loop.run_briefly();
  EXPECT_THAT(bag, ElementsAre(42, 17));
  EXPECT_EQ(f.result(), "foo");
}

TEST_F(CPythonFutureDoneCallbacks, callbacks_invoked_on_set_result) {
  f.add_done_callback(make_callback(42));
  f.add_done_callback(make_callback(17));
  EXPECT_THAT(bag, IsEmpty());
  f.set_result("foo");
  loop.run_briefly();
  EXPECT_THAT(bag, ElementsAre(42, 17));
  EXPECT_EQ(f.result(), "foo");
}

TEST_F(CPythonFutureDoneCallbacks, callbacks_invoked_on_set_exception) {
  f.add_done_callback(make_callback(100));
  EXPECT_THAT(bag, IsEmpty());
  const std::exception_ptr exc = std::make_exception_ptr(RuntimeError(""));
  f.set_exception(exc);
  loop.run_briefly();
  EXPECT_THAT(bag, ElementsAre(100));
  EXPECT_EQ(f.exception(), exc);
}

// Python finds callbacks by equality and removes all equal ones; here each registration is removed by its own name.
TEST_F(CPythonFutureDoneCallbacks, remove_done_callback) {
  std::vector<DoneCallback> registered_cb1{f.add_done_callback(make_callback(1))};
  const DoneCallback cb2 = f.add_done_callback(make_callback(2));
  EXPECT_EQ(f.remove_done_callback(cb2), 1U);
  EXPECT_EQ(f.remove_done_callback(DoneCallback()), 0U);
  f.add_done_callback(make_callback(2));
  for (int i = 0; i < 5; ++i) registered_cb1.push_back(f.add_done_callback(make_callback(1)));
  std::size_t removed = 0;
  for (const DoneCallback& cb1 : registered_cb1) removed += f.remove_done_callback(cb1);
  EXPECT_EQ(removed, 6U);
  EXPECT_THAT(bag, IsEmpty());
  f.set_result("foo");
  loop.run_briefly();
  EXPECT_THAT(bag, ElementsAre(2));
  EXPECT_EQ(f.result(), "foo");
}

TEST_F(CPythonFutureDoneCallbacks, schedule_callbacks_list_mutation_1) {
  DoneCallback second;
  f.add_done_callback([&] { EXPECT_EQ(f.remove_done_callback(second), 0U); });  // both are scheduled by then
  second = f.add_done_callback(make_callback(1));
  f.add_done_callback(make_callback(2));
  f.set_result("foo");
  loop.run_briefly();
  EXPECT_THAT(bag, ElementsAre(1, 2));
}

// test_futures2.py ----------------------------------------------------------------------------------------------------

TEST(CPythonFutures2, future_traceback) {
  TestLoop loop;
  const auto raise_exc = []() -> Coro<void> {
    throw ValueError("42");
    co_return;
  };
  const auto test = [&]() -> Coro<void> {
    const Task<> future = create_task(raise_exc());
    for (int i = 0; i < 5; ++i) {
      bool raised = false;
      try {
        co_await future;
      } catch (const ValueError&) {
        raised = true;
      }
      EXPECT_TRUE(raised);
    }
  };
  loop->run_until_complete(test());
}

TEST(CPythonFutures2, task_exc_handler_correct_context) {
  TestLoop loop;
  ContextVar<std::string> name("name", "foo");
  std::string seen;
  loop->set_exception_handler([&](EventLoop&, const ExceptionContext&) { seen = name.get(); });
  const auto task = [&]() -> Coro<void> {
    name.set("bar");
    throw RuntimeError("1/0");
    co_return;
  };
  const auto test = [&]() -> Coro<void> {
    create_task(task());
    co_await sleep(0s);
    EXPECT_EQ(seen, "bar");
  };
  loop->run_until_complete(test());
}

TEST(CPythonFutures2, handle_exc_handler_correct_context) {
  TestLoop loop;
  ContextVar<std::string> name("name", "foo");
  std::string seen;
  loop->set_exception_handler([&](EventLoop&, const ExceptionContext&) { seen = name.get(); });
  const auto test = [&]() -> Coro<void> {
    get_running_loop().call_soon([&] {
      name.set("bar");
      throw RuntimeError("1/0");
    });
    co_await sleep(0s);
    EXPECT_EQ(seen, "bar");
  };
  loop->run_until_complete(test());
}

}  // namespace
}  // namespace corosim
