#pragma once

#include <bit>
#include <cstdint>
#include <source_location>
#include <string>
#include <string_view>

namespace corosim {

/// A place in the source: where a coroutine awaits, where a task was made. Cheap to copy; names static storage.
class Site {
 public:
  constexpr Site() = default;
  constexpr Site(std::source_location where) : where_(where) {}

  /// The file's name without its folders, so that a trace does not depend on where the program was built.
  std::string_view file() const;
  /// From 1; 0 where the site is unknown.
  std::uint32_t line() const { return where_.line(); }
  /// The name of the enclosing function without return type, scope, template arguments and parameters: "deposit". The
  /// same on every compiler. "lambda" for a lambda.
  std::string_view function() const { return function_name(where_.function_name()); }
  /// The compiler's own record: two sites made by one expression compare equal by file, line and column.
  const std::source_location& location() const { return where_; }
  /// Names the expression, in this process; one place may have several.
  const void* key() const { return std::bit_cast<const void*>(where_); }

  bool known() const { return where_.line() != 0; }
  /// "bank.cpp:14".
  std::string text() const;

  /// `pretty` is what the compiler calls a function, with its type and parameters.
  static std::string_view function_name(std::string_view pretty);

 private:
  std::source_location where_{};
};

/// The function of a coroutine: its place (by clang its first line, by g++ 12 its last), or, of one of the library's
/// own, the place of the call and a name such as "Lock.acquire".
class FunctionSite : public Site {
 public:
  constexpr FunctionSite() = default;
  constexpr FunctionSite(std::source_location function) : Site(function) {}
  /// `name` is static.
  constexpr FunctionSite(std::source_location call, const char* name) : Site(call), name_(name) {}

  std::string_view function() const { return name_ != nullptr ? name_ : Site::function(); }

 private:
  const char* name_ = nullptr;  // null: what the place says
};

}  // namespace corosim
