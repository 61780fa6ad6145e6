#pragma once

#include <vector>

#include <corosim/sim/simulation.hpp>

namespace corosim::sim {

/// Exit codes of programs under test and of the `corosim` command.
enum ExitCode : int {
  kPassed = 0,            // or equal
  kFailureFound = 1,      // found, or reproduced; or traces differ
  kUsage = 2,             // or unreadable input
  kNotDeterministic = 3,  // or a replay diverged
  kCrashed = 5,           // the program under test crashed or could not start
  kNothingRun = 6,        // the budget ended before any run finished
  kInterrupted = 130,     // results so far were kept
};

/// The main function of a binary that holds programs under test:
///
///     int main(int argc, char** argv) { return corosim::sim::program_main(argc, argv, {{"bank", bank}}); }
///
/// Started by hand it explores its first program; `--help` lists the environment variables that say what to do
/// instead, which are also how the `corosim` command talks to it (docs/program-contract.md). Returns an ExitCode.
int program_main(int argc, char** argv, const std::vector<Program>& programs);

}  // namespace corosim::sim
