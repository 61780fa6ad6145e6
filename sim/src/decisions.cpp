#include <corosim/sim/decisions.hpp>

#include <charconv>
#include <utility>

#include <corosim/runtime/errors.hpp>

#include <fmt/format.h>

namespace corosim::sim {

namespace {

template <class T>
bool read_number(std::string_view text, T& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

std::string_view to_string(DrawKind kind) {
  switch (kind) {
    case DrawKind::kRandom:
      return "random";
    case DrawKind::kChance:
      return "chance";
    case DrawKind::kLatency:
      return "latency";
    case DrawKind::kJitter:
      return "jitter";
    case DrawKind::kExecutor:
      return "executor";
  }
  return "?";
}

DrawOverride::DrawOverride(TaskName drawer, DrawKind kind, std::uint32_t nth, std::uint64_t value)
    : drawer_(std::move(drawer)), kind_(kind), nth_(nth), value_(value) {
  if (nth == 0) throw ValueError("draws are counted from 1");
}

DrawOverride::DrawOverride(const Drawn& drawn)
    : DrawOverride(TaskName(drawn.drawer), drawn.kind, drawn.nth, drawn.value) {}

std::string DrawOverride::text() const {
  return fmt::format("{}@{}:{}={}", drawer_.text(), nth_, to_string(kind_), value_);
}

DrawOverride DrawOverride::parse(std::string_view text) {
  const auto equals = text.rfind('=');
  const auto colon = equals == std::string_view::npos ? equals : text.rfind(':', equals);
  const auto at = colon == std::string_view::npos ? colon : text.rfind('@', colon);
  std::uint32_t nth = 0;
  std::uint64_t value = 0;
  if (at == std::string_view::npos || at == 0 || !read_number(text.substr(at + 1, colon - at - 1), nth) ||
      !read_number(text.substr(equals + 1), value)) {
    throw ValueError(fmt::format("'{}' overrides no draw: expected TASK@NUMBER:KIND=VALUE", text));
  }
  const std::string_view word = text.substr(colon + 1, equals - colon - 1);
  for (const DrawKind kind : kAllDrawKinds) {
    if (word == to_string(kind)) return {TaskName::parse(text.substr(0, at)), kind, nth, value};
  }
  throw ValueError(fmt::format(
      "'{}' overrides no draw: its kind is '{}', expected random, chance, latency, jitter or executor", text, word));
}

TimerJitter::TimerJitter(Duration early, Duration late) : early_(early), late_(late) {
  constexpr Duration kMost = std::chrono::hours(1);
  if (early < Duration::zero() || late < Duration::zero() || early > kMost || late > kMost) {
    throw ValueError(fmt::format("timers that fire {} ns early or {} ns late: expected from 0 to an hour",
                                 early.count(), late.count()));
  }
}

Duration TimerJitter::offset(std::uint64_t decision) const {
  const Duration by(static_cast<Duration::rep>(decision));
  return by <= late_ ? by : late_ - by;
}

std::string TimerJitter::text() const { return fmt::format("{},{}", early_.count(), late_.count()); }

TimerJitter TimerJitter::parse(std::string_view text) {
  const auto comma = text.find(',');
  Duration::rep early = 0;
  Duration::rep late = 0;
  if (comma == std::string_view::npos || !read_number(text.substr(0, comma), early) ||
      !read_number(text.substr(comma + 1), late)) {
    throw ValueError(fmt::format("'{}' is no jitter of timers: expected EARLY,LATE in nanoseconds", text));
  }
  return {Duration(early), Duration(late)};
}

}  // namespace corosim::sim
