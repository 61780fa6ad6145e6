#include <corosim/sim/failure_signature.hpp>

#include <cctype>
#include <set>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace corosim::sim {

namespace {

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// "2 and 0x1f" is "N and N"; "node2" stays.
std::string without_numbers(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool starts_number =
        std::isdigit(static_cast<unsigned char>(text[i])) != 0 && (i == 0 || !is_word(text[i - 1]));
    if (!starts_number) {
      result += text[i];
      continue;
    }
    while (i + 1 < text.size() && is_word(text[i + 1])) ++i;
    result += 'N';
  }
  return result;
}

// What is waited for, without who: neither the one that waits nor the holder is part of it.
std::string waits(const std::vector<StoppedTask>& tasks) {
  std::set<std::string> all;
  for (const StoppedTask& task : tasks) {
    const std::string_view what = std::string_view(task.waits_for).substr(0, task.waits_for.find(", held by "));
    const bool is_task = what.starts_with("Task ");
    all.insert(fmt::format("{} at {}", is_task ? "Task" : what, task.stack.empty() ? "?" : task.stack.back().place));
  }
  return fmt::format("{}", fmt::join(all, ", "));
}

struct Signature {
  std::string operator()(const Failed& failed) const {
    return fmt::format("failed: {} at {}", without_numbers(failed.what), failed.place);
  }
  std::string operator()(const Deadlock& deadlock) const { return "deadlock: " + waits(deadlock.tasks); }
  std::string operator()(const StepLimit&) const { return "step limit"; }
  std::string operator()(const TimeLimit& limit) const {
    return limit.virtual_time ? "virtual time limit" : "time limit";
  }
  template <class Other>
  std::string operator()(const Other&) const {
    return {};
  }
};

}  // namespace

std::string failure_signature(const RunResult& result) { return std::visit(Signature(), result.end); }

}  // namespace corosim::sim
