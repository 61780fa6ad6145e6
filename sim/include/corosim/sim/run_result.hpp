#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <corosim/runtime/task_state.hpp>
#include <corosim/runtime/time.hpp>
#include <corosim/sim/conditions.hpp>
#include <corosim/sim/hash_trail.hpp>
#include <corosim/sim/last_steps.hpp>
#include <corosim/sim/schedule.hpp>
#include <corosim/sim/strategy.hpp>

/// How a run ended: a value, never an exception.

namespace corosim::sim {

/// A line of an await stack, for people: "deposit at bank.cpp:14".
struct StackLine {
  std::string function;
  std::string place;  // "bank.cpp:14"; "?" before its first await
};

/// A task that waits, or is ready, where a run stopped.
struct StoppedTask {
  std::string path;
  std::string waits_for;         // "Lock "a", held by main/transfer#2"; "nothing: ready to run"
  std::vector<StackLine> stack;  // outermost first
  std::string holder;            // the path of the task that must act first, where that is known
};

/// Something that is hardly meant, but harms nothing by itself: a coroutine that was never awaited.
struct Warning {
  std::string what;   // "coroutine 'deposit' was never awaited"
  std::string place;  // "bank.cpp:12"; empty where unknown
  std::string task;   // whose step it was; empty for none
  std::uint64_t step = 0;
  Duration time{};
  std::uint64_t count = 1;  // how often in the run; the rest is of the first time
};

/// The program came to its end, and nothing was wrong. Also where a planned cancellation reached its main task.
struct Completed {
  std::vector<StoppedTask> tasks;  // made while the program was taken down, and never waited for
};
/// A check did not hold, or an exception left the program or one of its callbacks or tasks unseen.
struct Failed {
  std::string what;
  std::string place;  // file and line of the check; empty for another exception
  std::string task;   // whose step it was
  std::uint64_t step = 0;
  Duration time{};
  std::vector<StackLine> stack;  // of that task, outermost first
  std::string details{};         // lines for people, which tell no two failures apart; empty for none
};
/// Nothing is ready, no timer is pending, and the program has not come to its end.
struct Deadlock {
  std::vector<StoppedTask> tasks;  // all that are left, in the order of their creation
};
/// The run was still going after the given number of steps: perhaps a livelock, or the schedule left a task out.
struct StepLimit {
  std::uint64_t limit = 0;
  std::vector<StoppedTask> tasks;
  LastSteps last{};
};
/// The run was still going at the end of its virtual or real time.
struct TimeLimit {
  bool virtual_time = false;
  Duration limit{};
  std::vector<StoppedTask> tasks;
  LastSteps last{};
};
/// The run could not follow the schedule that it was given.
struct Diverged {
  Divergence divergence;
};
/// The run was stopped where its options said.
struct Stopped {};

using RunEnd = std::variant<Completed, Failed, Deadlock, StepLimit, TimeLimit, Diverged, Stopped>;

/// The name of the strategy of a run that followed a schedule.
inline constexpr std::string_view kFollowed = "followed";

/// Whether a run that ended so found the program wrong.
inline bool is_failure(const RunEnd& end) {
  return std::holds_alternative<Failed>(end) || std::holds_alternative<Deadlock>(end) ||
         std::holds_alternative<StepLimit>(end) || std::holds_alternative<TimeLimit>(end);
}

/// A planned cancellation, and what became of it.
struct Injected {
  Injection injection;
  std::uint32_t requests = 0;     // 0: the task did not come to that wait, or the wait had no such moment
  std::uint64_t step = 0;         // the step after which, or in which, the first was made
  bool shielded = false;          // the task waited for a shield's outer future
  std::vector<StackFrame> stack;  // of the task in that wait, outermost first
};

/// One run, as far as reports need it.
struct RunResult {
  RunEnd end;
  Order order = Order::kLegal;
  std::string strategy;
  Seed seed = 0;
  std::uint64_t steps = 0;
  Duration time{};
  std::uint64_t hash = 0;
  HashTrail trail;  // of the hash, after some of the steps
  std::vector<std::uint32_t> decisions;
  std::vector<Injected> injections;  // as planned, in that order
  std::vector<DrawOverride> draws;   // that took effect
  TimerJitter jitter;
  bool plain_draws = false;
  std::int64_t blocks_left = 0;      // of the frame pool: taken by the run and not given back
  std::vector<Warning> warnings;     // in the order in which they first arose, each once
  std::vector<std::uint32_t> marks;  // that the run came to, as declared_marks() numbers them

  /// Whether the program was found wrong.
  bool failed() const { return is_failure(end); }
  bool diverged() const { return std::holds_alternative<Diverged>(end); }
  /// What made the run come out as it did, besides its decisions and its seed.
  Conditions conditions() const;
};

/// The end in one line: "check failed: balance == 3 does not hold: 1 and 3", "deadlock: 2 tasks wait for each other".
std::string summary(const RunEnd& end);
/// The end as the trace's word for it: "failed".
std::string_view word(const RunEnd& end);
/// "coroutine 'deposit' was never awaited (bank.cpp:12)".
std::string summary(const Warning& warning);
/// "30 ms", "1.5 s".
std::string text_of(Duration time);

}  // namespace corosim::sim
