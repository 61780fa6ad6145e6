#include "run_lines.hpp"

#include <fmt/format.h>

#include <corosim/traces/render.hpp>

namespace corosim::traces {

std::string run_head(const RunInfo& run, const Paint& paint) {
  std::string command = printable(run.program);
  for (const std::string& argument : run.arguments) command.append(" ").append(printable(argument));
  std::string head = paint.bold(command.empty() ? std::string("(unnamed program)") : command) + "\n";
  head += fmt::format("seed {:#x} · strategy {} · order {} · recorded by corosim {}\n", run.seed,
                      printable(run.strategy), printable(run.order), printable(run.version));
  for (const auto& [key, value] : run.extra) head += fmt::format("{}: {}\n", printable(key), printable(value));
  return head;
}

std::string end_in_words(const std::optional<RunEnded>& end, const Tail& tail) {
  if (!end) return "cut short: " + tail.text;
  const std::string outcome(to_string(end->outcome));
  return end->text.empty() ? outcome : outcome + ": " + end->text;
}

std::string end_line(const std::optional<RunEnded>& end, const Tail& tail, std::uint64_t decisions, std::uint64_t tasks,
                     const Paint& paint) {
  const std::string words = end_in_words(end, tail);
  if (!end) return paint.red(words) + "\n";
  return fmt::format("{} · {} · {} steps, {} decisions, {} tasks\n",
                     end->outcome == Outcome::completed ? paint.green(words) : paint.red(words), render_time(end->time),
                     end->steps, decisions, tasks);
}

}  // namespace corosim::traces
