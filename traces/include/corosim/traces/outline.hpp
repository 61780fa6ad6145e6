// A trace without its steps: what has to be known of the whole run before its first line can be written.
#pragma once

#include <corosim/traces/event.hpp>
#include <corosim/traces/reader.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace corosim::traces {

/// However many steps the run had, this is as large as its numbers of tasks and sites.
struct Outline {
  std::string path;
  RunInfo run;
  std::vector<TaskCreated> tasks;  // by order of creation: the task with id t at t - 1
  std::vector<Site> sites;         // by SiteId
  std::vector<LeftReady> left;     // what was ready at the end
  StepNumber last_step = 0;
  std::uint64_t steps = 0;  // recorded; fewer than last_step where a recorder kept only the last ones
  std::uint64_t decisions = 0;
  bool loop_steps = false;      // steps of no task were recorded
  std::optional<RunEnded> end;  // nothing where the trace was cut short
  Tail tail;                    // damage is a tail, too
};

/// What the task is called, of those that were born so far: its path; "(loop)" for kNoTask, "task 7" for one whose
/// birth was not recorded.
std::string task_name(const std::vector<TaskCreated>& tasks, TaskId task);

/// Reads the trace to its end, or as far as that is possible. Throws TraceError where there is not even a RunInfo.
Outline read_outline(Reader reader);

}  // namespace corosim::traces
