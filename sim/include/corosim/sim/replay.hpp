#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <corosim/sim/schedule.hpp>
#include <corosim/sim/simulation.hpp>
#include <corosim/traces/event.hpp>
#include <corosim/traces/outline.hpp>
#include <corosim/traces/reader.hpp>

namespace corosim::sim {

/// A run named by its seed, order and strategy: `s1.legal.random.2a`. Of constant size, and exact for the same program.
class SeedSchedule {
 public:
  SeedSchedule(Order order, std::string strategy, Seed seed)
      : order_(order), strategy_(std::move(strategy)), seed_(seed) {}

  Order order() const { return order_; }
  const std::string& strategy() const { return strategy_; }
  Seed seed() const { return seed_; }

  std::string text() const;
  /// Throws ScheduleError, or ValueError where the order or strategy is unknown.
  static SeedSchedule parse(std::string_view text);
  static bool is_seed_schedule(std::string_view text) { return text.starts_with("s1."); }

 private:
  Order order_;
  std::string strategy_;
  Seed seed_;
};

/// Every decision of `result`, with its conditions.
Schedule schedule_of(const Program& program, const RunResult& result);

/// Runs `program` again as `schedule` says. The result is the original's, or Diverged: a decision that is not there,
/// decisions left over, or another hash at the end. Throws ScheduleError when the schedule is another program's.
RunResult replay(Simulation& simulation, const Program& program, const Schedule& schedule, Recorder* recorder = nullptr,
                 const Limits& limits = Limits());

/// A recorded run: what of it must be known before it can be made again. Its steps are read anew while it is, so that
/// it takes four bytes for a decision, however long the trace is.
class TraceSchedule {
 public:
  /// Reads the trace to its end. Throws TraceError where it is damaged.
  explicit TraceSchedule(traces::OpenTrace open);
  explicit TraceSchedule(std::vector<std::byte> bytes);

  const traces::Outline& outline() const { return outline_; }
  const std::vector<std::uint32_t>& decisions() const { return decisions_; }
  /// The trace from its beginning.
  traces::Reader open() const { return open_(); }

 private:
  traces::OpenTrace open_;
  traces::Outline outline_;
  std::vector<std::uint32_t> decisions_;
};

/// Throws ScheduleError where the trace that begins so is another program's, or lacks its beginning.
void require_followable(const Program& program, const traces::RunInfo& run, traces::StepNumber first_step);

/// Runs `program` again step by step as the trace says; Diverged names the first step that came out differently. A
/// trace without an end is followed as far as it goes, and the rest of the run takes the first of the ready lanes.
/// Throws as require_followable() does.
RunResult replay(Simulation& simulation, const Program& program, const TraceSchedule& recorded,
                 Recorder* recorder = nullptr, const Limits& limits = Limits());

}  // namespace corosim::sim
