#pragma once

#include <chrono>
#include <exception>
#include <set>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include <corosim/runtime/coro.hpp>
#include <corosim/runtime/errors.hpp>
#include <corosim/runtime/sleep.hpp>
#include <corosim/runtime/task.hpp>

#include "test_loop.hpp"

/// What the tests of task groups share: the exceptions that Python's raise, and the loops that they run on.

namespace corosim::testing {

/// What `1 / 0` raises in Python.
class ZeroDivisionError : public std::exception {};
class TypeError : public std::exception {};
class MyExc : public std::exception {};
/// Derives from BaseException in Python, so it is no std::exception here.
class MyBaseExc {};

/// `MyExc`, or for a group the types in it, as CPython's `get_error_types`: `ExceptionGroup{MyExc,ZeroDivisionError}`.
inline std::string type_of(const std::exception_ptr& error) {
  const auto types_in = [](const BaseExceptionGroup& group) {
    std::set<std::string> types;
    for (const std::exception_ptr& each : group.exceptions()) types.insert(type_of(each));
    std::string text;
    for (const std::string& type : types) text += (text.empty() ? "" : ",") + type;
    return "{" + text + "}";
  };
  try {
    std::rethrow_exception(error);
  } catch (const ExceptionGroup& group) {
    return "ExceptionGroup" + types_in(group);
  } catch (const BaseExceptionGroup& group) {
    return "BaseExceptionGroup" + types_in(group);
  } catch (const CancelledError&) {
    return "CancelledError";
  } catch (const ZeroDivisionError&) {
    return "ZeroDivisionError";
  } catch (const TypeError&) {
    return "TypeError";
  } catch (const MyExc&) {
    return "MyExc";
  } catch (const MyBaseExc&) {
    return "MyBaseExc";
  } catch (const ValueError&) {
    return "ValueError";
  } catch (const RuntimeError&) {
    return "RuntimeError";
  } catch (...) {
    return "another exception";
  }
}

/// Python's `with self.assertRaises(...) as cm: await awaitable`: the type of what was raised. Not a scheduling point
/// of its own.
template <class Awaitable>
Coro<std::string> error_of(Awaitable awaitable) {
  try {
    co_await std::move(awaitable);
  } catch (...) {
    co_return type_of(std::current_exception());
  }
  co_return "none";
}

/// The same of `coro` as a task.
inline Coro<std::string> error_of_task(Coro<void> coro) {
  const Task<> task = create_task(std::move(coro));
  co_return co_await error_of(task);
}
/// The same of a task of `coro` that is cancelled after a while, in which it must not have ended.
inline Coro<std::string> error_of_cancelled(Coro<void> coro, Duration after = std::chrono::milliseconds(100)) {
  const Task<> task = create_task(std::move(coro));
  co_await sleep(after);
  EXPECT_FALSE(task.done());
  task.cancel();
  co_return co_await error_of(task);
}

template <class E>
Coro<void> raise_after(Duration delay) {
  co_await sleep(delay);
  throw E();
}
/// Python's `try: await asyncio.sleep(delay)` with `raise E` in its `finally`.
template <class E>
Coro<void> raise_finally(Duration delay) {
  try {
    co_await sleep(delay);
  } catch (...) {
    throw E();
  }
  throw E();
}
template <class T>
Coro<T> return_after(Duration delay, T result) {
  co_await sleep(delay);
  co_return result;
}

/// Python's `TestTaskGroup`, and with true `TestEagerTaskTaskGroup`.
class CPythonTaskGroup : public ::testing::TestWithParam<bool> {
 protected:
  CPythonTaskGroup() { loop->set_eager_tasks(GetParam()); }

  TestLoop loop;
};

}  // namespace corosim::testing
