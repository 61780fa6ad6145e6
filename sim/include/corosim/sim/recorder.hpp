#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include <corosim/runtime/task_state.hpp>
#include <corosim/sim/partial_order.hpp>
#include <corosim/sim/run_result.hpp>
#include <corosim/sim/scheduler.hpp>
#include <corosim/sim/task_table.hpp>
#include <corosim/traces/writer.hpp>

namespace corosim::sim {

/// Writes down a run: every step with its cause and, where there was one, its decision; task births, waits and ends;
/// marks, draws and the end.
class Recorder {
 public:
  /// Records into memory or a file, as `writer` says.
  explicit Recorder(traces::Writer& writer) : writer_(writer) {}

  /// The trace is to tell what each step came after, too, so that it can be compared up to swaps of independent steps.
  /// Costs about as much again as the recording.
  Recorder& with_pasts() {
    order_.emplace();
    return *this;
  }
  /// Has to watch the run that is recorded; null where there is no need.
  StepWatcher* watcher() { return order_ ? &*order_ : nullptr; }

  void begin(const traces::RunInfo& info);
  void task_created(const detail::TaskState& task, const TaskTable& tasks);
  void step(const StepTaken& taken, TimePoint now);
  void task_parked(const detail::TaskState& task);
  void task_ended(const detail::TaskState& task);
  void cancel_requested(const detail::TaskState& task);
  void mark(std::string_view text) { writer_.mark(text); }
  void draw(std::string_view stream, std::uint64_t value) { writer_.draw(stream, value); }
  void left_ready(const detail::TaskState* task, std::uint64_t cause);
  void end(const RunEnd& end, TimePoint now, std::uint64_t hash);

 private:
  struct CachedSite {
    const char* file = nullptr;
    std::uint32_t line = 0;
    traces::SiteId id = 0;
  };
  traces::SiteId site(const Site& where);

  void write_pasts();

  traces::Writer& writer_;
  std::optional<PartialOrderHash> order_;
  std::array<CachedSite, 1024> sites_{};  // direct-mapped by file and line
};

/// What kind of step a handle's run is, in the trace's words.
traces::StepKind step_kind(const detail::Runnable& handle);

}  // namespace corosim::sim
