// Traces and their differences as text, for a person who has to understand a run tonight.
#pragma once

#include <chrono>
#include <corosim/traces/diff.hpp>
#include <corosim/traces/outline.hpp>
#include <corosim/traces/sink.hpp>
#include <corosim/traces/statistics.hpp>
#include <corosim/traces/trace.hpp>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace corosim::traces {

enum class StoryLayout : std::uint8_t {
  merged,   // one column: the task's path on every line
  columns,  // one column a task, as in a sequence diagram; for a handful of tasks
};

struct StoryOptions {
  std::string task;  // only tasks whose path contains this
  std::string site;  // only steps at places whose file:line or function contains this, or that park or create there
  std::vector<std::string> kinds;  // only steps of one of these story_kinds(), or in which such a thing happened
  StepNumber first_step = 0;
  StepNumber last_step = std::numeric_limits<StepNumber>::max();
  std::chrono::nanoseconds since{0};
  std::chrono::nanoseconds until = std::chrono::nanoseconds::max();
  StoryLayout layout = StoryLayout::merged;
  bool color = false;
};

/// The words for StoryOptions::kinds: kinds of steps, "decision", and what else can happen in a step.
std::span<const std::string_view> story_kinds();

/// Head lines about the run, one line a step with what happened in it, and how the run ended. Ends with a newline.
/// Reads the trace a step at a time: memory is that of its outline, read_outline(open()), however long it is.
void render_story(const OpenTrace& open, const Outline& outline, const Sink& sink, const StoryOptions& options = {});

struct TreeOptions {
  std::string task;  // only tasks whose path contains this, and those that lead to them
  bool color = false;
};

/// The tasks as a tree: who created whom, where and in which step, how much it ran and waited, and how it ended.
/// Reads the trace a step at a time: memory is that of its outline, read_outline(open()), and of the text.
std::string render_tree(const OpenTrace& open, const Outline& outline, const TreeOptions& options = {});

struct CausesOptions {
  bool color = false;
};

/// Why a step ran: a line for it, for the step that made it ready, and so on back to the start of the run. Empty where
/// there is no such step. Reads the trace backwards in parts of 2^18 steps: memory is that of one of these, about 30
/// MB, and of the text.
std::string render_causes(const OpenTrace& open, const Outline& outline, StepNumber number,
                          const CausesOptions& options = {});

struct DiffRenderOptions {
  std::size_t max_differences = 200;  // the rest is counted
  bool color = false;
};

/// The verdict first, then the first difference with both ready sets, then the differences task by task.
std::string render_diff(const Diff& diff, const DiffRenderOptions& options = {});

struct StatisticsRenderOptions {
  std::size_t max_rows = 10;  // of each table; the rest is counted
  bool color = false;
};

/// The run in numbers: a line each for steps, decisions, switches and tasks, then tables, the longest waits first.
std::string render_statistics(const Statistics& statistics, const StatisticsRenderOptions& options = {});

/// "0 ms", "30 ms", "1.500 s", "250 us", "17 ns": whole seconds and parts to the millisecond where that is exact.
std::string render_time(std::chrono::nanoseconds time);
/// Reads what render_time() writes, with or without the blank: a number, and ns, us, ms or s. Nothing where it is no
/// such text, or not a whole number of nanoseconds below 2^63.
std::optional<std::chrono::nanoseconds> parse_time(std::string_view text);

}  // namespace corosim::traces
