// CPython's own tests of asyncio.shield, from `test_tasks.py`, one test for one test, under the names of the Python
// methods. docs/cpython-tests.md lists the cases that have no meaning in C++.
#include <exception>
#include <tuple>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <corosim/runtime/gather.hpp>
#include <corosim/runtime/shield.hpp>
#include <corosim/runtime/task.hpp>

#include "test_loop.hpp"

namespace corosim {
namespace {

using ::testing::IsEmpty;
using testing::run_cancelled;
using ::testing::SizeIs;
using testing::TestLoop;

Coro<int> coro() { co_return 42; }

class CPythonShield : public ::testing::Test {
 protected:
  TestLoop loop;
  Future<int> inner = loop->create_future<int>();
};

TEST_F(CPythonShield, shield_result) {
  const Future<int> outer = shield(inner);
  inner.set_result(42);
  EXPECT_EQ(loop->run_until_complete(outer), 42);
}

TEST_F(CPythonShield, shield_exception) {
  const Future<int> outer = shield(inner);
  loop.run_briefly();
  const std::exception_ptr exc = std::make_exception_ptr(RuntimeError("expected"));
  inner.set_exception(exc);
  loop.run_briefly();
  EXPECT_EQ(outer.exception(), exc);
}

TEST_F(CPythonShield, shield_cancel_inner) {
  const Future<int> outer = shield(inner);
  loop.run_briefly();
  inner.cancel();
  loop.run_briefly();
  EXPECT_TRUE(outer.cancelled());
}

TEST_F(CPythonShield, shield_cancel_outer) {
  const Future<int> outer = shield(inner);
  loop.run_briefly();
  outer.cancel();
  loop.run_briefly();
  EXPECT_TRUE(outer.cancelled());
  EXPECT_FALSE(inner.done());
}

TEST_F(CPythonShield, shield_cancel_outer_result) {
  const auto& errors = loop.unhandled();
  const Future<int> outer = shield(inner);
  loop.run_briefly();
  outer.cancel();
  loop.run_briefly();
  inner.set_result(1);
  loop.run_briefly();
  EXPECT_THAT(errors, IsEmpty());
}

TEST_F(CPythonShield, shield_cancel_outer_exception) {
  const auto& errors = loop.unhandled();
  const Future<int> outer = shield(inner);
  loop.run_briefly();
  outer.cancel();
  loop.run_briefly();
  inner.set_exception(RuntimeError("foo"));
  loop.run_briefly();
  EXPECT_THAT(errors, SizeIs(1));
}

TEST_F(CPythonShield, shield_duplicate_log_once) {
  const auto& errors = loop.unhandled();
  Future<int> outer = shield(inner);
  loop.run_briefly();
  outer.cancel();
  loop.run_briefly();
  outer = shield(inner);
  loop.run_briefly();
  outer.cancel();
  loop.run_briefly();
  inner.set_exception(RuntimeError("foo"));
  loop.run_briefly();
  EXPECT_THAT(errors, SizeIs(1));
}

TEST_F(CPythonShield, shield_shortcut) {
  inner.set_result(42);
  EXPECT_EQ(loop->run_until_complete(shield(inner)), 42);
}

TEST_F(CPythonShield, shield_effect) {
  int proof = 0;
  const Future<> waiter = loop->create_future<>();
  const auto inner_coro = [&]() -> Coro<void> {
    co_await waiter;
    ++proof;
  };
  const auto outer = [&]() -> Coro<void> {
    co_await shield(inner_coro());
    proof += 100;
  };
  const Task<> f = loop->create_task(outer());
  loop.run_briefly();
  f.cancel();
  run_cancelled(loop, f);
  waiter.set_result();
  loop.run_briefly();
  EXPECT_EQ(proof, 1);
}

TEST_F(CPythonShield, shield_gather) {
  const Future<int> child1 = loop->create_future<int>();
  const Future<int> child2 = loop->create_future<int>();
  const auto parent = gather(child1, child2);
  const auto outer = shield(parent);
  loop.run_briefly();
  outer.cancel();
  loop.run_briefly();
  EXPECT_TRUE(outer.cancelled());
  child1.set_result(1);
  child2.set_result(2);
  loop.run_briefly();
  EXPECT_EQ(parent.result(), std::tuple(1, 2));
}

TEST_F(CPythonShield, gather_shield) {
  const Future<int> child1 = loop->create_future<int>();
  const Future<int> child2 = loop->create_future<int>();
  const Future<int> inner1 = shield(child1);
  const Future<int> inner2 = shield(child2);
  const auto parent = gather(inner1, inner2);
  loop.run_briefly();
  parent.cancel();  // cancels inner1 and inner2, but not child1 and child2
  loop.run_briefly();
  EXPECT_TRUE(holds<CancelledError>(parent.exception()));
  EXPECT_TRUE(inner1.cancelled());
  EXPECT_TRUE(inner2.cancelled());
  child1.set_result(1);
  child2.set_result(2);
  loop.run_briefly();
}

TEST_F(CPythonShield, shield_coroutine_without_loop) { EXPECT_THROW(shield(coro()), RuntimeError); }

TEST_F(CPythonShield, shield_coroutine_use_running_loop) {
  const auto test = []() -> Coro<Future<int>> { co_return shield(coro()); };
  const Future<int> outer = loop->run_until_complete(test());
  EXPECT_EQ(&outer.get_loop(), &*loop);
  EXPECT_EQ(loop->run_until_complete(outer), 42);
}

}  // namespace
}  // namespace corosim
