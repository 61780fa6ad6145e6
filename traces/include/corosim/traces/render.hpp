// Traces and their differences as text, for a person who has to understand a run tonight.
#pragma once

#include <chrono>
#include <corosim/traces/diff.hpp>
#include <corosim/traces/statistics.hpp>
#include <corosim/traces/trace.hpp>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>

namespace corosim::traces {

enum class StoryLayout : std::uint8_t {
  merged,   // one column: the task's path on every line
  columns,  // one column a task, as in a sequence diagram; for a handful of tasks
};

struct StoryOptions {
  std::string task;  // only tasks whose path contains this
  StepNumber first_step = 0;
  StepNumber last_step = std::numeric_limits<StepNumber>::max();
  StoryLayout layout = StoryLayout::merged;
  bool color = false;
};

/// Head lines about the run, one line a step with what happened in it, and how the run ended. Ends with a newline.
std::string render_story(const Trace& trace, const StoryOptions& options = {});

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

}  // namespace corosim::traces
