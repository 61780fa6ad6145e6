#pragma once

#include <concepts>
#include <exception>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include <corosim/runtime/coro.hpp>

namespace corosim::testing {

/// Python's `with self.assertRaises(E)` around an await; gives the exception's text.
template <class E, class Awaitable>
Coro<std::string> expect_raises(Awaitable awaitable) {
  std::string text;
  bool raised = false;
  try {
    co_await std::move(awaitable);
  } catch (const E& error) {
    raised = true;
    if constexpr (std::derived_from<E, std::exception>) text = error.what();
  }
  EXPECT_TRUE(raised) << "nothing was raised";
  co_return text;
}

}  // namespace corosim::testing
