// Which steps of a trace a story shows.
#pragma once

#include <corosim/traces/render.hpp>
#include <vector>

namespace corosim::traces {

/// What passes all filters of a StoryOptions. A filter asks for the step itself or for something that happened in it.
class Selection {
 public:
  Selection(const Trace& trace, const StoryOptions& options);
  bool shows(const Step& step) const;
  /// Whether the task's path passes.
  bool shows(TaskId task) const { return task < tasks_.size() && tasks_[task]; }
  /// Nothing is filtered: what happened before the first step is shown, too.
  bool is_everything() const;

 private:
  bool passes_task(const Step& step) const;
  bool passes_kind(const Step& step) const;
  bool passes_site(const Step& step) const;

  const Trace& trace_;
  const StoryOptions& options_;
  std::vector<bool> tasks_;  // by task
  std::vector<bool> sites_;  // by site
};

}  // namespace corosim::traces
