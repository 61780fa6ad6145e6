#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <corosim/runtime/task_state.hpp>
#include <corosim/sim/partial_order.hpp>
#include <corosim/sim/run_result.hpp>
#include <corosim/sim/scheduler.hpp>
#include <corosim/sim/step_ring.hpp>
#include <corosim/sim/task_table.hpp>
#include <corosim/traces/writer.hpp>

namespace corosim::sim {

/// Writes down a run: every step with its cause and, where there was one, its decision; task births, waits and ends;
/// marks, draws and the end.
class Recorder {
 public:
  /// Records into memory or a file, as `writer` says.
  explicit Recorder(traces::Writer& writer) : writer_(&writer) {}
  /// Keeps the last steps only, to be written where they are wanted.
  explicit Recorder(StepRing& ring) : ring_(&ring) {}

  /// The trace is to tell what each step came after, too, so that it can be compared up to swaps of independent steps.
  /// Costs about as much again as the recording. REQUIRES: it records all steps.
  Recorder& with_pasts();
  /// Has to watch the run that is recorded; null where there is no need.
  StepWatcher* watcher() { return order_ ? &*order_ : nullptr; }

  void begin(const traces::RunInfo& info);
  void task_created(const detail::TaskState& task, const TaskTable& tasks);
  void step(const StepTaken& taken) { ring_ != nullptr ? ring_->step(taken) : write(taken); }
  void task_parked(const detail::TaskState& task) { ring_ != nullptr ? ring_->task_parked(task) : write_parked(task); }
  void task_ended(const detail::TaskState& task);
  void cancel_requested(const detail::TaskState& task);
  void mark(std::string_view text);
  void draw(std::string_view stream, std::uint64_t value);
  void left_ready(const detail::TaskState* task, std::uint64_t cause);
  void end(const RunEnd& end, TimePoint now, std::uint64_t hash);

 private:
  // The ids of what comes again and again.
  struct CachedSite {
    const void* key = nullptr;  // null: the unknown site
    traces::SiteId id = traces::kUnknownSite;
    traces::TextId wait = traces::kNoText;  // for what a task waited there last
    std::string wait_text;
  };
  CachedSite& cached(const Site& where);
  void know(CachedSite& entry, const Site& where);
  void write(const StepTaken& taken);
  void write_parked(const detail::TaskState& task);
  void write_pasts();

  traces::Writer* writer_ = nullptr;  // either this
  StepRing* ring_ = nullptr;          // or this
  std::optional<PartialOrderHash> order_;
  std::array<CachedSite, 256> sites_;  // direct-mapped by the site's key
};

/// What kind of step a handle of that kind and task takes, in the trace's words.
inline traces::StepKind step_kind(HandleKind kind, const detail::TaskState* task) {
  if (kind == HandleKind::kCallback) return traces::StepKind::callback;
  if (kind == HandleKind::kTimer) return traces::StepKind::timer;
  if (task->delivers_cancellation()) return traces::StepKind::task_cancel;
  return kind == HandleKind::kTaskStart ? traces::StepKind::task_start : traces::StepKind::task_resume;
}

}  // namespace corosim::sim
