#include <corosim/sim/program_main.hpp>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <string_view>

#include <corosim/runtime/errors.hpp>
#include <corosim/sim/explore.hpp>

#include <fmt/format.h>

#include "session.hpp"
#include "settings.hpp"

namespace corosim::sim {

namespace {

void print_help(std::string_view binary, const std::vector<Program>& programs) {
  fmt::print(
      "usage: {} [PROGRAM]\n\nRuns a program under corosim: explores schedules until one fails, or replays one.\n\n"
      "programs (the first is run by default):\n",
      binary);
  for (const Program& program : programs) fmt::print("  {}\n", program.name());
  fmt::print(
      "\nenvironment:\n{}\nexit codes: 0 passed, 1 failure found or reproduced, 2 usage or unreadable input,\n"
      "3 not deterministic or diverged, 5 crashed, 6 nothing was run, 130 interrupted\n",
      kSettingsHelp);
}

const Program& choose(const std::vector<Program>& programs, std::string_view name) {
  if (name.empty()) return programs.front();
  std::string names;
  for (const Program& program : programs) {
    if (program.name() == name) return program;
    names += (names.empty() ? "" : ", ") + program.name();
  }
  throw ValueError(fmt::format("there is no program '{}': expected one of {}", name, names));
}

int run_session(const Program& program, const Settings& settings, const std::string& binary) {
  const SessionResult result = Session(program, settings, binary, program.name()).run();
  fmt::print("{}", result.text);
  return result.exit_code;
}

int checked_main(int argc, char** argv, const std::vector<Program>& programs) {
  const std::string binary = argc > 0 ? argv[0] : "program";
  const std::string_view argument = argc > 1 ? argv[1] : "";
  if (argument == "--help" || argument == "-h") {
    print_help(binary, programs);
    return kPassed;
  }
  if (argument == "--list") {
    for (const Program& program : programs) fmt::print("{}\n", program.name());
    return kPassed;
  }
  if (argc > 2 || argument.starts_with("-")) {
    throw ValueError(fmt::format("unknown argument '{}': expected the name of a program; --help says more",
                                 argc > 2 ? argv[2] : argv[1]));
  }
  const Settings settings = Settings::from_environment();
  const bool is_whole_corpus = !settings.corpus.empty() && (settings.corpus_action == CorpusAction::kRun ||
                                                            settings.corpus_action == CorpusAction::kPrune);
  if (is_whole_corpus && argument.empty() && settings.program.empty()) {
    int worst = kPassed;
    for (const Program& program : programs) worst = std::max(worst, run_session(program, settings, binary));
    return worst;
  }
  return run_session(choose(programs, argument.empty() ? settings.program : argument), settings, binary);
}

}  // namespace

int program_main(int argc, char** argv, const std::vector<Program>& programs) {
  for (const int signal : {SIGINT, SIGTERM}) {
    std::signal(signal, [](int number) {
      interrupted.store(true);
      std::signal(number, SIG_DFL);  // whoever is not patient enough asks twice
    });
  }
  try {
    return checked_main(argc, argv, programs);
  } catch (const NotDeterministic& error) {
    fmt::print(stderr, "error: {}\n", error.what());
    return kNotDeterministic;
  } catch (const std::exception& error) {  // a setting, a schedule, a trace file
    fmt::print(stderr, "error: {}\n", error.what());
    return kUsage;
  }
}

}  // namespace corosim::sim
