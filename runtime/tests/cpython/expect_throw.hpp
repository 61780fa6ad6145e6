#pragma once

#include <source_location>
#include <utility>

#include <gtest/gtest.h>

#include <corosim/runtime/coro.hpp>
#include <corosim/runtime/task.hpp>

namespace corosim::testing {

/// Python's `with self.assertRaises(E): await awaitable`; EXPECT_THROW takes no statement with an await. Not a
/// scheduling point of its own.
template <class E, class Awaitable>
Coro<void> expect_throw(Awaitable awaitable, std::source_location where = std::source_location::current()) {
  try {
    co_await std::move(awaitable);
  } catch (const E&) {
    co_return;
  }
  ADD_FAILURE_AT(where.file_name(), static_cast<int>(where.line())) << "nothing was thrown";
}

}  // namespace corosim::testing
