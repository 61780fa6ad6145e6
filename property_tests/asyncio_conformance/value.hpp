#pragma once

#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "scenario.hpp"

/// What a scenario's functions return and raise, and how the log shows it.

namespace corosim::conformance {

/// What a future of a scenario can hold: None, True or False, an integer, a list, an exception.
class Value {
 public:
  using List = std::vector<Value>;

  Value() = default;
  explicit Value(bool value) : Value(Content(value)) {}
  explicit Value(std::int64_t value) : Value(Content(value)) {}
  /// None where there is none.
  explicit Value(std::optional<std::int64_t> value) : Value(value ? Value(*value) : Value()) {}
  explicit Value(List values) : Value(Content(std::move(values))) {}
  explicit Value(std::exception_ptr exception) : Value(Content(std::move(exception))) {}

  /// reference.py, show().
  std::string text() const;

 private:
  using Content = std::variant<bool, std::int64_t, List, std::exception_ptr>;
  explicit Value(Content content) : content_(std::make_shared<const Content>(std::move(content))) {}

  std::shared_ptr<const Content> content_;  // null for None
};

/// Python's text of a bool.
inline const char* text(bool value) { return value ? "True" : "False"; }

/// The one exception type that scenarios raise.
class UserError : public std::exception {
 public:
  explicit UserError(std::int64_t number) : number_(number) {}
  std::int64_t number() const { return number_; }

 private:
  std::int64_t number_;
};

/// A method was called that the object in the variable does not have.
class AttributeError : public std::exception {};
/// An object was awaited, or entered, that does not support it.
class TypeError : public std::exception {};
/// A function of that name does not exist.
class KeyError : public std::exception {};

/// reference.py, describe(): the type's name, with what tells exceptions of one type apart.
std::string describe_python(const std::exception_ptr& exception);

/// Whether a handler for `kind` takes `exception`.
bool matches(Kind kind, const std::exception_ptr& exception);

}  // namespace corosim::conformance
