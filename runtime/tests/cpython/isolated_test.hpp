#pragma once

#include <utility>

#include <gtest/gtest.h>

#include <corosim/runtime/coro.hpp>

#include "test_loop.hpp"

/// What CPython's asyncio tests get from `unittest.IsolatedAsyncioTestCase`.

namespace corosim::testing {

/// A test whose body is a coroutine, run as the first task of a loop of its own.
class IsolatedTest : public ::testing::Test {
 protected:
  template <class Body>
  void run(Body body) {
    loop->run_until_complete(body());
  }

  TestLoop loop;
};

/// Whether `co_await` takes a T; what await_transform asserts.
template <class T>
concept Awaitable = detail::is_coro<T> || detail::FutureLike<T> || detail::LeafAwaiter<T>;

/// Awaits `awaitable`; whether that threw an E. CPython's `with self.assertRaises(E): await awaitable`.
template <class E, class A>
Coro<bool> raises(A awaitable) {
  try {
    co_await std::move(awaitable);
  } catch (const E&) {
    co_return true;
  }
  co_return false;
}

/// `owner.acquire()` as a coroutine, which is what it is in Python, for a task to run.
template <class Owner>
Coro<bool> acquire(Owner owner) {
  co_return co_await owner.acquire();
}

}  // namespace corosim::testing
