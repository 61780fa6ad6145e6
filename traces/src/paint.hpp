// Colours and padding of the text reports.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace corosim::traces {

class Paint {
 public:
  explicit Paint(bool is_on) : is_on_(is_on) {}
  std::string bold(std::string_view text) const { return wrap("1", text); }
  std::string dim(std::string_view text) const { return wrap("2", text); }
  std::string red(std::string_view text) const { return wrap("31", text); }
  std::string green(std::string_view text) const { return wrap("32", text); }
  std::string yellow(std::string_view text) const { return wrap("33", text); }
  std::string cyan(std::string_view text) const { return wrap("36", text); }

 private:
  std::string wrap(std::string_view code, std::string_view text) const {
    if (!is_on_ || text.empty()) return std::string(text);
    return std::string("\x1b[").append(code).append("m").append(text).append("\x1b[0m");
  }
  bool is_on_;
};

/// Code points, which is the width on a terminal for the scripts that paths and sites are written in.
std::size_t width(std::string_view text);
/// Fills up with blanks to this width; a longer text stays as it is.
std::string pad(std::string_view text, std::size_t columns);
/// At most this wide, an ellipsis in place of what was cut from the front.
std::string shorten_front(std::string_view text, std::size_t columns);
/// One line that a terminal shows as it is: control characters, line ends included, become \n, \t, \x1b.
std::string printable(std::string_view text);

}  // namespace corosim::traces
