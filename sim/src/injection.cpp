#include <corosim/sim/injection.hpp>

#include <charconv>
#include <utility>

#include <corosim/runtime/errors.hpp>

#include <fmt/format.h>

namespace corosim::sim {

namespace {

void require_moment(std::uint32_t wait, Moment moment) {
  if (has_moment(wait, moment)) return;
  throw ValueError(fmt::format("wait {} has no moment '{}': expected {}", wait, to_string(moment),
                               wait == 0 ? "unstarted or resumed" : "wait 0"));
}

bool read_number(std::string_view text, std::uint32_t& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

bool has_moment(std::uint32_t wait, Moment moment) {
  if (wait > 0) return moment != Moment::kUnstarted;
  return moment == Moment::kUnstarted || moment == Moment::kResumed;
}

std::string_view to_string(Moment moment) {
  switch (moment) {
    case Moment::kUnstarted:
      return "unstarted";
    case Moment::kParked:
      return "parked";
    case Moment::kIdle:
      return "idle";
    case Moment::kWoken:
      return "woken";
    case Moment::kResuming:
      return "resuming";
    case Moment::kResumed:
      return "resumed";
    case Moment::kTwice:
      return "twice";
    case Moment::kAgain:
      return "again";
  }
  return "?";
}

Injection::Injection(TaskName task, std::uint32_t wait, Moment moment)
    : task_(std::move(task)), wait_(wait), moment_(moment) {
  require_moment(wait, moment);
}

std::string Injection::text() const { return fmt::format("{}@{}:{}", task_.text(), wait_, to_string(moment_)); }

Injection Injection::parse(std::string_view text) {
  const auto colon = text.rfind(':');
  const auto at = colon == std::string_view::npos ? colon : text.rfind('@', colon);
  std::uint32_t wait = 0;
  if (at == std::string_view::npos || at == 0 || !read_number(text.substr(at + 1, colon - at - 1), wait)) {
    throw ValueError(fmt::format("'{}' is no injection: expected TASK@WAIT:MOMENT", text));
  }
  const std::string_view word = text.substr(colon + 1);
  for (const Moment moment : kAllMoments) {
    if (word == to_string(moment)) return {TaskName::parse(text.substr(0, at)), wait, moment};
  }
  throw ValueError(
      fmt::format("'{}' is no injection: its moment is '{}', expected one of unstarted, parked, idle, woken, "
                  "resuming, resumed, twice, again",
                  text, word));
}

}  // namespace corosim::sim
