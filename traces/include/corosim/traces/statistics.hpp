// A run in numbers: what it did how often, and where its tasks waited how long.
#pragma once

#include <array>
#include <chrono>
#include <corosim/traces/event.hpp>
#include <corosim/traces/reader.hpp>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace corosim::traces {

inline constexpr std::size_t kStepKinds = 5;
inline constexpr std::size_t kTaskEnds = 3;

/// The waits of one place for one thing. A wait goes from the step that parked the task to the task's next step; one
/// that the trace does not see the end of goes to the last step.
struct SiteWaits {
  Site site;
  std::string wait;  // "sleep", "Lock 'db'"
  std::uint64_t waits = 0;
  std::uint64_t cancelled = 0;   // of these, ended by a cancellation
  std::uint64_t unfinished = 0;  // of these, without an end
  std::chrono::nanoseconds total{0};
  std::chrono::nanoseconds longest{0};
};

/// The ready lanes in a stretch of virtual time, as the steps in it found them.
struct QueueStretch {
  std::chrono::nanoseconds begin{0};
  std::uint64_t steps = 0;
  std::uint64_t ready_sum = 0;  // over the steps
  std::uint32_t ready_most = 0;
  double ready_mean() const { return steps == 0 ? 0 : static_cast<double>(ready_sum) / static_cast<double>(steps); }
};

struct Statistics {
  std::string path;
  RunInfo run;
  std::optional<RunEnded> end;  // nothing where the trace was cut short
  Tail tail;

  StepNumber first_step = 0;  // 0 where there is none
  StepNumber last_step = 0;
  std::chrono::nanoseconds time{0};                 // of the last step, or of the end
  std::array<std::uint64_t, kStepKinds> by_kind{};  // steps
  std::map<std::uint32_t, std::uint64_t> by_ready;  // steps, by how many lanes they were chosen from
  std::uint64_t switches = 0;                       // steps of another task than the last task that ran
  std::uint64_t tasks_born = 0;
  std::uint64_t most_tasks_alive = 0;
  std::array<std::uint64_t, kTaskEnds> tasks_ended{};
  std::uint64_t cancels_requested = 0;
  std::uint64_t left_ready = 0;  // handles that never ran
  struct Draws {
    std::uint64_t count = 0;
    std::uint64_t least = 0;
    std::uint64_t greatest = 0;
  };
  std::map<std::string, Draws> draws;          // by stream
  std::map<std::string, std::uint64_t> marks;  // by text
  std::vector<SiteWaits> waits;                // the longest in all first, then by place
  /// Stretches of equal length from 0 on, at most kMaxStretches; the last one holds the last step.
  std::vector<QueueStretch> queue;
  std::chrono::nanoseconds stretch{1};  // the length of each

  static constexpr std::size_t kMaxStretches = 60;

  std::uint64_t steps() const;
  std::uint64_t decisions() const;
  std::uint32_t most_ready() const { return by_ready.empty() ? 0 : by_ready.rbegin()->first; }
  double mean_ready() const;
  std::uint64_t tasks_unfinished() const;
};

/// Counts a trace while it is read, in memory for its tasks, sites and texts only. A trace that is damaged is counted
/// as far as it can be read, and `tail` says so; throws TraceError where that is nothing.
Statistics statistics(Reader reader);

}  // namespace corosim::traces
