#include <algorithm>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <unistd.h>

#include <fmt/format.h>

#include "interpreter.hpp"
#include "scenario.hpp"

/// Runs asyncio programs on corosim's runtime and compares, line for line, what they log with what they log on CPython.

namespace {

using corosim::conformance::Case;
using corosim::conformance::InputError;
using corosim::conformance::Interpreter;
using corosim::conformance::read_cases;
using Lines = std::vector<std::string>;

constexpr std::string_view kUsage =
    "usage: asyncio_conformance [--case NAME] FILE.jsonl [FILE.jsonl ...]\n"
    "\n"
    "Runs every case of the files on corosim's runtime and compares its log with the expected one.\n"
    "  --case NAME  run this case only, and print its log\n"
    "Exit status: 0 when all passed, 1 when some failed, 2 for input that cannot be used.\n";

class Arguments {
 public:
  Arguments(int count, char** words) {
    for (int i = 1; i < count; ++i) {
      const std::string_view word = words[i];
      if (word == "--help" || word == "-h") {
        help = true;
      } else if (word == "--case") {
        if (++i == count) throw InputError("--case: expected the name of a case after it");
        only = words[i];
      } else if (word.starts_with("-") && word != "-") {
        throw InputError(fmt::format("{}: expected --case NAME or a file", word));
      } else {
        paths.emplace_back(word);
      }
    }
    if (paths.empty() && !help) throw InputError("expected a file of cases; see asyncio_conformance --help");
  }

  bool help = false;
  std::optional<std::string> only;
  std::vector<std::string> paths;
};

// The case that runs, for the report of a crash.
const char* running_case = "";

extern "C" void report_abort(int) {
  constexpr std::string_view kText = "asyncio_conformance: aborted while it ran case ";
  const std::string_view name = running_case;
  // Only write() is allowed here; there is nothing to be done where it fails.
  [[maybe_unused]] auto written = write(STDERR_FILENO, kText.data(), kText.size());
  written = write(STDERR_FILENO, name.data(), name.size());
  written = write(STDERR_FILENO, "\n", 1);
}

void print_around(const char* title, const Lines& lines, std::size_t difference) {
  constexpr std::size_t kBefore = 8;
  constexpr std::size_t kAfter = 4;
  fmt::print("  {}\n", title);
  const std::size_t first = difference - std::min(difference, kBefore);
  const std::size_t last = std::min(lines.size(), difference + kAfter + 1);
  for (std::size_t i = first; i < last; ++i) {
    fmt::print("  {} {:4} {}\n", i == difference ? '>' : ' ', i + 1, lines[i]);
  }
  if (difference >= lines.size()) fmt::print("  > {:4} (end of the log)\n", lines.size() + 1);
}

void print_difference(const std::string& name, const Lines& expected, const Lines& actual) {
  const auto [e, a] = std::mismatch(expected.begin(), expected.end(), actual.begin(), actual.end());
  const auto difference = static_cast<std::size_t>(e - expected.begin());
  const std::string end_of_log = "(end of the log)";
  fmt::print("{}: line {}: expected \"{}\", got \"{}\"\n", name, difference + 1, e != expected.end() ? *e : end_of_log,
             a != actual.end() ? *a : end_of_log);
  print_around("asyncio", expected, difference);
  print_around("corosim", actual, difference);
}

Lines run(const std::string& path, const Case& each) {
  running_case = each.name.c_str();
  try {
    Interpreter interpreter(each.functions);
    return interpreter.run();
  } catch (const InputError& error) {
    throw InputError(fmt::format("{}: case {}: {}", path, each.name, error.what()));
  }
}

int run_all(const Arguments& arguments) {
  std::size_t passed = 0;
  std::size_t failed = 0;
  for (const std::string& path : arguments.paths) {
    for (const Case& each : read_cases(path)) {
      if (arguments.only && each.name != *arguments.only) continue;
      const Lines log = run(path, each);
      if (arguments.only) {
        for (const std::string& line : log) fmt::print("{}\n", line);
      }
      if (log == each.log) {
        ++passed;
      } else {
        ++failed;
        print_difference(each.name, each.log, log);
      }
    }
  }
  if (arguments.only && passed + failed == 0) {
    throw InputError(fmt::format("--case {}: expected the name of a case in the given files", *arguments.only));
  }
  fmt::print("{} passed, {} failed\n", passed, failed);
  return failed == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGABRT, report_abort);
  try {
    const Arguments arguments(argc, argv);
    if (arguments.help) {
      fmt::print("{}", kUsage);
      return 0;
    }
    return run_all(arguments);
  } catch (const InputError& error) {
    fmt::print(stderr, "asyncio_conformance: {}\n", error.what());
    return 2;
  }
}
