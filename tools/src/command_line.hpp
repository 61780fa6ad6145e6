#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "program.hpp"
#include "terminal.hpp"

/// What the user asked for, and the parser of the command line that says so.

namespace corosim::tools {

/// Start a program under test: `explore`, `record`, `corpus run` and `corpus prune`.
struct RunProgram {
  CommandLine command;
  Variables variables;
};

/// Run a program again as a schedule or a trace says: `replay`, `shrink`, `explain` and `corpus add`.
struct Replay {
  std::string schedule;  // or the path of a trace
  CommandLine command;
  Variables variables;
};

/// Tell the story of a trace.
struct Show {
  std::string trace;
  std::string task;  // only tasks whose path contains this
  std::string site;  // only steps at places that contain this
  std::vector<std::string> kinds;
  std::uint64_t first_step = 0;
  std::uint64_t last_step = std::numeric_limits<std::uint64_t>::max();
  std::chrono::nanoseconds since{0};
  std::chrono::nanoseconds until = std::chrono::nanoseconds::max();
  bool columns = false;
  bool tree = false;                 // the tasks instead of the steps
  std::optional<std::uint64_t> why;  // the causes of this step instead
  ColorMode color = ColorMode::kAuto;
};

/// Compare two traces.
struct Diff {
  std::string left;
  std::string right;
  std::size_t max_differences = 200;
  bool json = false;
  ColorMode color = ColorMode::kAuto;
};

/// Print a trace in numbers.
struct Stats {
  std::string trace;
  bool json = false;
  std::size_t max_rows = 10;
  ColorMode color = ColorMode::kAuto;
};

/// Write a trace in the format of another program.
struct Export {
  std::string trace;
  std::string format;    // one of export_formats()
  std::string axis;      // "step" or "time"
  std::string compared;  // of html: a second trace, or empty
  std::string output;    // a new file; empty: standard output
};

/// Nothing is left to do: help was printed, or a usage error. Holds the exit code.
struct Done {
  int exit_code = 0;
};

using Request = std::variant<Done, RunProgram, Replay, Show, Diff, Stats, Export>;

const std::vector<std::string>& export_formats();

/// Reads the command line. Help and the version go to standard output; a usage error goes to standard error, with the
/// usage line of the subcommand.
Request parse_command_line(int argc, const char* const* argv);

}  // namespace corosim::tools
