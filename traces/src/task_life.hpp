// What became of each task of a trace.
#pragma once

#include <chrono>
#include <corosim/traces/trace.hpp>
#include <cstdint>
#include <vector>

namespace corosim::traces {

/// Points into the trace.
struct TaskLife {
  StepNumber born_in = kBeforeFirstStep;
  std::uint64_t steps = 0;
  std::uint64_t waits = 0;
  std::chrono::nanoseconds waited{0};  // in virtual time, until the last step for a wait without an end
  const TaskEnded* end = nullptr;      // null: it was not done when the trace ends
  StepNumber ended_in = 0;
  const Parked* parked = nullptr;  // what it waited for when the trace ends
  StepNumber parked_in = 0;
};

/// By TaskId; that of kNoTask is the loop's.
std::vector<TaskLife> task_lives(const Trace& trace);

}  // namespace corosim::traces
