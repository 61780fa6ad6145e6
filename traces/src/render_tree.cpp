#include <corosim/traces/render.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>
#include <vector>

#include "describe.hpp"
#include "names.hpp"
#include "paint.hpp"
#include "run_lines.hpp"
#include "task_life.hpp"

namespace corosim::traces {

namespace {

constexpr std::size_t kMaxTaskColumns = 60;
constexpr std::size_t kMaxDepth = 20;  // deeper tasks are drawn there, with their depth

class Tree {
 public:
  Tree(Reader reader, const Outline& outline, const TreeOptions& options)
      : outline_(outline),
        names_(outline.tasks, outline.sites),
        paint_(options.color),
        lives_(task_lives(std::move(reader))),
        children_(outline.tasks.size() + 1) {
    lives_.resize(std::max(lives_.size(), children_.size()));
    // Tasks are numbered by birth, so that a parent comes before its children and one walk back sees who leads to a
    // task that was asked for.
    std::vector<bool> is_shown(children_.size(), false);
    for (auto task = outline.tasks.rbegin(); task != outline.tasks.rend(); ++task) {
      if (task->name.find(options.task) != std::string::npos) is_shown[task->task] = true;
      if (is_shown[task->task]) is_shown[parent_of(*task)] = true;
    }
    for (const TaskCreated& task : outline.tasks) {
      if (is_shown[task.task]) children_[parent_of(task)].push_back(task.task);
    }
  }

  std::string render() {
    text_ = run_head(outline_.run, paint_) + "\n";
    lay_out();
    std::size_t widest = width("task");
    std::size_t widest_birth = width("born in");
    for (const Row& row : rows_) {
      widest = std::max(widest, width(row.name));
      widest_birth = std::max(widest_birth, width(birth(row.task)));
    }
    widest = std::min(widest, kMaxTaskColumns);
    line("{}", paint_.dim(fmt::format("{}  {}  {:>7}  {:>7}  {:>11}  end", pad("task", widest),
                                      pad("born in", widest_birth), "steps", "waits", "waited")));
    for (const Row& row : rows_) {
      const TaskLife& life = lives_[row.task];
      line("{}  {}  {:>7}  {:>7}  {:>11}  {}", pad(shorten_front(row.name, widest), widest),
           pad(birth(row.task), widest_birth), life.steps, life.waits, render_time(life.waited), end(life));
    }
    text_ += '\n';
    text_ += end_line(outline_.end, outline_.tail, outline_.decisions, outline_.tasks.size(), paint_);
    return std::move(text_);
  }

 private:
  struct Row {
    TaskId task = kNoTask;
    std::string name;  // with the branches that lead to it
  };

  template <typename... Arguments>
  void line(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    fmt::format_to(std::back_inserter(text_), format, std::forward<Arguments>(arguments)...);
    text_ += '\n';
  }

  TaskId parent_of(const TaskCreated& task) const { return task.parent < task.task ? task.parent : kNoTask; }

  /// Depth first without recursion: tasks may spawn each other as deep as there are tasks.
  void lay_out() {
    struct Place {
      TaskId task;
      std::size_t depth;
      std::string before;  // of its children
      std::string branch;
    };
    std::vector<Place> open;
    const auto push_children = [&](TaskId parent, std::size_t depth, const std::string& before) {
      const std::vector<TaskId>& children = children_[parent];
      for (std::size_t i = children.size(); i-- > 0;) {
        const bool is_last = i + 1 == children.size();
        if (depth == 0) {
          open.push_back({children[i], depth, "", ""});
        } else if (depth > kMaxDepth) {
          open.push_back({children[i], depth, before, before + fmt::format("… {} deep: ", depth)});
        } else {
          open.push_back({children[i], depth, before + (is_last ? "   " : "│  "), before + (is_last ? "└─ " : "├─ ")});
        }
      }
    };
    push_children(kNoTask, 0, "");
    while (!open.empty()) {
      const Place place = std::move(open.back());
      open.pop_back();
      rows_.push_back({place.task, place.branch + name(place.task)});
      push_children(place.task, place.depth + 1, place.before);
    }
  }

  /// The part of the path that its parent's path does not tell.
  std::string name(TaskId task) const {
    const TaskCreated& created = outline_.tasks[task - 1];
    std::string name = created.name;
    const std::string prefix = names_.task(parent_of(created)) + "/";
    if (name.starts_with(prefix)) name.erase(0, prefix.size());
    return printable(name);
  }

  std::string birth(TaskId task) const {
    const StepNumber born_in = lives_[task].born_in;
    const std::string site = names_.site(outline_.tasks[task - 1].site);
    const std::string step = born_in == kBeforeFirstStep ? "set-up" : fmt::format("step {}", born_in);
    return printable(site.empty() ? step : fmt::format("{} at {}", step, site));
  }

  std::string at(const TaskLife::Moment& moment) const {
    if (moment.step == kBeforeFirstStep) {
      return fmt::format("before step {}", outline_.last_step - outline_.steps + 1);
    }
    return fmt::format("step {}, {}", moment.step, render_time(moment.time));
  }

  std::string end(const TaskLife& life) const {
    if (life.end) {
      const std::string how = fmt::format("{} in {}", to_string(life.end->how), at(life.ended_at));
      const std::string text = life.end->text.empty() ? "" : ": " + printable(life.end->text);
      const bool is_bad = life.end->how == TaskEnd::exception;
      return (is_bad ? paint_.red(how) : paint_.green(how)) + text;
    }
    if (!life.parked) return paint_.yellow(life.steps == 0 ? "never started" : "not done");
    return paint_.yellow(printable(fmt::format("{} since {}", describe(names_, *life.parked), at(life.parked_at))));
  }

  const Outline& outline_;
  Names names_;
  Paint paint_;
  std::vector<TaskLife> lives_;
  std::vector<std::vector<TaskId>> children_;  // by task
  std::vector<Row> rows_;
  std::string text_;
};

}  // namespace

std::string render_tree(const OpenTrace& open, const Outline& outline, const TreeOptions& options) {
  return Tree(open(), outline, options).render();
}

}  // namespace corosim::traces
