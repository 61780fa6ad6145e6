#include <corosim/traces/render.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <string_view>
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
        names_(outline.tasks, outline.sites),
        task_cells_(outline.tasks.size() + 1) {
    names_.remember_sites();
  }

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

  /// An index that hides a birth gives an outline without the task.
  std::size_t column_of(TaskId task) const { return task < column_of_task_.size() ? column_of_task_[task] : 0; }

  const std::string& task_cell(TaskId task) {
    if (task >= task_cells_.size()) task_cells_.resize(task + std::size_t{1});
    std::string& cell = task_cells_[task];
    if (cell.empty()) cell = pad(shorten_front(printable(names_.task(task)), task_columns_), task_columns_);
    return cell;
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
      text_.append(kStepColumns + kTimeColumns + 4, ' ');
      const TaskId running = options_.layout == StoryLayout::merged ? task_of(note) : kNoTask;
      if (options_.layout == StoryLayout::merged) text_.append(task_cell(running)).append("  ");
      const std::size_t begin = text_.size();
      put_note(note, running);
      make_printable(text_, begin);
      text_ += '\n';
    }
  }

  static Ink ink_of(const Step& step) {
    if (step.kind == StepKind::task_cancel) return Ink::red;
    return step.kind == StepKind::task_start ? Ink::green : Ink::plain;
  }
  static Ink ink_of(const Note& note) {
    if (std::holds_alternative<Mark>(note) || std::holds_alternative<Draw>(note)) return Ink::yellow;
    if (std::holds_alternative<CancelRequested>(note)) return Ink::red;
    if (const auto* ended = std::get_if<TaskEnded>(&note)) {
      return ended->how == TaskEnd::exception ? Ink::red : Ink::green;
    }
    return std::holds_alternative<TaskCreated>(note) ? Ink::green : Ink::dim;
  }

  void put_step(const StepStory& story) {
    const Step& step = story.step;
    ++shown_;
    const std::size_t begin = text_.size();
    put_right(fmt::format_int(step.number), kStepColumns);
    text_.append("  ").append(time_cell(step.time));
    if (options_.layout == StoryLayout::merged) {
      text_.append("  ").append(task_cell(step.task)).append("  ");
      put_parts(story, ", ");
    } else {  // each part on a line of its own, below its task
      std::string separator = "\n";
      separator.append(text_.size() - begin, ' ');
      const std::size_t before = separator.size();
      for (std::size_t i = 0; i < column_of(step.task); ++i) {
        fmt::format_to(std::back_inserter(separator), "  {:{}}", ".", kLaneColumns);
      }
      separator += "  ";
      text_.append(separator, before);
      put_parts(story, separator);
    }
    text_ += '\n';
  }

  /// What the step was, what happened in it in order, and where it parked.
  void put_parts(const StepStory& story, std::string_view separator) {
    const Step& step = story.step;
    bool is_first = true;
    const auto put_part = [&](Ink ink, auto put_words) {
      if (!std::exchange(is_first, false)) text_ += separator;
      text_ += paint_.on(ink);
      const std::size_t begin = text_.size();
      put_words();
      make_printable(text_, begin);
      text_ += paint_.off(ink);
    };
    put_part(ink_of(step), [&] { describe(text_, names_, step); });
    for (const Note& note : story.notes) {
      if (std::holds_alternative<LeftReady>(note)) continue;
      put_part(ink_of(note), [&] { put_note(note, step.task); });
    }
    if (!step.is_decision()) return;
    put_part(Ink::cyan, [&] {
      text_.append("[").append(view(fmt::format_int(std::uint64_t{step.chosen} + 1)));
      text_.append(" of ").append(view(fmt::format_int(step.ready))).append(" ready]");
    });
  }

  /// The task that parked or ended; kNoTask where the running one did something.
  static TaskId task_of(const Note& note) {
    if (const auto* ended = std::get_if<TaskEnded>(&note)) return ended->task;
    if (const auto* parked = std::get_if<Parked>(&note)) return parked->task;
    return kNoTask;
  }

  /// What another task than the one that runs did is told with its name.
  void put_note(const Note& note, TaskId running) {
    const TaskId task = task_of(note);
    if (task != kNoTask && task != running) text_.append(names_.task(task)).append(" ");
    describe(text_, names_, note);
  }

  static std::string_view view(const fmt::format_int& number) { return {number.data(), number.size()}; }
  void put_right(const fmt::format_int& number, std::size_t columns) {
    if (number.size() < columns) text_.append(columns - number.size(), ' ');
    text_ += view(number);
  }
  const std::string& time_cell(std::chrono::nanoseconds time) {
    if (time_cell_.empty() || time != cell_time_) {
      time_cell_ = fmt::format("{:>{}}", render_time(time), kTimeColumns);
      cell_time_ = time;
    }
    return time_cell_;
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
  std::vector<std::string> task_cells_;  // by task; empty where it is not made yet
  std::string time_cell_;                // of the latest instant: many steps share one
  std::chrono::nanoseconds cell_time_{0};
  std::uint64_t shown_ = 0;  // steps
  bool is_over_ = false;     // no further step is shown
  std::string text_;         // not handed on yet
};

}  // namespace

void render_story(const OpenTrace& open, const Outline& outline, const Sink& sink, const StoryOptions& options) {
  Story(outline, options, sink).render(open());
}

}  // namespace corosim::traces
