#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <corosim/sim/decisions.hpp>
#include <corosim/sim/simulation.hpp>

namespace corosim::sim {

/// A few steps in a row of one task, or of a timer or callback.
struct Segment {
  std::uint32_t task = 0;   // in the order in which they were first ready, main being 0
  std::uint32_t steps = 1;  // fewer where it blocks before

  bool operator==(const Segment&) const = default;
};

/// A cancellation, by its number among all that a run could have: each moment of each wait, in the order in which tasks
/// come to them.
struct Cancellation {
  std::uint32_t place = 0;  // modulo how many there are
};

/// One run as plain data that makes sense for any program, so that a generator of test data can make it, and shrink it
/// piece by piece, before anything is known of the program.
struct SimulatedRun {
  /// One after the other; then whoever has been ready longest. Nothing: the first of plain_schedules() that fails,
  /// where one does. A shrinker needs that, as an input made smaller rarely fails under the very same schedule.
  std::optional<std::vector<Segment>> segments = std::vector<Segment>();
  Seed seed = 0;  // of what the program draws; 0 for the simplest value of each draw
  TimerJitter jitter;
  std::vector<Cancellation> cancellations;

  /// "task 2 takes 3 steps, task 1 takes 1 step, then in the order of becoming ready; draws are plain".
  std::string text() const;
};

/// A few hundred schedules, beginning with the plainest: none, one segment, some.
const std::vector<std::vector<Segment>>& plain_schedules();

/// Follows segments: each begins where there is a choice. Where the task of one is not ready, another is taken in its
/// place, by the same number: whatever is left of a schedule when parts of it are taken away is a schedule.
class SegmentStrategy final : public Strategy {
 public:
  explicit SegmentStrategy(std::vector<Segment> segments) : segments_(std::move(segments)) {}

  std::string_view name() const override { return "segments"; }
  void begin(Seed seed) override;
  std::size_t pick(const ReadySet& ready) override;
  bool picks_always() const override { return true; }

 private:
  void note(const ReadySet& ready);
  Actor actor_of(const Segment& segment, const ReadySet& ready) const;

  std::vector<Segment> segments_;
  std::vector<Actor> met_;  // in the order in which they were first ready
  std::size_t next_ = 0;    // segment
  std::uint32_t left_ = 0;  // steps of the segment under way
  Actor actor_ = detail::Runnable::kNoActor;
};

/// Runs `program` so; more than once where the run has no schedule of its own, or cancellations.
RunResult run(const Program& program, const SimulatedRun& run, Order order = Order::kLegal,
              const Limits& limits = Limits());

/// The whole report of a failing run, explained; its trace is saved as `trace`, where that is not empty. Throws
/// NotDeterministic when the run does not fail again.
std::string report(const Program& program, const RunResult& failing, const Limits& limits = Limits(),
                   const std::filesystem::path& trace = {});

}  // namespace corosim::sim
