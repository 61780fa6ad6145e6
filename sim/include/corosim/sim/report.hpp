#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <corosim/sim/explanation.hpp>
#include <corosim/sim/explore.hpp>
#include <corosim/sim/simulation.hpp>

namespace corosim::sim {

/// What a report says beside the run itself. Empty texts leave their lines out.
struct ReportContext {
  std::optional<std::uint64_t> found_after_runs;
  double seconds = 0;
  std::uint64_t failing_runs = 1;            // that failed in this way
  const Explanation* explanation = nullptr;  // of the run
  std::string replay_command;
  std::string trace_path;
  std::string passing_trace_path;
  std::string pin_command;
};

/// A run that failed or diverged, for the person who has to mend it: what happened, where, why, and what to type next.
/// Where the run was reduced, it is the reduced one that is told. Ends with a newline.
std::string render_failure(const Program& program, const RunResult& result, const ReportContext& context);
/// A run that took the program's process down.
std::string render_crash(const Program& program, const CrashedRun& run, std::string_view strategy,
                         const ReportContext& context);
/// A run that passed, in one line, and a line for each warning.
std::string render_passed(const Program& program, const RunResult& result);
/// How many runs an exploration made, and how much of the program they covered.
std::string render_coverage(const ExploreResult& found);
/// What the runs of an exploration warned of, a line each; nothing where they did not.
std::string render_warnings(const std::vector<ExploredWarning>& warnings);
/// In how many runs of an exploration the program came to its marks, a line each; nothing where it declares none.
std::string render_marks(const std::vector<MarkCount>& marks, std::uint64_t runs);
/// What each task did that matters for a failure: a column each, where they fit.
std::string render_story(const std::vector<StoryLine>& story);

}  // namespace corosim::sim
