// Colours and padding of the text reports.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace corosim::traces {

enum class Ink : std::uint8_t { plain, bold, dim, red, green, yellow, cyan };

class Paint {
 public:
  explicit Paint(bool is_on) : is_on_(is_on) {}
  std::string bold(std::string_view text) const { return wrap(Ink::bold, text); }
  std::string dim(std::string_view text) const { return wrap(Ink::dim, text); }
  std::string red(std::string_view text) const { return wrap(Ink::red, text); }
  std::string green(std::string_view text) const { return wrap(Ink::green, text); }
  std::string yellow(std::string_view text) const { return wrap(Ink::yellow, text); }
  std::string cyan(std::string_view text) const { return wrap(Ink::cyan, text); }

  /// What stands before and behind a text in this ink.
  std::string_view on(Ink ink) const {
    static constexpr std::array<std::string_view, 7> kCodes = {"",         "\x1b[1m",  "\x1b[2m", "\x1b[31m",
                                                               "\x1b[32m", "\x1b[33m", "\x1b[36m"};
    return is_on_ ? kCodes[static_cast<std::size_t>(ink)] : std::string_view();
  }
  std::string_view off(Ink ink) const { return is_on_ && ink != Ink::plain ? "\x1b[0m" : std::string_view(); }

 private:
  std::string wrap(Ink ink, std::string_view text) const {
    if (text.empty()) return "";
    return std::string(on(ink)).append(text).append(off(ink));
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
/// Makes `text` that from `begin` on.
void make_printable(std::string& text, std::size_t begin);

}  // namespace corosim::traces
