#include <corosim/traces/render.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>
#include <variant>
#include <vector>

#include "lanes.hpp"
#include "paint.hpp"
#include "run_lines.hpp"
#include "selection.hpp"

namespace corosim::traces {

namespace {

constexpr std::size_t kStepColumns = 7;
constexpr std::size_t kTimeColumns = 11;
constexpr std::size_t kMaxTaskColumns = 32;
constexpr std::size_t kLaneColumns = 28;

class Story {
 public:
  Story(const Trace& trace, const StoryOptions& options)
      : trace_(trace), options_(options), paint_(options.color), selection_(trace, options) {}

  std::string render() {
    text_ = run_head(trace_.run(), paint_) + "\n";
    find_columns();
    put_column_heads();
    if (selection_.is_everything()) put_setup();
    std::uint64_t hidden = 0;
    for (const Step& step : trace_.steps()) {
      if (!selection_.shows(step)) {
        ++hidden;
        continue;
      }
      put_step(step);
    }
    put_end(hidden);
    return std::move(text_);
  }

 private:
  template <typename... Arguments>
  void line(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    fmt::format_to(std::back_inserter(text_), format, std::forward<Arguments>(arguments)...);
    text_ += '\n';
  }

  void find_columns() {
    std::size_t widest = width(trace_.task_name(kNoTask));
    column_of_task_.assign(trace_.tasks().size() + 1, 0);
    const bool loop_steps = std::any_of(trace_.steps().begin(), trace_.steps().end(),
                                        [](const Step& step) { return step.task == kNoTask; });
    for (TaskId task = loop_steps ? 0 : 1; task <= trace_.tasks().size(); ++task) {
      if (!selection_.shows(task)) continue;
      column_of_task_[task] = columns_.size();
      columns_.push_back(task);
      widest = std::max(widest, width(trace_.task_name(task)));
    }
    task_columns_ = std::min(widest, kMaxTaskColumns);
  }

  void put_column_heads() {
    std::string heads = fmt::format("{:>{}}  {:>{}}", "step", kStepColumns, "time", kTimeColumns);
    if (options_.layout == StoryLayout::merged) {
      heads += fmt::format("  {}  what", pad("task", task_columns_));
    } else {
      for (const TaskId task : columns_) {
        heads += fmt::format("  {:{}}", shorten_front(printable(trace_.task_name(task)), kLaneColumns), kLaneColumns);
      }
    }
    while (heads.back() == ' ') heads.pop_back();
    line("{}", paint_.dim(heads));
  }

  std::string task_cell(TaskId task) const {
    return pad(shorten_front(printable(trace_.task_name(task)), task_columns_), task_columns_);
  }

  void put_setup() {
    for (const Note& note : trace_.notes(kBeforeFirstStep)) {
      const std::string what = printable(describe(trace_, note));
      if (options_.layout == StoryLayout::columns) {
        line("{:{}}  {}", "", kStepColumns + kTimeColumns + 2, what);
      } else {
        line("{:{}}  {}  {}", "", kStepColumns + kTimeColumns + 2, task_cell(kNoTask), what);
      }
    }
  }

  std::string colored(const Step& step, const std::string& what) const {
    if (step.kind == StepKind::task_cancel) return paint_.red(what);
    if (step.kind == StepKind::task_start) return paint_.green(what);
    return what;
  }
  std::string colored(const Note& note, const std::string& what) const {
    if (std::holds_alternative<Mark>(note) || std::holds_alternative<Draw>(note)) return paint_.yellow(what);
    if (std::holds_alternative<CancelRequested>(note)) return paint_.red(what);
    if (const auto* ended = std::get_if<TaskEnded>(&note)) {
      return ended->how == TaskEnd::exception ? paint_.red(what) : paint_.green(what);
    }
    return std::holds_alternative<TaskCreated>(note) ? paint_.green(what) : paint_.dim(what);
  }

  /// What the step was, what happened in it in order, and where it parked.
  std::vector<std::pair<std::string, std::string>> parts(const Step& step) const {
    std::vector<std::pair<std::string, std::string>> result;  // plain, for its width, and as painted
    const auto add = [&result](std::string plain, const auto& paint) {
      plain = printable(plain);
      std::string painted = paint(plain);
      result.emplace_back(std::move(plain), std::move(painted));
    };
    add(describe(trace_, step), [&](const std::string& text) { return colored(step, text); });
    for (const Note& note : trace_.notes(step.number)) {
      if (std::holds_alternative<LeftReady>(note)) continue;
      std::string what = describe(trace_, note);
      const auto* ended = std::get_if<TaskEnded>(&note);
      if (ended != nullptr && ended->task != step.task)
        what = fmt::format("{} {}", trace_.task_name(ended->task), what);
      const auto* parked = std::get_if<Parked>(&note);
      if (parked != nullptr && parked->task != step.task)
        what = fmt::format("{} {}", trace_.task_name(parked->task), what);
      add(std::move(what), [&](const std::string& text) { return colored(note, text); });
    }
    if (step.is_decision()) {
      add(fmt::format("[{} of {} ready]", std::uint64_t{step.chosen} + 1, step.ready),
          [&](const std::string& text) { return paint_.cyan(text); });
    }
    return result;
  }

  void put_step(const Step& step) {
    const std::string head =
        fmt::format("{:>{}}  {:>{}}", step.number, kStepColumns, render_time(step.time), kTimeColumns);
    const auto what = parts(step);
    if (options_.layout == StoryLayout::columns) return put_in_columns(step, head, what);
    std::string joined;
    for (const auto& [plain, painted] : what) joined.append(joined.empty() ? "" : ", ").append(painted);
    line("{}  {}  {}", head, task_cell(step.task), joined);
  }

  /// Each part on a line of its own, below its task.
  void put_in_columns(const Step& step, const std::string& head,
                      const std::vector<std::pair<std::string, std::string>>& what) {
    std::string indent;
    for (std::size_t i = 0; i < column_of_task_[step.task]; ++i) indent += fmt::format("  {:{}}", ".", kLaneColumns);
    std::string before = head;
    for (const auto& [plain, painted] : what) {
      line("{}{}  {}", before, indent, painted);
      before.assign(head.size(), ' ');
    }
  }

  void put_end(std::uint64_t hidden) {
    if (!trace_.steps().empty()) {
      for (const Note& note : trace_.notes(trace_.steps().back().number)) {
        const auto* left = std::get_if<LeftReady>(&note);
        if (left == nullptr || !selection_.shows(left->task)) continue;
        line("{:{}}  {}", "", kStepColumns + kTimeColumns + 2, paint_.dim(printable(describe(trace_, note))));
      }
    }
    text_ += '\n';
    if (hidden != 0) line("{}", paint_.dim(fmt::format("{} of {} steps not shown", hidden, trace_.steps().size())));
    const auto decisions = std::count_if(trace_.steps().begin(), trace_.steps().end(),
                                         [](const Step& step) { return step.is_decision(); });
    text_ +=
        end_line(trace_.end(), trace_.tail(), static_cast<std::uint64_t>(decisions), trace_.tasks().size(), paint_);
  }

  const Trace& trace_;
  const StoryOptions& options_;
  Paint paint_;
  Selection selection_;
  std::vector<TaskId> columns_;              // the shown tasks
  std::vector<std::size_t> column_of_task_;  // by task; 0 where it is not shown
  std::size_t task_columns_ = 0;
  std::string text_;
};

}  // namespace

std::string render_story(const Trace& trace, const StoryOptions& options) { return Story(trace, options).render(); }

}  // namespace corosim::traces
