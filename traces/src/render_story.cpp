#include <corosim/traces/render.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "describe.hpp"
#include "names.hpp"
#include "paint.hpp"
#include "run_lines.hpp"
#include "selection.hpp"
#include "step_story.hpp"

namespace corosim::traces {

namespace {

constexpr std::size_t kStepColumns = 7;
constexpr std::size_t kTimeColumns = 11;
constexpr std::size_t kMaxTaskColumns = 32;
constexpr std::size_t kLaneColumns = 28;

class Story {
 public:
  Story(const Outline& outline, const StoryOptions& options, const Sink& sink)
      : outline_(outline),
        options_(options),
        sink_(sink),
        paint_(options.color),
        selection_(outline, options),
        names_(outline.tasks, outline.sites) {}

  void render(Reader reader) {
    text_ = run_head(outline_.run, paint_) + "\n";
    find_columns();
    put_column_heads();
    reader.choose_chunks([this](const ChunkSummary& chunk) { return selection_.may_show(chunk); });
    StepStories stories([this](const StepStory& story) { put(story); });
    try {
      while (!is_over_) {
        std::optional<Event> event = reader.next();
        if (!event) break;
        stories.tell(std::move(*event));
      }
    } catch (const TraceError&) {  // the outline's tail tells
    }
    if (!is_over_) stories.finish();
    put_end();
    sink_(text_);
  }

 private:
  template <typename... Arguments>
  void line(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    fmt::format_to(std::back_inserter(text_), format, std::forward<Arguments>(arguments)...);
    text_ += '\n';
  }

  void find_columns() {
    std::size_t widest = width(names_.task(kNoTask));
    column_of_task_.assign(outline_.tasks.size() + 1, 0);
    for (TaskId task = outline_.loop_steps ? 0 : 1; task <= outline_.tasks.size(); ++task) {
      if (!selection_.shows(task)) continue;
      column_of_task_[task] = columns_.size();
      columns_.push_back(task);
      widest = std::max(widest, width(names_.task(task)));
    }
    task_columns_ = std::min(widest, kMaxTaskColumns);
  }

  void put_column_heads() {
    std::string heads = fmt::format("{:>{}}  {:>{}}", "step", kStepColumns, "time", kTimeColumns);
    if (options_.layout == StoryLayout::merged) {
      heads += fmt::format("  {}  what", pad("task", task_columns_));
    } else {
      for (const TaskId task : columns_) {
        heads += fmt::format("  {:{}}", shorten_front(printable(names_.task(task)), kLaneColumns), kLaneColumns);
      }
    }
    while (heads.back() == ' ') heads.pop_back();
    line("{}", paint_.dim(heads));
  }

  std::string task_cell(TaskId task) const {
    return pad(shorten_front(printable(names_.task(task)), task_columns_), task_columns_);
  }

  void put(const StepStory& story) {
    if (story.step.number == kBeforeFirstStep) {
      if (selection_.is_everything()) put_setup(story);
    } else {
      if (selection_.shows(story)) put_step(story);
      is_over_ = selection_.ends_at(story.step);
    }
    constexpr std::size_t kFull = std::size_t{1} << 16U;
    if (text_.size() < kFull) return;
    sink_(text_);
    text_.clear();
  }

  void put_setup(const StepStory& story) {
    for (const Note& note : story.notes) {
      const std::string what = printable(describe(names_, note));
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
  std::vector<std::pair<std::string, std::string>> parts(const StepStory& story) const {
    const Step& step = story.step;
    std::vector<std::pair<std::string, std::string>> result;  // plain, for its width, and as painted
    const auto add = [&result](std::string plain, const auto& paint) {
      plain = printable(plain);
      std::string painted = paint(plain);
      result.emplace_back(std::move(plain), std::move(painted));
    };
    add(describe(names_, step), [&](const std::string& text) { return colored(step, text); });
    for (const Note& note : story.notes) {
      if (std::holds_alternative<LeftReady>(note)) continue;
      std::string what = describe(names_, note);
      const auto* ended = std::get_if<TaskEnded>(&note);
      if (ended != nullptr && ended->task != step.task) what = fmt::format("{} {}", names_.task(ended->task), what);
      const auto* parked = std::get_if<Parked>(&note);
      if (parked != nullptr && parked->task != step.task) what = fmt::format("{} {}", names_.task(parked->task), what);
      add(std::move(what), [&](const std::string& text) { return colored(note, text); });
    }
    if (step.is_decision()) {
      add(fmt::format("[{} of {} ready]", std::uint64_t{step.chosen} + 1, step.ready),
          [&](const std::string& text) { return paint_.cyan(text); });
    }
    return result;
  }

  void put_step(const StepStory& story) {
    const Step& step = story.step;
    ++shown_;
    const std::string head =
        fmt::format("{:>{}}  {:>{}}", step.number, kStepColumns, render_time(step.time), kTimeColumns);
    const auto what = parts(story);
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

  void put_end() {
    for (const LeftReady& left : outline_.left) {
      if (!selection_.shows(left.task)) continue;
      line("{:{}}  {}", "", kStepColumns + kTimeColumns + 2, paint_.dim(printable(describe(names_, Note(left)))));
    }
    text_ += '\n';
    const std::uint64_t hidden = outline_.steps - shown_;
    if (hidden != 0) line("{}", paint_.dim(fmt::format("{} of {} steps not shown", hidden, outline_.steps)));
    text_ += end_line(outline_.end, outline_.tail, outline_.decisions, outline_.tasks.size(), paint_);
  }

  const Outline& outline_;
  const StoryOptions& options_;
  const Sink& sink_;
  Paint paint_;
  Selection selection_;
  Names names_;
  std::vector<TaskId> columns_;              // the shown tasks
  std::vector<std::size_t> column_of_task_;  // by task; 0 where it is not shown
  std::size_t task_columns_ = 0;
  std::uint64_t shown_ = 0;  // steps
  bool is_over_ = false;     // no further step is shown
  std::string text_;         // not handed on yet
};

}  // namespace

void render_story(const OpenTrace& open, const Outline& outline, const Sink& sink, const StoryOptions& options) {
  Story(outline, options, sink).render(open());
}

}  // namespace corosim::traces
