#include <corosim/traces/render.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <system_error>
#include <utility>

namespace corosim::traces {

std::string render_time(std::chrono::nanoseconds time) {
  const auto count = time.count();
  constexpr std::int64_t kSecond = 1'000'000'000;
  if (count != 0 && count % 1'000 != 0) return fmt::format("{} ns", count);
  if (count % 1'000'000 != 0) return fmt::format("{} us", count / 1'000);
  if (count >= kSecond) return fmt::format("{}.{:03} s", count / kSecond, count % kSecond / 1'000'000);
  return fmt::format("{} ms", count / 1'000'000);
}

std::optional<std::chrono::nanoseconds> parse_time(std::string_view text) {
  static constexpr std::array<std::pair<std::string_view, std::int64_t>, 4> kUnits = {
      {{"ns", 1}, {"us", 1'000}, {"ms", 1'000'000}, {"s", 1'000'000'000}}};
  const std::size_t digits = std::min(text.find_first_not_of("0123456789."), text.size());
  std::string_view number = text.substr(0, digits);
  std::string_view name = text.substr(digits);
  name.remove_prefix(std::min(name.find_first_not_of(' '), name.size()));
  const auto* const unit =
      std::find_if(kUnits.begin(), kUnits.end(), [name](const auto& known) { return known.first == name; });
  if (unit == kUnits.end() || number.empty() || number.front() == '.') return std::nullopt;

  std::int64_t whole = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), whole);
  if (error != std::errc()) return std::nullopt;
  number.remove_prefix(static_cast<std::size_t>(end - number.data()));
  std::int64_t time = 0;
  if (__builtin_mul_overflow(whole, unit->second, &time)) return std::nullopt;
  if (number == "." || std::count(number.begin(), number.end(), '.') > 1) return std::nullopt;
  std::int64_t scale = unit->second;
  for (const char digit : number) {
    if (digit == '.') continue;
    if (scale % 10 != 0) return std::nullopt;  // a part of a nanosecond
    scale /= 10;
    if (__builtin_add_overflow(time, (digit - '0') * scale, &time)) return std::nullopt;
  }
  return std::chrono::nanoseconds(time);
}

}  // namespace corosim::traces
