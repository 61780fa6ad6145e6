#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include <corosim/sim/explore.hpp>
#include <corosim/sim/scheduler.hpp>
#include <corosim/sim/strategy.hpp>

namespace corosim::sim {

/// In place of a strategy: every order that makes a difference, once.
inline constexpr std::string_view kExhaustive = "exhaustive";

/// How much is said of a run that failed.
enum class Report : std::uint8_t {
  kPlain,      // the run as it was found
  kShrunk,     // reduced to the fewest constraints
  kExplained,  // and told, with a run that passes
};

/// What is done with a file of schedules.
enum class CorpusAction : std::uint8_t {
  kFirst,  // its schedules are run before an exploration
  kRun,    // only they are run
  kAdd,    // the run that is replayed is reduced and added to it
  kPrune,  // those that can no longer be followed are removed
};

/// What a program under test is asked to do, from its environment. docs/program-contract.md is the reference.
struct Settings {
  std::string program;                // COROSIM_PROGRAM: which of the binary's programs; the first by default
  std::optional<Seed> seed;           // COROSIM_SEED
  std::optional<std::uint64_t> runs;  // COROSIM_RUNS
  std::optional<std::chrono::milliseconds> time;  // COROSIM_TIME
  std::uint64_t failures = 1;               // COROSIM_FAILURES: stop after so many different ones; "all" for no end
  std::uint32_t jobs = 0;                   // COROSIM_JOBS: processes; 0 for this one
  Shard shard;                              // COROSIM_SHARD
  bool resume = false;                      // COROSIM_RESUME
  Order order = Order::kLegal;              // COROSIM_ORDER
  std::string strategy = "portfolio";       // COROSIM_STRATEGY
  std::string replay;                       // COROSIM_REPLAY: a schedule, or a trace file
  bool reanchor = false;                    // COROSIM_REANCHOR: the trace may be of another version of the program
  Conditions conditions;                    // COROSIM_CANCEL: one cancellation; COROSIM_TIMER_JITTER
  bool cancel_all = false;                  // COROSIM_CANCEL=all: every one, one after the other
  std::string trace;                        // COROSIM_TRACE: where to save the trace of a single run
  std::optional<std::uint64_t> keep_steps;  // COROSIM_KEEP_STEPS: only the last so many of a run
  std::filesystem::path trace_dir = ".corosim";       // COROSIM_TRACE_DIR: where an exploration saves what it finds
  Limits limits;                                      // COROSIM_MAX_STEPS, COROSIM_WARNINGS
  std::optional<Report> report;                       // COROSIM_REPORT
  std::filesystem::path corpus;                       // COROSIM_CORPUS: a file of schedules
  CorpusAction corpus_action = CorpusAction::kFirst;  // COROSIM_CORPUS_ACTION
  bool json = false;                                  // COROSIM_JSON: the result as JSON
  bool quiet = false;                                 // COROSIM_QUIET: only the verdict

  /// Whether many runs are asked for, and not a single one.
  bool explores() const { return replay.empty() && (!seed || runs || time); }

  /// Throws ValueError naming the variable, its value and what was expected.
  static Settings from_environment();
};

/// The variables and their meaning, for --help.
extern const char* const kSettingsHelp;

}  // namespace corosim::sim
