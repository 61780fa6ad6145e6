#pragma once

#include <atomic>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <corosim/sim/exhaustive.hpp>
#include <corosim/sim/explanation.hpp>
#include <corosim/sim/replay.hpp>
#include <corosim/sim/report.hpp>
#include <corosim/sim/simulation.hpp>

#include "exploration_state.hpp"
#include "settings.hpp"

namespace corosim::sim {

/// Set by a signal: explorations end after the run that is under way.
extern std::atomic<bool> interrupted;

/// What a binary is asked to do with one of its programs: run one schedule, explore many, cancel everywhere, or look
/// after a corpus. Prints what comes of it.
class Session {
 public:
  /// `binary`: how the user started it, for commands to copy.
  Session(const Program& program, const Settings& settings, std::string binary)
      : program_(program), settings_(settings), binary_(std::move(binary)) {}

  /// Returns an ExitCode.
  int run();

 private:
  // session.cpp: one run.

  struct Single {
    RunResult result;
    std::vector<std::byte> trace;
    std::vector<std::string> lost;  // constraints that could not be kept, with the reason
  };
  Single run_schedule(const std::string& schedule) const;
  Single run_seed(const SeedSchedule& schedule) const;
  int report_single(const Single& run) const;

  // session_explore.cpp: many.

  int explore_seeds() const;
  int exhaust_orders() const;
  int cancel_everywhere() const;
  int report_failures(const ExploreResult& found) const;
  int report_passed(const ExploreResult& found) const;
  int report_crash(const CrashedRun& run) const;
  std::filesystem::path state_path() const;
  ExplorationState state_after(const ExploreResult& found) const;
  void add_earlier(const ExplorationState& earlier, ExploreResult& found) const;

  // session_corpus.cpp: a file of schedules.

  struct CorpusRuns {
    std::size_t passed = 0;
    std::size_t failed = 0;
    std::size_t lost = 0;
  };
  CorpusRuns run_corpus() const;
  int report_corpus(const CorpusRuns& runs) const;
  int add_to_corpus() const;
  int prune_corpus() const;

  // session.cpp: what all of these print.

  std::optional<Explanation> explain(const RunResult& failing, Report report) const;
  /// The shortest schedule that leads to the run; `explanation` is null where it was not reduced.
  std::string schedule_for(const RunResult& result, const Explanation* explanation) const;
  std::string command_for(const std::string& schedule) const;
  std::string save_trace(const RunResult& result, Seed seed, std::string_view suffix) const;

  const Program& program_;
  const Settings& settings_;
  std::string binary_;
};

}  // namespace corosim::sim
