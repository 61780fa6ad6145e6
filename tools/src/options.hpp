#pragma once

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <corosim/sim/strategy.hpp>
#include <corosim/traces/render.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <CLI/CLI.hpp>

/// What the words of options are checked for, and how help is laid out.

namespace corosim::tools {

inline std::uint64_t parse_number(const std::string& text) {
  const bool is_hexadecimal = text.starts_with("0x");
  const std::string_view digits = std::string_view(text).substr(is_hexadecimal ? 2 : 0);
  std::uint64_t number = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), number, is_hexadecimal ? 16 : 10);
  if (error != std::errc() || end != digits.data() + digits.size()) {
    throw CLI::ValidationError(fmt::format("'{}': expected a number, decimal or 0x hexadecimal, below 2^64", text));
  }
  return number;
}

// Validators return what is wrong, or an empty text; the parser says of which option.
template <class F>
CLI::Validator validator(F check) {
  return CLI::Validator(
      [check](std::string& text) {
        try {
          check(text);
        } catch (const std::exception& error) {
          return std::string(error.what());
        }
        return std::string();
      },
      "");
}

inline CLI::Validator is_number() {
  return validator([](const std::string& text) { parse_number(text); });
}
inline CLI::Validator is_number_or_all() {
  return validator([](const std::string& text) {
    if (text != "all") parse_number(text);
  });
}
inline CLI::Validator is_order() {
  return validator([](const std::string& text) { sim::parse_order(text); });
}

inline CLI::Validator is_time() {
  return validator([](const std::string& text) {
    if (!traces::parse_time(text)) {
      throw CLI::ValidationError(fmt::format("'{}': expected a time, such as 250us, 10ms or 1.5s", text));
    }
  });
}
inline CLI::Validator is_story_kind() {
  return validator([](const std::string& text) {
    const auto kinds = traces::story_kinds();
    if (std::find(kinds.begin(), kinds.end(), text) == kinds.end()) {
      throw CLI::ValidationError(fmt::format("'{}': expected one of {}", text, fmt::join(kinds, ", ")));
    }
  });
}

inline constexpr const char* kExitCodes =
    "exit codes: 0 passed or equal, 1 a failure was found or reproduced, or the traces differ, 2 usage or unreadable\n"
    "input, 3 not deterministic or the replay diverged, 5 the program crashed or could not be started, 6 nothing was\n"
    "run, 130 interrupted";

/// Help as the rest of the project writes: a usage line that says everything, then what the description says.
class HelpFormatter : public CLI::Formatter {
 public:
  explicit HelpFormatter(std::string usage) : usage_(std::move(usage)) { column_width(26); }
  std::string make_usage(const CLI::App*, std::string) const override { return usage_line() + "\n"; }
  std::string make_description(const CLI::App* app) const override { return app->get_description() + "\n\n"; }
  std::string make_positionals(const CLI::App*) const override { return ""; }
  std::string make_option_opts(const CLI::Option* option) const override {
    return option->get_type_size() == 0 ? "" : " " + option->get_type_name();
  }
  std::string make_footer(const CLI::App* app) const override { return app->get_footer() + "\n\n" + kExitCodes + "\n"; }
  std::string usage_line() const { return "usage: " + usage_; }

 private:
  std::string usage_;
};

}  // namespace corosim::tools
