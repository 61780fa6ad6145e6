// A whole trace in memory, and what can be worked out from it.
#pragma once

#include <corosim/traces/event.hpp>
#include <corosim/traces/reader.hpp>
#include <cstddef>
#include <filesystem>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace corosim::traces {

/// What happened during a step besides the step itself.
using Note = std::variant<TaskCreated, Parked, TaskEnded, CancelRequested, Mark, Draw, LeftReady>;

/// What Trace does at damage: pass the reader's TraceError on, or keep what came before it (tail() then tells).
enum class OnDamage : std::uint8_t { fail, keep_readable };

/// Steps by number, both ends included.
struct StepRange {
  StepNumber first = 1;
  StepNumber last = std::numeric_limits<StepNumber>::max();
  bool contains(StepNumber step) const { return step >= first && step <= last; }
  bool operator==(const StepRange&) const = default;
};

/// About 50 bytes a step and 64 a note. Immutable once read.
class Trace {
 public:
  /// Throw TraceError as Reader does, and where the file ends before its RunInfo: there is nothing to show.
  static Trace open(const std::filesystem::path& path, OnDamage on_damage = OnDamage::fail);
  /// With these steps only, and what happened in them; all tasks, sites and the end are known all the same. Damage is a
  /// tail.
  static Trace part(Reader reader, const StepRange& range);
  static Trace from_bytes(std::span<const std::byte> bytes, std::string name = "<memory>",
                          OnDamage on_damage = OnDamage::fail);

  const std::string& path() const { return path_; }
  const RunInfo& run() const { return run_; }
  /// By order of creation: the task with id t is tasks()[t - 1].
  const std::vector<TaskCreated>& tasks() const { return tasks_; }
  /// By SiteId.
  const std::vector<Site>& sites() const { return sites_; }
  /// In order, numbered without gaps; the first one need not be number 1 where a recorder kept only the last steps.
  const std::vector<Step>& steps() const { return steps_; }
  /// What the step came after, as Pasts has it; 0 where nobody told.
  std::uint32_t past(StepNumber number) const {
    const StepNumber first = steps_.empty() ? 1 : steps_.front().number;
    return number >= first && number - first < pasts_.size() ? pasts_[static_cast<std::size_t>(number - first)] : 0;
  }
  /// Whether it was told of every step.
  bool has_pasts() const { return !steps_.empty() && pasts_.size() == steps_.size(); }
  /// Nothing where the trace was cut short.
  const std::optional<RunEnded>& end() const { return end_; }
  const Tail& tail() const { return tail_; }

  /// The step with this number, or null.
  const Step* step(StepNumber number) const;
  /// What happened from this step on until the next; for kBeforeFirstStep, before the first recorded step. Empty for a
  /// step that is not there. LeftReady follows the last step.
  std::span<const Note> notes(StepNumber number) const;
  /// Where the task of this step parked in it, or null.
  const Parked* park(StepNumber number) const;

  /// The task's path; "(loop)" for kNoTask, "task 7" for one whose birth was not recorded.
  std::string task_name(TaskId task) const;
  /// "bank.cpp:14", without the directories; empty for kUnknownSite.
  std::string site_name(SiteId site) const;

 private:
  static Trace read(Reader reader, OnDamage on_damage, const StepRange& range);
  void add(Event&& event, const StepRange& range);
  void add_pasts(const Pasts& pasts);

  std::string path_;
  RunInfo run_;
  std::vector<TaskCreated> tasks_;
  std::vector<Site> sites_;
  std::vector<Step> steps_;
  std::vector<Note> notes_;               // all, in order
  std::vector<std::size_t> notes_begin_;  // by step index, where its notes begin; one before the first step's is 0
  std::vector<std::uint32_t> pasts_;      // by step index
  StepNumber latest_ = kBeforeFirstStep;  // that was read, kept or not
  std::optional<RunEnded> end_;
  Tail tail_;
};

/// A handle that could have run.
struct ReadyHandle {
  TaskId task = kNoTask;
  StepNumber cause = kBeforeFirstStep;  // ready since this step
  StepNumber ran = 0;                   // as this step; 0 where it never ran
  StepKind kind = StepKind::callback;   // of the step that it ran as; a guess from the task where it never ran
  SiteId site = kUnknownSite;
  bool operator==(const ReadyHandle&) const = default;
};

/// The handles that were ready when step `number` was chosen, the one that ran first, then by when they ran, then those
/// that never did. Ready sets are not stored: a handle that ran as step s with cause c was ready from c to s, and a
/// timer from the moment of its time on (the clock moves only when nothing is ready). Handles of one lane, such as the
/// callbacks of the loop, are all listed, so there may be more of them than `Step::ready`; a trace that was cut short
/// may list fewer. Empty where there is no such step. Looks at every later step.
std::vector<ReadyHandle> ready_before(const Trace& trace, StepNumber number);

}  // namespace corosim::traces
