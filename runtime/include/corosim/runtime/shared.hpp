#pragma once

#include <concepts>
#include <source_location>
#include <string>
#include <type_traits>
#include <utility>

#include <fmt/format.h>

#include <corosim/runtime/access.hpp>

namespace corosim {

namespace detail {

template <class T>
std::string text_of_value(const T& value) {
  if constexpr (std::same_as<T, bool>) {
    return value ? "true" : "false";
  } else if constexpr (fmt::is_formattable<T>::value) {
    return fmt::format("{}", value);
  } else {
    return {};
  }
}

/// A value and where it was written down, for operators, which take no further arguments.
template <class T>
struct Placed {
  template <class U>
    requires std::is_constructible_v<T, U&&> && (!std::same_as<std::remove_cvref_t<U>, Placed>)
  Placed(U&& v, std::source_location w = std::source_location::current()) : value(std::forward<U>(v)), where(w) {}
  T value;
  std::source_location where;
};

}  // namespace detail

/// A variable that several tasks use: a T whose reads and writes the simulation sees. Strategies look for the order of
/// accesses that breaks the program, exhaustive search knows which orders are equivalent, and a failing run is told as
/// who read and wrote what where. Outside of an exploration an access costs one branch.
///
///     Shared<int> balance{0, "balance"};
///     const int before = balance.get();
///     co_await sleep(1ms);
///     balance.set(before + 1);
///
/// An object, not a value: it cannot be copied or moved. State that is shared but not declared so is invisible:
/// exhaustive search then skips orders that matter.
template <class T>
class Shared {
 public:
  Shared() : Shared(T()) {}
  /// `name` stands in reports.
  explicit Shared(T value, std::string name = {})
      : id_(detail::new_object_id()), value_(std::move(value)), name_(std::move(name)) {}
  Shared(const Shared&) = delete;

  /// Reads the value.
  const T& get(std::source_location where = std::source_location::current()) const {
    saw(Access::kRead, detail::kRead, where);
    return value_;
  }
  /// Writes the value.
  void set(T value, std::source_location where = std::source_location::current()) {
    value_ = std::move(value);
    saw(Access::kWrite, detail::kWrite, where);
  }
  /// The value to change in place, which counts as a write: `table.edit().erase(key)`.
  T& edit(std::source_location where = std::source_location::current()) {
    saw(Access::kWrite, detail::kEdit, where);
    return value_;
  }
  /// Reads the value unseen, for checks that are no part of the program.
  const T& peek() const { return value_; }

  /// The same as get() and set(), without the exact place of the read.
  operator const T&() const { return get(std::source_location()); }
  Shared& operator=(detail::Placed<T> next) {
    set(std::move(next.value), next.where);
    return *this;
  }

  const std::string& name() const { return name_; }

 private:
  void saw(Access access, const char* operation, std::source_location where) const {
    detail::AccessLog* const log = detail::access_log;
    if (log == nullptr) [[likely]] {
      return;
    }
    log->add(id_, access, operation, where);
    if (log->detailed()) log->describe(name_, detail::text_of_value(value_));
  }

  detail::ObjectId id_;
  T value_;
  std::string name_;
};

}  // namespace corosim
