#pragma once

#include <source_location>
#include <string_view>

#include <fmt/format.h>

namespace corosim::detail {

/// Prints the broken assumption with its place and aborts: a bug in corosim, never an error of the program under test.
[[noreturn]] void assertion_failed(std::string_view condition, std::string_view sides, std::source_location where);

}  // namespace corosim::detail

/// On in every build. The condition must have no side effect.
#define COROSIM_ASSERT(condition) \
  (static_cast<bool>(condition)   \
       ? void(0)                  \
       : ::corosim::detail::assertion_failed(#condition, {}, std::source_location::current()))

/// As COROSIM_ASSERT(left op right), and prints both sides.
#define COROSIM_ASSERT_CMP(left, op, right)                                                                       \
  (static_cast<bool>((left)op(right))                                                                             \
       ? void(0)                                                                                                  \
       : ::corosim::detail::assertion_failed(#left " " #op " " #right, fmt::format("{} and {}", (left), (right)), \
                                             std::source_location::current()))
