// Which steps of a trace a story shows.
#pragma once

#include <corosim/traces/outline.hpp>
#include <corosim/traces/render.hpp>
#include <vector>

#include "step_story.hpp"

namespace corosim::traces {

/// What passes all filters of a StoryOptions. A filter asks for the step itself or for something that happened in it.
class Selection {
 public:
  Selection(const Outline& outline, const StoryOptions& options);
  bool shows(const StepStory& story) const;
  /// Whether the task's path passes.
  bool shows(TaskId task) const { return task < tasks_.size() && tasks_[task]; }
  /// Something of the chunk, for all that its summary says.
  bool may_show(const ChunkSummary& chunk) const;
  /// No step behind this one can pass.
  bool ends_at(const Step& step) const { return step.number >= options_.last_step || step.time > options_.until; }
  /// Nothing is filtered: what happened before the first step is shown, too.
  bool is_everything() const;

 private:
  bool passes(SiteId site) const { return site < sites_.size() && sites_[site]; }
  bool passes_task(const StepStory& story) const;
  bool passes_kind(const StepStory& story) const;
  bool passes_site(const StepStory& story) const;

  const StoryOptions& options_;
  std::vector<bool> tasks_;  // by task
  std::vector<bool> sites_;  // by site
};

}  // namespace corosim::traces
