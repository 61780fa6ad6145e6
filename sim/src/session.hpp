#pragma once

#include <atomic>
#include <cstddef>
#include <filesystem>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <corosim/sim/exhaustive.hpp>
#include <corosim/sim/explanation.hpp>
#include <corosim/sim/injection_campaign.hpp>
#include <corosim/sim/replay.hpp>
#include <corosim/sim/report.hpp>
#include <corosim/sim/simulation.hpp>

#include <fmt/format.h>

#include "exploration_state.hpp"
#include "settings.hpp"

namespace corosim::sim {

/// Set by a signal: explorations end after the run that is under way.
extern std::atomic<bool> interrupted;

/// A failing run, as it was reported.
struct ReportedFailure {
  Seed seed = 0;
  std::string place;  // "bank.cpp:14"; empty where the failure has none
  std::string schedule;
  std::string trace;  // a file; empty where none was saved
};

/// What came of it.
struct SessionResult {
  int exit_code = 0;  // an ExitCode
  std::string text;   // for people, or JSON
  std::vector<ReportedFailure> failures;
  std::vector<MarkCount> marks;  // of an exploration that found no failure
};

/// What a binary is asked to do with one of its programs: run one schedule, explore many, cancel everywhere, or look
/// after a corpus.
class Session {
 public:
  /// `binary` and `arguments`: how a user starts this program, for commands to copy.
  Session(const Program& program, const Settings& settings, std::string binary, std::string arguments)
      : program_(program), settings_(settings), binary_(std::move(binary)), arguments_(std::move(arguments)) {}

  SessionResult run();

 private:
  // session.cpp: one run.

  struct Single {
    RunResult result;
    std::vector<std::string> lost;  // constraints that could not be kept, with the reason
    std::string followed;           // how much of a trace was, where the program is another version
  };
  class Recording;
  /// What `run(recorder)` gives; the recorder, or null, is the one that the settings ask for.
  template <class Run>
  Single recorded(Run run) const;
  Single run_schedule(const std::string& schedule) const;
  Single run_seed(const SeedSchedule& schedule) const;
  int report_single(const Single& run);

  // session_explore.cpp: many.

  int explore_seeds();
  int exhaust_orders();
  int report_failures(const ExploreResult& found);
  int report_passed(const ExploreResult& found);
  int report_crash(const CrashedRun& run);
  void say_undeclared_sharing();
  std::filesystem::path state_path() const;
  ExplorationState state_after(const ExploreResult& found) const;
  void add_earlier(const ExplorationState& earlier, ExploreResult& found) const;

  // session_cancel.cpp: a cancellation of every task at every wait.

  int cancel_everywhere();
  int cancel_everywhere_apart(CampaignOptions options);
  int report_campaign(const CampaignResult& found);

  // session_corpus.cpp: a file of schedules.

  struct CorpusRuns {
    std::size_t passed = 0;
    std::size_t failed = 0;
    std::size_t lost = 0;
  };
  CorpusRuns run_corpus();
  int report_corpus(const CorpusRuns& runs);
  int add_to_corpus();
  int prune_corpus();

  // session.cpp: what all of these have in common.

  int do_as_asked();
  template <class... T>
  void say(fmt::format_string<T...> text, T&&... arguments) {
    fmt::format_to(std::back_inserter(result_.text), text, std::forward<T>(arguments)...);
  }
  std::string file_name() const;
  void note_failure(const RunResult& result, std::string schedule, std::string trace);

  std::optional<Explanation> explain(const RunResult& failing, Report report) const;
  /// The shortest schedule that leads to the run; `explanation` is null where it was not reduced.
  std::string schedule_for(const RunResult& result, const Explanation* explanation) const;
  std::string command_for(const std::string& schedule) const;
  std::string save_trace(const RunResult& result, Seed seed, std::string_view suffix) const;

  const Program& program_;
  const Settings& settings_;
  std::string binary_;
  std::string arguments_;
  SessionResult result_;
};

}  // namespace corosim::sim
