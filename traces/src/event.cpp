#include <corosim/traces/event.hpp>

#include <array>
#include <cstddef>

namespace corosim::traces {

namespace {

template <std::size_t Count>
std::string_view word(const std::array<std::string_view, Count>& words, std::size_t index) {
  return index < Count ? words[index] : std::string_view("unknown");
}

}  // namespace

std::string_view to_string(StepKind kind) {
  static constexpr std::array<std::string_view, 5> kWords = {"task_start", "task_resume", "task_cancel", "callback",
                                                             "timer"};
  return word(kWords, static_cast<std::size_t>(kind));
}

std::string_view to_string(TaskEnd how) {
  static constexpr std::array<std::string_view, 3> kWords = {"result", "exception", "cancelled"};
  return word(kWords, static_cast<std::size_t>(how));
}

std::string_view to_string(Outcome outcome) {
  static constexpr std::array<std::string_view, 6> kWords = {"completed",  "failed",     "deadlock",
                                                             "step_limit", "time_limit", "diverged"};
  return word(kWords, static_cast<std::size_t>(outcome));
}

}  // namespace corosim::traces
