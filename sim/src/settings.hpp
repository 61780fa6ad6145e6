#pragma once

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

/// What a program under test is asked to do, from its environment. docs/program-contract.md is the reference.
struct Settings {
  std::string program;                 // COROSIM_PROGRAM: which of the binary's programs; the first by default
  std::optional<Seed> seed;            // COROSIM_SEED
  std::optional<std::uint64_t> runs;   // COROSIM_RUNS
  std::uint64_t failures = 1;          // COROSIM_FAILURES: stop after so many; "all" for no end
  Order order = Order::kLegal;         // COROSIM_ORDER
  std::string strategy = "portfolio";  // COROSIM_STRATEGY
  std::string replay;                  // COROSIM_REPLAY: a schedule, or a trace file
  Conditions conditions;               // COROSIM_CANCEL: one cancellation; COROSIM_TIMER_JITTER
  bool cancel_all = false;             // COROSIM_CANCEL=all: every one, one after the other
  std::string trace;                   // COROSIM_TRACE: where to save the trace of a single run
  std::filesystem::path trace_dir = ".corosim";  // COROSIM_TRACE_DIR: where an exploration saves what it finds
  Limits limits;                                 // COROSIM_MAX_STEPS, COROSIM_WARNINGS
  bool quiet = false;                            // COROSIM_QUIET: only the verdict

  /// Throws ValueError naming the variable, its value and what was expected.
  static Settings from_environment();
};

/// The variables and their meaning, for --help.
extern const char* const kSettingsHelp;

}  // namespace corosim::sim
