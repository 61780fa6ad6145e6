#include "json_text.hpp"

#include <fmt/format.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <iterator>

namespace corosim::traces {

namespace {

/// How many bytes the UTF-8 sequence at the beginning of the text has; 0 where there is none (RFC 3629, section 4).
std::size_t sequence_bytes(std::string_view text) {
  const auto byte = [text](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const auto continues = [&](std::size_t i) { return byte(i) >= 0x80 && byte(i) <= 0xbf; };
  const unsigned first = byte(0);
  const unsigned second = byte(1);
  if (first < 0x80) return 1;
  if (first >= 0xc2 && first <= 0xdf) return continues(1) ? 2 : 0;
  if (first >= 0xe0 && first <= 0xef) {
    const bool is_good = (first != 0xe0 || second >= 0xa0) && (first != 0xed || second <= 0x9f);
    return is_good && continues(1) && continues(2) ? 3 : 0;
  }
  if (first >= 0xf0 && first <= 0xf4) {
    const bool is_good = (first != 0xf0 || second >= 0x90) && (first != 0xf4 || second <= 0x8f);
    return is_good && continues(1) && continues(2) && continues(3) ? 4 : 0;
  }
  return 0;
}

}  // namespace

void append_json(std::string& to, std::string_view text) {
  to += '"';
  while (!text.empty()) {
    const char c = text.front();
    const std::size_t bytes = sequence_bytes(text);
    if (c == '"' || c == '\\') {
      to.append({'\\', c});
    } else if (c == '\n') {
      to += "\\n";
    } else if (bytes == 1 && (static_cast<unsigned char>(c) < 0x20 || c == '<' || c == 0x7f)) {
      fmt::format_to(std::back_inserter(to), "\\u{:04x}", static_cast<unsigned>(c));
    } else if (bytes == 0) {
      to += "\\ufffd";
    } else {
      to += text.substr(0, bytes);
    }
    text.remove_prefix(bytes == 0 ? 1 : bytes);
  }
  to += '"';
}

}  // namespace corosim::traces
