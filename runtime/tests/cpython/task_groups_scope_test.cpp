// CPython's own tests of task groups, the named ones: the second half of `test_taskgroups.py` of 3.14, one test for one
// test, under the names of the Python methods. The others are in task_groups_test.cpp. docs/cpython-tests.md lists the
// cases that have no meaning in C++.
#include <exception>
#include <memory>
#include <optional>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <corosim/runtime/async_with.hpp>
#include <corosim/runtime/context.hpp>
#include <corosim/runtime/event.hpp>
#include <corosim/runtime/sleep.hpp>
#include <corosim/runtime/task.hpp>
#include <corosim/runtime/task_group.hpp>

#include "expect_throw.hpp"
#include "task_groups_fixture.hpp"

namespace corosim {
namespace {

using namespace std::chrono_literals;
using testing::CPythonTaskGroup;
using testing::error_of;
using testing::error_of_task;
using testing::expect_throw;
using ::testing::HasSubstr;
using testing::MyExc;
using testing::ZeroDivisionError;

Coro<void> yield_once() { co_await sleep(0s); }
// Its frame holds a reference.
Coro<void> hold(std::shared_ptr<int>) { co_await sleep(0s); }

template <class E>
Coro<void> throw_now() {
  throw E();
  co_return;
}
template <class E>
Coro<void> throw_after_yield(const char* what) {
  co_await sleep(0s);
  throw E(what);
}

// The message of the RuntimeError that `function()` throws; a failed check otherwise.
template <class F>
std::string runtime_error_of(F&& function) {
  try {
    function();
  } catch (const RuntimeError& error) {
    return error.what();
  }
  ADD_FAILURE() << "no RuntimeError";
  return "";
}

TEST_P(CPythonTaskGroup, taskgroup_task_name) {
  const auto body = [](TaskGroup& g) -> Coro<void> {
    const Task<> t = g.create_task(yield_once(), TaskOptions().name("yolo"));
    EXPECT_EQ(t.get_name(), "yolo");
    co_return;
  };
  loop->run_until_complete(task_group(body));
}

TEST_P(CPythonTaskGroup, taskgroup_task_context) {
  ContextVar<int> cvar("cvar");
  const auto coro = [&](int val) -> Coro<void> {
    co_await sleep(0s);
    cvar.set(val);
  };
  const auto body = [&](TaskGroup& g) -> Coro<void> {
    const Context ctx = copy_context();
    EXPECT_EQ(ctx.get(cvar), std::nullopt);
    const Task<> t1 = g.create_task(coro(1), TaskOptions().context(ctx));
    co_await t1;
    EXPECT_EQ(ctx.get(cvar), 1);
    const Task<> t2 = g.create_task(coro(2), TaskOptions().context(ctx));
    co_await t2;
    EXPECT_EQ(ctx.get(cvar), 2);
  };
  loop->run_until_complete(task_group(body));
}

TEST_P(CPythonTaskGroup, taskgroup_no_create_task_after_failure) {
  const auto coro1 = []() -> Coro<void> {
    co_await sleep(1ms);
    throw ZeroDivisionError();
  };
  bool cancelled = false;
  const auto coro2 = [&](TaskGroup& g) -> Coro<void> {
    try {
      co_await sleep(1s);
    } catch (const CancelledError&) {
      cancelled = true;
      EXPECT_THROW(g.create_task(coro1()), RuntimeError);
    }
  };
  const auto body = [&](TaskGroup& g) -> Coro<void> {
    g.create_task(coro1());
    g.create_task(coro2(g));
    co_return;
  };
  EXPECT_EQ(loop->run_until_complete(error_of(task_group(body))), "ExceptionGroup{ZeroDivisionError}");
  EXPECT_TRUE(cancelled);
}

// A context manager that raises at its end, whatever came before.
class Database {
 public:
  Coro<void> enter() { co_return; }
  Coro<void> exit(std::exception_ptr) {
    throw MyExc();
    co_return;
  }
};

// cpython#95289
TEST_P(CPythonTaskGroup, taskgroup_context_manager_exit_raises) {
  std::size_t errors = 0;
  const auto body = [](TaskGroup& tg) -> Coro<void> {
    Database database;
    const auto use = [&](Database&) -> Coro<void> {
      tg.create_task(throw_now<MyExc>());
      co_await sleep(1s);
    };
    co_await async_with(database, use);
  };
  const auto main = [&]() -> Coro<void> {
    const AnyTask task = *current_task();
    try {
      co_await task_group(body);
    } catch (const ExceptionGroup& err) {
      EXPECT_EQ(task.cancelling(), 0);
      errors = err.exceptions().size();
      EXPECT_EQ(testing::type_of(std::current_exception()), "ExceptionGroup{MyExc}");
    }
  };
  const auto test = [&]() -> Coro<void> {
    const Task<> task = create_task(main());
    co_await task;
  };
  loop->run_until_complete(test());
  EXPECT_EQ(errors, 2U);
}

TEST_P(CPythonTaskGroup, taskgroup_already_entered) {
  const auto test = []() -> Coro<void> {
    TaskGroup tg;
    tg.enter();
    EXPECT_THAT(runtime_error_of([&] { tg.enter(); }), HasSubstr("has already been entered"));
    co_await tg.exit(nullptr);
  };
  loop->run_until_complete(test());
}

TEST_P(CPythonTaskGroup, taskgroup_double_enter) {
  const auto test = []() -> Coro<void> {
    TaskGroup tg;
    tg.enter();
    co_await tg.exit(nullptr);
    EXPECT_THAT(runtime_error_of([&] { tg.enter(); }), HasSubstr("has already been entered"));
  };
  loop->run_until_complete(test());
}

// Python looks for the warning that a coroutine was never awaited nor closed; here its frame must be gone.
TEST_P(CPythonTaskGroup, taskgroup_finished) {
  const auto kept = std::make_shared<int>();
  const auto create_task_after_tg_finish = [&]() -> Coro<void> {
    TaskGroup tg;
    tg.enter();
    co_await tg.exit(nullptr);
    EXPECT_THAT(runtime_error_of([&] { tg.create_task(hold(kept)); }), HasSubstr("is finished"));
    EXPECT_EQ(kept.use_count(), 1);
  };
  loop->run_until_complete(create_task_after_tg_finish());
}

TEST_P(CPythonTaskGroup, taskgroup_not_entered) {
  const auto test = []() -> Coro<void> {
    TaskGroup tg;
    EXPECT_THAT(runtime_error_of([&] { tg.create_task(yield_once()); }), HasSubstr("has not been entered"));
    co_return;
  };
  loop->run_until_complete(test());
}

// Python's await_without_task() steps a coroutine from a callback.
TEST_P(CPythonTaskGroup, taskgroup_without_parent_task) {
  TaskGroup tg;
  std::string entering;
  loop->call_soon([&] { entering = runtime_error_of([&] { tg.enter(); }); });
  const auto test = [&]() -> Coro<void> {
    co_await sleep(0s);
    EXPECT_THAT(entering, HasSubstr("parent task"));
    EXPECT_THAT(runtime_error_of([&] { tg.create_task(yield_once()); }), HasSubstr("has not been entered"));
  };
  loop->run_until_complete(test());
}

TEST_P(CPythonTaskGroup, coro_closed_when_tg_closed) {
  const auto kept = std::make_shared<int>();
  const auto run_coro_after_tg_closes = [&]() -> Coro<void> {
    TaskGroup tg;
    tg.enter();
    co_await tg.exit(nullptr);
    Coro<void> coro = hold(kept);
    EXPECT_THAT(runtime_error_of([&] { tg.create_task(std::move(coro)); }), HasSubstr("is finished"));
    EXPECT_EQ(kept.use_count(), 1);
  };
  loop->run_until_complete(run_coro_after_tg_closes());
}

TEST_P(CPythonTaskGroup, cancelling_level_preserved) {
  const auto body = [](TaskGroup& tg) -> Coro<void> {
    tg.create_task(throw_after_yield<RuntimeError>(""));
    co_return;
  };
  const auto test = [&]() -> Coro<void> {
    const std::string error = co_await error_of(task_group(body));
    EXPECT_EQ(error, "ExceptionGroup{RuntimeError}");
    EXPECT_EQ(current_task()->cancelling(), 0);
  };
  loop->run_until_complete(test());
}

TEST_P(CPythonTaskGroup, nested_groups_both_cancelled) {
  const auto outer = [](TaskGroup& outer_tg) -> Coro<void> {
    const auto inner = [&](TaskGroup& inner_tg) -> Coro<void> {
      inner_tg.create_task(throw_after_yield<RuntimeError>(""));
      outer_tg.create_task(throw_after_yield<ValueError>(""));
      co_return;
    };
    const std::string error = co_await error_of(task_group(inner));
    EXPECT_EQ(error, "ExceptionGroup{RuntimeError}");
  };
  const auto test = [&]() -> Coro<void> {
    const std::string error = co_await error_of(task_group(outer));
    EXPECT_EQ(error, "ExceptionGroup{ValueError}");
    EXPECT_EQ(current_task()->cancelling(), 0);
  };
  loop->run_until_complete(test());
}

TEST_P(CPythonTaskGroup, error_and_cancel) {
  Event event;
  const auto raise_error = [&]() -> Coro<void> {
    event.set();
    co_await sleep(0s);
    throw RuntimeError("");
  };
  const auto body = [&](TaskGroup& tg) -> Coro<void> {
    tg.create_task(raise_error());
    co_await sleep(1s);
    ADD_FAILURE() << "the sleep in the group should have been cancelled";
  };
  const auto inner = [&]() -> Coro<void> {
    const std::string error = co_await error_of(task_group(body));
    EXPECT_EQ(error, "ExceptionGroup{RuntimeError}");
    EXPECT_EQ(current_task()->cancelling(), 1);
    co_await sleep(1s);
    ADD_FAILURE() << "the sleep after the group should have been cancelled";
  };
  const auto outer = [&]() -> Coro<void> {
    const Task<> t = create_task(inner());
    co_await event.wait();
    EXPECT_EQ(t.cancelling(), 0);
    t.cancel();
    EXPECT_EQ(t.cancelling(), 1);
    co_await expect_throw<CancelledError>(t);
    EXPECT_TRUE(t.cancelled());
  };
  loop->run_until_complete(outer());
}

TEST_P(CPythonTaskGroup, name) {
  std::string name;
  const auto asyncfn = [&]() -> Coro<void> {
    name = current_task()->get_name();
    co_return;
  };
  const auto body = [&](TaskGroup& tg) -> Coro<void> {
    tg.create_task(asyncfn(), TaskOptions().name("example name"));
    co_return;
  };
  loop->run_until_complete(task_group(body));
  EXPECT_EQ(name, "example name");
}

// cpython#128550
TEST_P(CPythonTaskGroup, cancels_task_if_created_during_creation) {
  bool ran = false;
  const auto yield_twice = []() -> Coro<void> {
    co_await sleep(0s);  // an eager task is cancelled here
    co_await sleep(0s);  // a lazy task is cancelled here
  };
  const auto second_task = [&](TaskGroup& tg) -> Coro<void> {
    tg.create_task(throw_now<MyExc>());
    co_await expect_throw<CancelledError>(yield_twice());
    ran = true;
  };
  const auto body = [&](TaskGroup& tg) -> Coro<void> {
    tg.create_task(second_task(tg));
    co_return;
  };
  EXPECT_EQ(loop->run_until_complete(error_of(task_group(body))), "ExceptionGroup{MyExc}");
  EXPECT_TRUE(ran);
}

TEST_P(CPythonTaskGroup, cancellation_does_not_leak_out_of_tg) {
  const auto body = [](TaskGroup& tg) -> Coro<void> {
    tg.create_task(throw_now<MyExc>());
    co_return;
  };
  const auto test = [&]() -> Coro<void> {
    const std::string error = co_await error_of(task_group(body));
    EXPECT_EQ(error, "ExceptionGroup{MyExc}");
    co_await sleep(0s);  // a cancellation that leaked out would arrive here
  };
  EXPECT_NO_THROW(loop->run_until_complete(test()));
}

}  // namespace
}  // namespace corosim
