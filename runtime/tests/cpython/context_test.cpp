// CPython's own tests of context variables: in tasks, futures and callbacks (`test_asyncio/test_tasks.py` and
// `test_context.py` there), and of the variables themselves (`test/test_context.py`), one test for one test, under the
// names of the Python methods. docs/cpython-tests.md lists the cases that have no meaning in C++.
#include <atomic>
#include <concepts>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <corosim/runtime/context.hpp>
#include <corosim/runtime/gather.hpp>
#include <corosim/runtime/sleep.hpp>
#include <corosim/runtime/task.hpp>

#include "test_loop.hpp"

namespace corosim {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::TestLoop;
using ::testing::ThrowsMessage;

// BaseTaskTests -------------------------------------------------------------------------------------------------------

TEST(CPythonTasks, context_1) {
  TestLoop loop;
  ContextVar<std::string> cvar("cvar", "nope");
  const auto sub = [&]() -> Coro<void> {
    co_await sleep(10ms);
    EXPECT_EQ(cvar.get(), "nope");
    cvar.set("something else");
  };
  const auto main = [&]() -> Coro<void> {
    EXPECT_EQ(cvar.get(), "nope");
    const Task<> subtask = create_task(sub());
    cvar.set("yes");
    EXPECT_EQ(cvar.get(), "yes");
    co_await subtask;
    EXPECT_EQ(cvar.get(), "yes");
  };
  loop->run_until_complete(main());
}

TEST(CPythonTasks, context_2) {
  TestLoop loop;
  ContextVar<std::string> cvar("cvar", "nope");
  const auto main = [&]() -> Coro<void> {
    EXPECT_EQ(cvar.get(), "nope");
    for (int j = 0; j < 2; ++j) {
      const Future<> fut = get_running_loop().create_future<>();
      fut.add_done_callback([&] { cvar.set("something else"); });  // not in the context of main()
      const std::string outer = "yes" + std::to_string(j);
      cvar.set(outer);
      get_running_loop().call_soon([fut] { fut.set_result(); });
      co_await fut;
      EXPECT_EQ(cvar.get(), outer);
      for (int i = 0; i < 3; ++i) {
        const std::string inner = "yes" + std::to_string(i) + "-" + std::to_string(j);
        cvar.set(inner);
        co_await sleep(1ms);
        EXPECT_EQ(cvar.get(), inner);
      }
    }
  };
  loop->run_until_complete(main());
  EXPECT_EQ(cvar.get(), "nope");
}

// Python draws the numbers at random.
TEST(CPythonTasks, context_3) {
  TestLoop loop;
  ContextVar<int> cvar("cvar", -1);
  const auto sub = [&](int num) -> Coro<void> {
    for (int i = 0; i < 10; ++i) {
      cvar.set(num + i);
      co_await sleep(std::chrono::milliseconds(1 + (num * 7 + i * 11) % 50));
      EXPECT_EQ(cvar.get(), num + i);
    }
  };
  const auto main = [&]() -> Coro<void> {
    std::vector<Task<>> tasks;
    for (int i = 0; i < 100; ++i) tasks.push_back(create_task(sub(i % 11)));
    co_await gather(std::move(tasks));
  };
  loop->run_until_complete(main());
  EXPECT_EQ(cvar.get(), -1);
}

// Two tasks in one context see each other's values, and so does who made it. context_4, 5 and 6 differ in the
// create_task that is called: the task type, the free function, the loop's.
template <class CreateTask>
void check_one_context(CreateTask create) {
  TestLoop loop;
  ContextVar<int> cvar("cvar");
  const auto coro = [&](int val) -> Coro<void> {
    co_await sleep(0s);
    cvar.set(val);
  };
  using Values = std::vector<std::optional<int>>;
  const auto main = [&]() -> Coro<Values> {
    Values ret;
    const Context ctx = copy_context();
    ret.push_back(ctx.get(cvar));
    const Task<> t1 = create(coro(1), ctx);
    co_await t1;
    ret.push_back(ctx.get(cvar));
    const Task<> t2 = create(coro(2), ctx);
    co_await t2;
    ret.push_back(ctx.get(cvar));
    co_return ret;
  };
  EXPECT_THAT(loop->run_until_complete(main()), ElementsAre(std::nullopt, 1, 2));
}

TEST(CPythonTasks, context_4) {
  check_one_context([](Coro<void> coro, const Context& ctx) {
    return get_running_loop().create_task(std::move(coro), TaskOptions().name("TestTask").context(ctx));
  });
}

TEST(CPythonTasks, context_5) {
  check_one_context(
      [](Coro<void> coro, const Context& ctx) { return create_task(std::move(coro), TaskOptions().context(ctx)); });
}

TEST(CPythonTasks, context_6) {
  check_one_context([](Coro<void> coro, const Context& ctx) {
    return get_running_loop().create_task(std::move(coro), TaskOptions().context(ctx));
  });
}

TEST(CPythonTasks, get_context) {
  TestLoop loop;
  const auto coro = []() -> Coro<void> { co_return; };
  const Context context = copy_context();
  const Task<> task = loop->create_task(coro(), TaskOptions().context(context));
  loop->run_until_complete(task);
  EXPECT_EQ(task.get_context(), context);
}

// test_asyncio/test_context.py: decimal's precision is a context variable.
TEST(CPythonDecimalContext, asyncio_task_decimal_context) {
  TestLoop loop;
  ContextVar<int> precision("prec", 28);
  const auto divide = [&](int x, int y) {
    return std::to_string(static_cast<double>(x) / y).substr(0, 2 + static_cast<std::size_t>(precision.get()));
  };
  using Pair = std::pair<std::string, std::string>;
  const auto fractions = [&](Duration t, int prec, int x, int y) -> Coro<Pair> {
    Token<int> before = precision.set(prec);
    std::string a = divide(x, y);
    co_await sleep(t);
    std::string b = divide(x, y * y);
    precision.reset(before);
    co_return Pair(a, b);
  };
  const auto main = [&]() -> Coro<void> {
    const auto [r1, r2] = co_await gather(fractions(100ms, 3, 1, 3), fractions(200ms, 6, 1, 3));
    EXPECT_EQ(r1, Pair("0.333", "0.111"));
    EXPECT_EQ(r2, Pair("0.333333", "0.111111"));
  };
  loop->run_until_complete(main());
}

// test/test_context.py, ContextTest: each in a context of its own, as its decorator `isolated_context` makes ----------

template <class F>
void isolated(F test) {
  Context().run(test);
}

TEST(CPythonContext, context_var_new_1) {
  EXPECT_FALSE((std::is_default_constructible_v<ContextVar<int>>));
  EXPECT_FALSE((std::is_constructible_v<ContextVar<int>, int>));
  const ContextVar<int> c("aaa");
  EXPECT_EQ(c.name(), "aaa");
}

TEST(CPythonContext, context_get_context_1) {
  const auto ctx = copy_context();
  EXPECT_TRUE((std::same_as<decltype(ctx), const Context>));
}

TEST(CPythonContext, context_run_2) {
  Context ctx;
  EXPECT_EQ(ctx.run([] { return std::string("bar"); }), "bar");
  int a = 2;
  EXPECT_EQ(&ctx.run([&]() -> int& { return a; }), &a);
}

TEST(CPythonContext, context_run_3) {
  Context ctx;
  EXPECT_THROW(ctx.run([] { throw std::domain_error("1/0"); }), std::domain_error);
}

TEST(CPythonContext, context_run_4) {
  isolated([] {
    Context ctx1;
    Context ctx2;
    ContextVar<std::string> var("var");
    const auto func2 = [&] { EXPECT_EQ(var.get("unset"), "unset"); };
    const auto func1 = [&] {
      EXPECT_EQ(var.get("unset"), "unset");
      var.set("spam");
      ctx2.run(func2);
      EXPECT_EQ(var.get("unset"), "spam");
      Context cur = copy_context();
      EXPECT_EQ(cur.get(var), "spam");
      return cur;
    };
    const Context returned_ctx = ctx1.run(func1);
    EXPECT_EQ(returned_ctx.get(var), "spam");
    EXPECT_EQ(ctx1.get(var), "spam");
  });
}

TEST(CPythonContext, context_run_5) {
  Context ctx;
  ContextVar<std::string> var("var");
  const auto func = [&] {
    EXPECT_EQ(var.get("unset"), "unset");
    var.set("spam");
    throw std::domain_error("1/0");
  };
  EXPECT_THROW(ctx.run(func), std::domain_error);
  EXPECT_EQ(var.get("unset"), "unset");
}

TEST(CPythonContext, context_run_6) {
  Context ctx;
  ContextVar<int> c("a", 0);
  ctx.run([&] {
    EXPECT_EQ(c.get(), 0);
    EXPECT_EQ(ctx.get(c), std::nullopt);
    c.set(42);
    EXPECT_EQ(c.get(), 42);
    EXPECT_EQ(ctx.get(c), 42);
  });
}

TEST(CPythonContext, context_run_7) {
  Context ctx;
  ctx.run([&] { EXPECT_THAT([&] { ctx.run([] {}); }, ThrowsMessage<RuntimeError>(HasSubstr("is already entered"))); });
  ctx.run([] {});
}

TEST(CPythonContext, context_getset_1) {
  isolated([] {
    ContextVar<std::string> c("c");
    EXPECT_THROW(c.get(), LookupError);
    EXPECT_EQ(c.get("unset"), "unset");

    Token<std::string> t0 = c.set("42");
    EXPECT_EQ(c.get(), "42");
    EXPECT_EQ(c.get("unset"), "42");
    EXPECT_EQ(t0.old_value(), std::nullopt);

    Token<std::string> t = c.set("spam");
    EXPECT_EQ(c.get(), "spam");
    EXPECT_EQ(c.get("unset"), "spam");
    EXPECT_EQ(t.old_value(), "42");
    c.reset(t);

    EXPECT_EQ(c.get(), "42");
    EXPECT_EQ(c.get("unset"), "42");

    c.set("spam2");
    EXPECT_THAT([&] { c.reset(t); }, ThrowsMessage<RuntimeError>(HasSubstr("has already been used")));
    EXPECT_EQ(c.get(), "spam2");

    const Context ctx1 = copy_context();
    EXPECT_TRUE(ctx1.get(c));

    c.reset(t0);
    EXPECT_THAT([&] { c.reset(t0); }, ThrowsMessage<RuntimeError>(HasSubstr("has already been used")));
    EXPECT_EQ(c.get("unset"), "unset");
    EXPECT_EQ(ctx1.get(c), "spam2");

    const Context ctx2 = copy_context();
    EXPECT_EQ(ctx2.get(c), std::nullopt);
  });
}

TEST(CPythonContext, context_getset_2) {
  isolated([] {
    ContextVar<int> v1("v1");
    ContextVar<int> v2("v2");
    Token<int> t1 = v1.set(42);
    EXPECT_THAT([&] { v2.reset(t1); }, ThrowsMessage<ValueError>(HasSubstr("by a different")));
  });
}

TEST(CPythonContext, context_getset_3) {
  ContextVar<int> c("c", 42);
  Context ctx;
  ctx.run([&] {
    EXPECT_EQ(c.get(), 42);
    EXPECT_EQ(ctx.get(c), std::nullopt);
    Token<int> t = c.set(1);
    EXPECT_EQ(ctx.get(c), 1);
    c.reset(t);
    EXPECT_EQ(ctx.get(c), std::nullopt);
  });
}

TEST(CPythonContext, context_getset_4) {
  isolated([] {
    ContextVar<int> c("c", 42);
    Context ctx;
    Token<int> tok = ctx.run([&] { return c.set(1); });
    EXPECT_THAT([&] { c.reset(tok); }, ThrowsMessage<ValueError>(HasSubstr("different Context")));
  });
}

TEST(CPythonContext, context_getset_5) {
  isolated([] {
    ContextVar<std::vector<int>> c("c");
    c.set({});
    copy_context().run([&] {
      c.set({42});
      EXPECT_THAT(c.get(), ElementsAre(42));
    });
    EXPECT_TRUE(c.get().empty());
  });
}

TEST(CPythonContext, context_copy_1) {
  Context ctx1;
  ContextVar<int> c("c", 42);
  ctx1.run([&] {
    c.set(10);
    Context ctx2 = ctx1.copy();
    EXPECT_EQ(ctx2.get(c), 10);
    c.set(20);
    EXPECT_EQ(ctx1.get(c), 20);
    EXPECT_EQ(ctx2.get(c), 10);
    ctx2.run([&] {
      EXPECT_EQ(c.get(), 10);
      c.set(30);
      EXPECT_EQ(c.get(), 30);
    });
    EXPECT_EQ(ctx1.get(c), 20);
    EXPECT_EQ(ctx2.get(c), 30);
  });
}

TEST(CPythonContext, context_threads_1) {
  ContextVar<int> cvar("cvar");
  std::vector<std::thread> threads;
  std::atomic<int> right = 0;
  for (int num = 0; num < 10; ++num) {
    threads.emplace_back([&cvar, &right, num] {
      for (int i = 0; i < 10; ++i) {
        cvar.set(num + i);
        std::this_thread::yield();
        if (cvar.get() == num + i) ++right;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, 100);
}

}  // namespace
}  // namespace corosim
