#include "paint.hpp"

#include <fmt/format.h>

namespace corosim::traces {

namespace {

bool continues_code_point(char c) { return (static_cast<unsigned char>(c) & 0xc0U) == 0x80U; }

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

}  // namespace

std::size_t width(std::string_view text) {
  std::size_t columns = 0;
  for (const char c : text) columns += continues_code_point(c) ? 0 : 1;
  return columns;
}

std::string pad(std::string_view text, std::size_t columns) {
  std::string padded(text);
  const std::size_t taken = width(text);
  if (taken < columns) padded.append(columns - taken, ' ');
  return padded;
}

std::string shorten_front(std::string_view text, std::size_t columns) {
  std::size_t taken = width(text);
  if (taken <= columns) return std::string(text);
  while (taken >= columns && !text.empty()) {
    text.remove_prefix(1);
    while (!text.empty() && continues_code_point(text.front())) text.remove_prefix(1);
    --taken;
  }
  return "…" + std::string(text);
}

std::string printable(std::string_view text) {
  std::string line;
  line.reserve(text.size());
  for (const char c : text) {
    if (c == '\n') {
      line += "\\n";
    } else if (c == '\t') {
      line += "\\t";
    } else if (is_control(c)) {
      line += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    } else {
      line += c;
    }
  }
  return line;
}

void make_printable(std::string& text, std::size_t begin) {
  const std::string_view added = std::string_view(text).substr(begin);
  // Looks at every byte, which compiles to vector instructions, as a search that stops does not.
  bool has_control = false;
  for (const char c : added) has_control |= is_control(c);
  if (has_control) text.replace(begin, added.size(), printable(added));
}

}  // namespace corosim::traces
