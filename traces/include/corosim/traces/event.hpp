// What happened in a run: the events of a trace, as plain values.
//
// A run is a sequence of steps. Every other event belongs to the latest step before it, or, before the first step, to
// the set-up of the run. Ids are small numbers given in order of first appearance, so they mean something only within
// one trace; across traces compare task paths and sites.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace corosim::traces {

/// Tasks are numbered from 1 in order of creation; kNoTask is the run itself or a callback of the loop.
using TaskId = std::uint32_t;
inline constexpr TaskId kNoTask = 0;

/// An interned Site; kUnknownSite where nobody knows.
using SiteId = std::uint32_t;
inline constexpr SiteId kUnknownSite = 0;

/// Steps are numbered from 1; kBeforeFirstStep is the set-up of the run.
using StepNumber = std::uint64_t;
inline constexpr StepNumber kBeforeFirstStep = 0;

/// A place in the program, most often that of a `co_await`.
struct Site {
  std::string file;
  std::uint32_t line = 0;
  std::string function;
  bool operator==(const Site&) const = default;
};

/// First event of every trace: which program ran, and under which schedule.
struct RunInfo {
  std::string program;
  std::vector<std::string> arguments;
  std::string order;  // "fifo", "legal" or "any"
  std::string strategy;
  std::uint64_t seed = 0;
  std::string version;                                     // of the corosim that recorded it
  std::vector<std::pair<std::string, std::string>> extra;  // whatever else the recorder wants to keep, in its order
  bool operator==(const RunInfo&) const = default;
};

/// A task was born. `name` is its path: how it was spawned, such as `main/deposit#2`, the same in every run.
struct TaskCreated {
  TaskId task = kNoTask;
  TaskId parent = kNoTask;
  std::string name;
  SiteId site = kUnknownSite;
  std::uint64_t path_hash = 0;
  bool operator==(const TaskCreated&) const = default;
};

enum class StepKind : std::uint8_t {
  task_start,   // the task runs for the first time
  task_resume,  // the task continues at the await site `site`
  task_cancel,  // the task is given a cancellation at the await site `site`
  callback,     // a `call_soon` of the loop
  timer,        // a `call_later` or `call_at` of the loop
};

/// One handle ran. It is a decision where `ready`, the number of lanes that the choice was made from, is above 1.
struct Step {
  StepNumber number = 0;
  std::chrono::nanoseconds time{0};  // virtual, since the start of the run
  StepKind kind = StepKind::callback;
  TaskId task = kNoTask;
  StepNumber cause = kBeforeFirstStep;  // the step that made the handle ready; of a timer, the step that set it
  SiteId site = kUnknownSite;
  std::uint32_t ready = 1;
  std::uint32_t chosen = 0;  // which of the ready lanes, below `ready`
  bool is_decision() const { return ready > 1; }
  /// The task itself ran. A timer or callback may be of a task that sleeps on.
  bool runs_task() const { return kind <= StepKind::task_cancel; }
  bool operator==(const Step&) const = default;
};

/// The task suspended, at this site, for what `wait` says: "sleep", "Lock 'db'", "Future".
struct Parked {
  TaskId task = kNoTask;
  SiteId site = kUnknownSite;
  std::string wait;
  bool operator==(const Parked&) const = default;
};

enum class TaskEnd : std::uint8_t { result, exception, cancelled };

/// The task is done; `text` is what its exception or cancellation says.
struct TaskEnded {
  TaskId task = kNoTask;
  TaskEnd how = TaskEnd::result;
  std::string text;
  bool operator==(const TaskEnded&) const = default;
};

/// Somebody asked this task to cancel.
struct CancelRequested {
  TaskId task = kNoTask;
  std::string message;
  bool operator==(const CancelRequested&) const = default;
};

/// The program said `trace("...")`.
struct Mark {
  std::string text;
  bool operator==(const Mark&) const = default;
};

/// The program drew a random value from a stream.
struct Draw {
  std::string stream;
  std::uint64_t value = 0;
  bool operator==(const Draw&) const = default;
};

/// At the end of the run: a handle of this task was ready since step `cause` and never ran.
struct LeftReady {
  TaskId task = kNoTask;
  StepNumber cause = kBeforeFirstStep;
  bool operator==(const LeftReady&) const = default;
};

/// What steps came after, by step from `first` on: of each, the low half of a hash of the step and of all that happened
/// before it in the partial order of the run. Where two runs of a program have steps of equal hashes, these differ in
/// nothing, though independent steps before them may have been swapped. Told at the end of a run, by recorders that
/// know.
struct Pasts {
  StepNumber first = 1;
  std::vector<std::uint32_t> hashes;
  bool operator==(const Pasts&) const = default;
};

enum class Outcome : std::uint8_t { completed, failed, deadlock, step_limit, time_limit, diverged };

/// Last event of a trace that was not cut short.
struct RunEnded {
  Outcome outcome = Outcome::completed;
  std::string text;
  std::uint64_t steps = 0;
  std::chrono::nanoseconds time{0};
  std::uint64_t hash = 0;  // the run's rolling hash, as its recorder defines it
  bool operator==(const RunEnded&) const = default;
};

using Event = std::variant<RunInfo, Step, TaskCreated, Parked, TaskEnded, CancelRequested, Mark, Draw, LeftReady, Pasts,
                           RunEnded>;

/// The words of the events, as every report writes them: "task_resume", "cancelled", "step_limit".
std::string_view to_string(StepKind kind);
std::string_view to_string(TaskEnd how);
std::string_view to_string(Outcome outcome);

}  // namespace corosim::traces
