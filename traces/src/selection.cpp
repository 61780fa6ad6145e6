#include "selection.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <type_traits>
#include <variant>

#include "names.hpp"

namespace corosim::traces {

namespace {

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

/// The word of a note, as --kind takes it.
std::string_view kind_of(const Note& note) {
  static constexpr std::array<std::string_view, std::variant_size_v<Note>> kWords = {
      "task_created", "parked", "task_ended", "cancel_requested", "mark", "draw", "left_ready"};
  static_assert(std::is_same_v<std::variant_alternative_t<3, Note>, CancelRequested>);
  return kWords[note.index()];
}

template <typename Test>
bool any(const std::vector<Note>& notes, Test test) {
  return std::any_of(notes.begin(), notes.end(), test);
}

}  // namespace

std::span<const std::string_view> story_kinds() {
  static constexpr std::array<std::string_view, 12> kKinds = {
      "task_start", "task_resume", "task_cancel", "callback",         "timer",        "decision",
      "mark",       "draw",        "parked",      "cancel_requested", "task_created", "task_ended"};
  return kKinds;
}

Selection::Selection(const Outline& outline, const StoryOptions& options)
    : options_(options), tasks_(outline.tasks.size() + 1), sites_(outline.sites.size()) {
  tasks_[kNoTask] = contains(Names(outline.tasks, outline.sites).task(kNoTask), options.task);
  for (const TaskCreated& task : outline.tasks) tasks_[task.task] = contains(task.name, options.task);
  for (SiteId id = 1; id < outline.sites.size(); ++id) {
    const Site& site = outline.sites[id];
    sites_[id] =
        contains(site.file + ":" + std::to_string(site.line), options.site) || contains(site.function, options.site);
  }
}

bool Selection::is_everything() const {
  return options_.task.empty() && options_.site.empty() && options_.kinds.empty() && options_.first_step == 0 &&
         options_.since.count() == 0;
}

bool Selection::may_show(const ChunkSummary& chunk) const {
  // Or a note of the last step before it.
  return chunk.steps_before <= options_.last_step && chunk.steps_before + chunk.steps >= options_.first_step &&
         chunk.since <= options_.until && chunk.until >= options_.since;
}

bool Selection::shows(const StepStory& story) const {
  const Step& step = story.step;
  if (step.number < options_.first_step || step.number > options_.last_step) return false;
  if (step.time < options_.since || step.time > options_.until) return false;
  return passes_task(story) && passes_kind(story) && passes_site(story);
}

/// Its own task, or one that it creates, cancels or ends.
bool Selection::passes_task(const StepStory& story) const {
  if (options_.task.empty() || shows(story.step.task)) return true;
  return any(story.notes, [this](const Note& note) {
    if (const auto* created = std::get_if<TaskCreated>(&note)) return shows(created->task);
    if (const auto* cancel = std::get_if<CancelRequested>(&note)) return shows(cancel->task);
    if (const auto* ended = std::get_if<TaskEnded>(&note)) return shows(ended->task);
    return false;
  });
}

bool Selection::passes_kind(const StepStory& story) const {
  if (options_.kinds.empty()) return true;
  const auto is_wanted = [this](std::string_view kind) {
    return std::find(options_.kinds.begin(), options_.kinds.end(), kind) != options_.kinds.end();
  };
  return is_wanted(to_string(story.step.kind)) || (story.step.is_decision() && is_wanted("decision")) ||
         any(story.notes, [&](const Note& note) { return is_wanted(kind_of(note)); });
}

/// Its own place, one where a task parks in it, or where it creates one.
bool Selection::passes_site(const StepStory& story) const {
  if (options_.site.empty() || passes(story.step.site)) return true;
  return any(story.notes, [this](const Note& note) {
    if (const auto* parked = std::get_if<Parked>(&note)) return passes(parked->site);
    if (const auto* created = std::get_if<TaskCreated>(&note)) return passes(created->site);
    return false;
  });
}

}  // namespace corosim::traces
