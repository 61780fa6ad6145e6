#include <corosim/traces/render.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>
#include <utility>
#include <variant>
#include <vector>

#include "lanes.hpp"
#include "paint.hpp"

namespace corosim::traces {

namespace {

constexpr std::size_t kMaxTaskColumns = 40;

/// The step, then what made it ready, then what made that ready, ...
std::vector<const Step*> chain(const Trace& trace, StepNumber number) {
  std::vector<const Step*> steps;
  for (const Step* step = trace.step(number); step != nullptr; step = trace.step(step->cause)) steps.push_back(step);
  return steps;
}

std::string did(const Trace& trace, const Step& step) {
  std::string text;
  for (const Note& note : trace.notes(step.number)) {
    if (std::holds_alternative<Parked>(note) || std::holds_alternative<LeftReady>(note)) continue;
    text.append(text.empty() ? "" : ", ").append(printable(describe(trace, note)));
  }
  return text;
}

std::string made_ready(const Trace& trace, const Step& step) {
  if (step.cause == kBeforeFirstStep) return "by the set-up";
  if (trace.step(step.cause) == nullptr) return fmt::format("by step {}, which the trace does not hold", step.cause);
  return fmt::format("by step {}", step.cause);
}

}  // namespace

std::string render_causes(const Trace& trace, StepNumber number, const CausesOptions& options) {
  const Paint paint(options.color);
  const std::vector<const Step*> steps = chain(trace, number);
  if (steps.empty()) return "";
  using Row = std::array<std::string, 7>;
  static constexpr std::array<bool, 7> kIsNumber = {true, true, false, false, false, false, false};
  std::vector<Row> rows = {{"step", "time", "task", "kind", "site", "made ready", "did"}};
  for (const Step* step : steps) {
    rows.push_back({fmt::format("{}", step->number), render_time(step->time),
                    shorten_front(printable(trace.task_name(step->task)), kMaxTaskColumns),
                    std::string(to_string(step->kind)), printable(trace.site_name(step->site)),
                    made_ready(trace, *step), did(trace, *step)});
  }
  std::array<std::size_t, 7> columns{};
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) columns[i] = std::max(columns[i], width(row[i]));
  }
  std::string text = paint.bold(fmt::format(
                         "Why step {} ran: the chain of what made it ready, {} {}, back to {}", number, steps.size(),
                         steps.size() == 1 ? "step" : "steps",
                         steps.back()->cause == kBeforeFirstStep ? "the start of the run" : "where the trace begins")) +
                     "\n\n";
  for (std::size_t r = 0; r < rows.size(); ++r) {
    std::string line;
    for (std::size_t i = 0; i < rows[r].size(); ++i) {
      const std::string& cell = rows[r][i];
      line += "  ";
      if (kIsNumber[i]) line.append(columns[i] - width(cell), ' ');
      line += cell;
      if (!kIsNumber[i]) line.append(columns[i] - width(cell), ' ');
    }
    while (line.back() == ' ') line.pop_back();
    text += (r == 0 ? paint.dim(line) : r == 1 ? paint.bold(line) : line) + "\n";
  }
  return text;
}

}  // namespace corosim::traces
