#pragma once

#include <concepts>
#include <cstdint>
#include <exception>
#include <source_location>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include <corosim/sim/random.hpp>

/// What a program under test says to the simulation that it runs in. Outside of a simulation a failed check throws,
/// marks go nowhere, and random values come from a fixed seed.

namespace corosim {

/// A check of the program under test did not hold. The run fails even where the program catches this.
class CheckFailed : public std::exception {
 public:
  CheckFailed(std::string what, std::source_location where) : what_(std::move(what)), where_(where) {}
  const char* what() const noexcept override { return what_.c_str(); }
  const std::source_location& where() const { return where_; }

 private:
  std::string what_;
  std::source_location where_;
};

/// Fails the run and throws CheckFailed.
[[noreturn]] void fail(std::string what, std::source_location where = std::source_location::current());

/// The same with lines that the report shows below; they tell no two failures apart.
[[noreturn]] void fail(std::string what, std::string details,
                       std::source_location where = std::source_location::current());

/// A line of the program's own in the trace, at the step that runs now.
void trace(std::string_view text);

namespace detail {
/// The operation of a failed check in the access log, told apart by address. Its object is nobody else's.
inline constexpr char kFail[] = "fail";

std::int64_t random_between(std::int64_t low, std::int64_t high);
}  // namespace detail

/// A value of the run's seed, uniform in [low, high]. Part of the trace; drawing more here shifts no decision of the
/// scheduler. Throws ValueError where low > high.
template <std::signed_integral T>
T random_int(T low, T high) {
  return static_cast<T>(detail::random_between(low, high));
}

namespace detail {

template <class A, class B>
std::string both_sides(std::string_view text, const A& left, const B& right) {
  if constexpr (fmt::is_formattable<A>::value && fmt::is_formattable<B>::value) {
    return fmt::format("{}: {} and {}", text, left, right);
  } else {
    return std::string(text);
  }
}

}  // namespace detail
}  // namespace corosim

/// Fails the run unless `condition` holds.
#define COROSIM_CHECK(condition)          \
  (static_cast<bool>(condition) ? void(0) \
                                : ::corosim::fail(#condition " does not hold", std::source_location::current()))

/// Fails the run unless `left == right`, and prints both.
#define COROSIM_CHECK_EQ(left, right)                                                                       \
  [&](const auto& corosim_left, const auto& corosim_right, std::source_location corosim_where) {            \
    if (!(corosim_left == corosim_right)) {                                                                 \
      ::corosim::fail(                                                                                      \
          ::corosim::detail::both_sides(#left " == " #right " does not hold", corosim_left, corosim_right), \
          corosim_where);                                                                                   \
    }                                                                                                       \
  }(left, right, std::source_location::current())
