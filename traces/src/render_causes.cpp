#include <corosim/traces/render.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>
#include <utility>
#include <variant>
#include <vector>

#include "describe.hpp"
#include "paint.hpp"

namespace corosim::traces {

namespace {

constexpr std::size_t kMaxTaskColumns = 40;

constexpr StepNumber kStepsAtATime = StepNumber{1} << 18U;

std::string did(const Trace& trace, const Step& step) {
  std::string text;
  for (const Note& note : trace.notes(step.number)) {
    if (std::holds_alternative<Parked>(note) || std::holds_alternative<LeftReady>(note)) continue;
    text.append(text.empty() ? "" : ", ").append(printable(describe(trace, note)));
  }
  return text;
}

using Row = std::array<std::string, 7>;

/// A row for the step, for what made it ready, for what made that ready, ...
class Chain {
 public:
  Chain(const OpenTrace& open, const Outline& outline)
      : open_(open), first_(outline.last_step - outline.steps + 1), last_(outline.last_step) {}

  bool holds(StepNumber number) const { return number >= first_ && number <= last_; }

  void add_from(StepNumber number) {
    while (holds(number)) {
      const StepNumber before = std::min(number - first_, kStepsAtATime - 1);
      const Trace part = Trace::part(open_(), {number - before, number});
      const Step* step = part.step(number);
      if (step == nullptr) return;  // an index that promises what the trace does not hold
      for (; step != nullptr; step = part.step(number)) {
        add(part, *step);
        number = step->cause;
      }
    }
  }

  bool reaches_the_start() const { return reaches_the_start_; }
  std::vector<Row> rows;

 private:
  void add(const Trace& part, const Step& step) {
    reaches_the_start_ = step.cause == kBeforeFirstStep;
    rows.push_back({fmt::format("{}", step.number), render_time(step.time),
                    shorten_front(printable(part.task_name(step.task)), kMaxTaskColumns),
                    std::string(to_string(step.kind)), printable(part.site_name(step.site)), made_ready(step),
                    did(part, step)});
  }

  std::string made_ready(const Step& step) const {
    if (step.cause == kBeforeFirstStep) return "by the set-up";
    return fmt::format("by step {}{}", step.cause, holds(step.cause) ? "" : ", which the trace does not hold");
  }

  const OpenTrace& open_;
  StepNumber first_;
  StepNumber last_;
  bool reaches_the_start_ = false;
};

}  // namespace

std::string render_causes(const OpenTrace& open, const Outline& outline, StepNumber number,
                          const CausesOptions& options) {
  const Paint paint(options.color);
  Chain chain(open, outline);
  chain.rows.push_back({"step", "time", "task", "kind", "site", "made ready", "did"});
  chain.add_from(number);
  const std::vector<Row>& rows = chain.rows;
  const std::size_t steps = rows.size() - 1;
  if (steps == 0) return "";
  static constexpr std::array<bool, 7> kIsNumber = {true, true, false, false, false, false, false};
  std::array<std::size_t, 7> columns{};
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) columns[i] = std::max(columns[i], width(row[i]));
  }
  std::string text =
      paint.bold(fmt::format("Why step {} ran: the chain of what made it ready, {} {}, back to {}", number, steps,
                             steps == 1 ? "step" : "steps",
                             chain.reaches_the_start() ? "the start of the run" : "where the trace begins")) +
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
