#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <corosim/sim/explore.hpp>
#include <corosim/sim/simulation.hpp>

namespace corosim::sim {

/// What a report says beside the run itself. Empty texts leave their lines out.
struct ReportContext {
  std::optional<std::uint64_t> found_after_runs;
  double seconds = 0;
  std::string replay_command;
  std::string trace_path;
  std::string passing_trace_path;
};

/// A run that failed or diverged, for the person who has to mend it: what happened, where, and what to type next. Ends
/// with a newline.
std::string render_failure(const Program& program, const RunResult& result, const ReportContext& context);
/// A run that passed, in one line, and a line for each warning.
std::string render_passed(const Program& program, const RunResult& result);
/// What the runs of an exploration warned of, a line each; nothing where they did not.
std::string render_warnings(const std::vector<ExploredWarning>& warnings);

}  // namespace corosim::sim
