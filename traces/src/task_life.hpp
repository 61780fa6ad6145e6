// What became of each task of a trace.
#pragma once

#include <chrono>
#include <corosim/traces/event.hpp>
#include <corosim/traces/reader.hpp>
#include <cstdint>
#include <optional>
#include <vector>

namespace corosim::traces {

struct TaskLife {
  struct Moment {
    StepNumber step = kBeforeFirstStep;
    std::chrono::nanoseconds time{0};
  };

  StepNumber born_in = kBeforeFirstStep;
  std::uint64_t steps = 0;
  std::uint64_t waits = 0;
  std::chrono::nanoseconds waited{0};  // in virtual time, until the last step for a wait without an end
  std::optional<TaskEnded> end;        // nothing: it was not done when the trace ends
  Moment ended_at;
  std::optional<Parked> parked;  // what it waited for when the trace ends
  Moment parked_at;
};

/// By TaskId; that of kNoTask is the loop's. At least as many as the trace has tasks. Reads up to its end, or to
/// damage.
std::vector<TaskLife> task_lives(Reader reader);

}  // namespace corosim::traces
