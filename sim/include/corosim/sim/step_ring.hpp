#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <corosim/runtime/task_state.hpp>
#include <corosim/sim/scheduler.hpp>
#include <corosim/sim/task_table.hpp>
#include <corosim/traces/writer.hpp>

namespace corosim::sim {

/// The last steps of a run, kept as they were taken and not yet encoded: cheap enough for every run of an exploration,
/// and written as a trace where one turns out to be wanted.
///
/// Memory: 56 bytes for each step that is kept, what happened in these, and about 100 for each task of the run, as a
/// trace names all of them.
class StepRing {
 public:
  /// Keeps this many steps; at least one.
  explicit StepRing(std::size_t steps);
  StepRing(const StepRing&) = delete;
  StepRing& operator=(const StepRing&) = delete;

  void begin(const traces::RunInfo& info);
  void task_created(const detail::TaskState& task);
  void step(const StepTaken& taken);
  void task_parked(const detail::TaskState& task);
  void task_ended(traces::TaskId task, traces::TaskEnd how, std::string text);
  void cancel_requested(traces::TaskId task, std::string message);
  void mark(std::string_view text);
  void draw(std::string_view stream, std::uint64_t value);
  void left_ready(traces::TaskId task, std::uint64_t cause);
  void end(traces::Outcome outcome, std::string text, Duration time, std::uint64_t hash);

  /// Of the run so far, or of the latest.
  std::uint64_t steps() const { return steps_; }
  /// Writes the trace of the run that ended. Where steps are missing it says so, tells of the tasks as they were, and
  /// counts the steps on from there; it cannot be replayed then.
  void write(traces::Writer& writer) const;

 private:
  static constexpr std::uint32_t kNowhere = static_cast<std::uint32_t>(-1);
  static constexpr std::uint32_t kYield = 0;
  // Where a task waits; the word is one of words_.
  struct Wait {
    Site site;
    std::uint32_t word = kNowhere;
  };
  struct KeptStep {
    Duration time;
    std::uint64_t cause;
    Site site;
    Site wait_site;  // this and the next two: where its task parked
    std::uint32_t wait_word;
    std::uint32_t happened_before_park;  // of this step's happenings
    traces::TaskId task;
    std::uint32_t ready;
    std::uint32_t chosen;
    traces::StepKind kind;
    bool parked;
  };
  // What came between the steps, in its order.
  struct Happening {
    enum class Kind : std::uint8_t { kCreated, kParked, kEnded, kCancelRequested, kMark, kDraw, kLeftReady };
    std::uint64_t step;  // the latest one then
    Kind kind;
    traces::TaskId task = traces::kNoTask;
    traces::TaskEnd how{};
    Wait wait;
    std::uint64_t value = 0;
    std::string text;
  };
  struct Life {
    Site made;
    std::uint64_t path_hash = 0;
    std::uint64_t created_in = 0;  // a step
    std::uint64_t ended_in = kNever;
    traces::TaskEnd how{};
  };
  static constexpr std::uint64_t kNever = static_cast<std::uint64_t>(-1);

  std::uint64_t first_kept() const { return steps_ > kept_.size() ? steps_ - kept_.size() + 1 : 1; }
  const KeptStep& kept(std::uint64_t number) const { return kept_[(number - 1) % kept_.size()]; }
  /// The step at `next_` gives way.
  void forget_oldest();
  Happening& add(Happening::Kind kind, traces::TaskId task = traces::kNoTask);
  std::uint32_t word(std::string_view text);

  std::vector<KeptStep> kept_;  // step n at n - 1 modulo the size
  std::size_t next_ = 0;        // the place of the next step
  KeptStep* latest_ = nullptr;  // null before the first step
  std::uint64_t steps_ = 0;
  std::deque<Happening> happenings_;  // in the steps that are kept
  std::uint32_t happened_ = 0;        // of these since the latest step began
  std::vector<Life> lives_;           // task n at n - 1
  std::vector<Wait> waits_;           // the same: as they were before the steps that are kept
  TaskTable tasks_;
  std::map<std::string, std::uint32_t, std::less<>> word_numbers_;  // what tasks waited for, in all runs
  std::vector<const std::string*> words_;                           // of these, by number
  std::uint32_t latest_word_ = 0;
  traces::RunInfo info_;
  traces::Outcome outcome_{};
  std::string end_text_;
  Duration end_time_{};
  std::uint64_t hash_ = 0;
};

}  // namespace corosim::sim
