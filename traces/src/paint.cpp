#include "paint.hpp"

#include <fmt/format.h>

#include <corosim/traces/render.hpp>

namespace corosim::traces {

namespace {

bool continues_code_point(char c) { return (static_cast<unsigned char>(c) & 0xc0U) == 0x80U; }

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
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\n') {
      line += "\\n";
    } else if (c == '\t') {
      line += "\\t";
    } else if (byte < 0x20 || byte == 0x7f) {
      line += fmt::format("\\x{:02x}", byte);
    } else {
      line += c;
    }
  }
  return line;
}

std::string render_time(std::chrono::nanoseconds time) {
  const auto count = time.count();
  constexpr std::int64_t kSecond = 1'000'000'000;
  if (count != 0 && count % 1'000 != 0) return fmt::format("{} ns", count);
  if (count % 1'000'000 != 0) return fmt::format("{} us", count / 1'000);
  if (count >= kSecond) return fmt::format("{}.{:03} s", count / kSecond, count % kSecond / 1'000'000);
  return fmt::format("{} ms", count / 1'000'000);
}

}  // namespace corosim::traces
