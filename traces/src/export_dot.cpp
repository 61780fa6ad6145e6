// A graph of the steps: each task is a cluster, an edge goes from the step that made another ready, a dotted one from a
// task's step to its next where another task's step lies between.
#include <fmt/format.h>

#include <corosim/traces/render.hpp>
#include <iterator>
#include <string_view>
#include <vector>

#include "describe.hpp"
#include "exporter.hpp"
#include "paint.hpp"

namespace corosim::traces {

namespace {

/// Inside a quoted string of DOT only the quote and the backslash mean something.
std::string dot_text(std::string_view text) {
  std::string result;
  for (const char c : printable(text)) {
    if (c == '"' || c == '\\') result += '\\';
    result += c;
  }
  return result;
}

class DotExporter : public Exporter {
 public:
  using Exporter::Exporter;

  void begin(const RunInfo& run) override {
    line("digraph corosim {{");
    line("  graph [fontname=\"sans-serif\", labelloc=t, label=\"{}, seed {:#x}, strategy {}, order {}\"]",
         dot_text(run.program), run.seed, dot_text(run.strategy), dot_text(run.order));
    line("  node [fontname=\"sans-serif\", fontsize=10, shape=box, style=rounded]");
  }

  void add(const StepStory& story, const Names& names) override {
    const Step& step = story.step;
    if (step.number == kBeforeFirstStep) return;
    std::string label =
        fmt::format("{}  {}\\n{}", step.number, render_time(step.time), dot_text(describe(names, step)));
    bool has_failed = false;
    for (const Note& note : story.notes) {
      if (std::holds_alternative<LeftReady>(note)) continue;
      label.append("\\n").append(dot_text(describe(names, note)));
      const auto* ended = std::get_if<TaskEnded>(&note);
      has_failed = has_failed || (ended != nullptr && ended->how == TaskEnd::exception);
    }
    std::string_view look;
    if (step.is_decision()) {
      label += fmt::format("\\n{} of {} ready", std::uint64_t{step.chosen} + 1, step.ready);
      look = ", penwidth=2";
    }
    const std::string_view color = has_failed                           ? ", color=red"
                                   : step.kind == StepKind::task_cancel ? ", color=orange"
                                                                        : "";
    line("  subgraph cluster_{} {{ label=\"{}\"; s{} [label=\"{}\"{}{}] }}", step.task, dot_text(names.task(step.task)),
         step.number, label, look, color);
    put_edges(step);
  }

  void finish(const RunEnded* end, const Tail& tail) override {
    const std::string words = end == nullptr      ? "cut short: " + tail.text
                              : end->text.empty() ? std::string(to_string(end->outcome))
                                                  : fmt::format("{}: {}", to_string(end->outcome), end->text);
    const std::string_view color = end != nullptr && end->outcome == Outcome::completed ? "darkgreen" : "red";
    line("  end [label=\"{}\", shape=plaintext, fontcolor={}]", dot_text(words), color);
    if (last_step_ != kBeforeFirstStep) line("  s{} -> end [style=dotted]", last_step_);
    line("}}");
  }

 private:
  template <typename... Arguments>
  void line(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    fmt::format_to(std::back_inserter(text()), format, std::forward<Arguments>(arguments)...);
    text() += '\n';
  }

  void put_edges(const Step& step) {
    if (first_step_ == kBeforeFirstStep) first_step_ = step.number;
    last_step_ = step.number;
    if (last_of_task_.size() <= step.task) last_of_task_.resize(step.task + std::size_t{1});
    const StepNumber before = std::exchange(last_of_task_[step.task], step.number);
    if (step.cause >= first_step_) line("  s{} -> s{}", step.cause, step.number);
    if (step.task != kNoTask && before != 0 && before != step.cause) {
      line("  s{} -> s{} [style=dotted]", before, step.number);
    }
  }

  StepNumber first_step_ = kBeforeFirstStep;
  StepNumber last_step_ = kBeforeFirstStep;
  std::vector<StepNumber> last_of_task_;
};

}  // namespace

std::unique_ptr<Exporter> make_dot_exporter(const Sink& sink) { return std::make_unique<DotExporter>(sink); }

}  // namespace corosim::traces
