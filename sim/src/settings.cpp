#include "settings.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <initializer_list>
#include <limits>
#include <string_view>
#include <utility>

#include <corosim/runtime/errors.hpp>

#include <fmt/format.h>

namespace corosim::sim {

namespace {

constexpr std::uint64_t kMostJobs = 256;
constexpr std::uint64_t kMostKeptSteps = 100'000'000;

std::optional<std::string> variable(const char* name) {
  const char* const value = std::getenv(name);
  if (value == nullptr || *value == '\0') return std::nullopt;
  return std::string(value);
}

std::uint64_t number(const char* name, std::string_view text) {
  std::string_view digits = text;
  int base = 10;
  if (digits.starts_with("0x")) {
    digits.remove_prefix(2);
    base = 16;
  }
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  if (error != std::errc() || end != digits.data() + digits.size()) {
    throw ValueError(fmt::format("{}={}: expected a number, decimal or 0x hexadecimal, below 2^64", name, text));
  }
  return value;
}

// "90", "90s", "15m", "8h"
std::chrono::milliseconds duration(const char* name, std::string_view text) {
  std::string_view digits = text;
  std::chrono::seconds unit{1};
  if (text.ends_with('m')) unit = std::chrono::minutes(1);
  if (text.ends_with('h')) unit = std::chrono::hours(1);
  if (text.ends_with('s') || text.ends_with('m') || text.ends_with('h')) digits.remove_suffix(1);
  std::uint32_t count = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), count);
  if (error != std::errc() || end != digits.data() + digits.size()) {
    throw ValueError(
        fmt::format("{}={}: expected a time in seconds, or with a unit, as in 90s, 15m or 8h", name, text));
  }
  return count * unit;
}

template <class Word>
Word one_of(const char* name, std::string_view text, std::initializer_list<std::pair<std::string_view, Word>> words) {
  std::string expected;
  for (const auto& [word, value] : words) {
    if (text == word) return value;
    expected += fmt::format("{}{}", expected.empty() ? "" : ", ", word);
  }
  throw ValueError(fmt::format("{}={}: expected one of {}", name, text, expected));
}

}  // namespace

Settings Settings::from_environment() {
  Settings settings;
  if (auto value = variable("COROSIM_PROGRAM")) settings.program = *value;
  if (auto value = variable("COROSIM_SEED")) settings.seed = number("COROSIM_SEED", *value);
  if (auto value = variable("COROSIM_RUNS")) settings.runs = number("COROSIM_RUNS", *value);
  if (auto value = variable("COROSIM_FAILURES")) {
    settings.failures =
        *value == "all" ? std::numeric_limits<std::uint64_t>::max() : number("COROSIM_FAILURES", *value);
  }
  if (auto value = variable("COROSIM_TIME")) settings.time = duration("COROSIM_TIME", *value);
  if (auto value = variable("COROSIM_JOBS")) {
    settings.jobs = static_cast<std::uint32_t>(std::min<std::uint64_t>(number("COROSIM_JOBS", *value), kMostJobs));
  }
  if (auto value = variable("COROSIM_SHARD")) settings.shard = Shard::parse(*value);
  settings.resume = variable("COROSIM_RESUME").has_value();
  if (auto value = variable("COROSIM_ORDER")) settings.order = parse_order(*value);
  if (auto value = variable("COROSIM_STRATEGY")) {
    if (*value != kExhaustive) make_strategy(*value);  // throws where there is none of that name
    settings.strategy = *value;
  }
  if (auto value = variable("COROSIM_REPLAY")) settings.replay = *value;
  settings.reanchor = variable("COROSIM_REANCHOR").has_value();
  if (auto value = variable("COROSIM_CANCEL")) {
    settings.cancel_all = *value == "all";
    if (!settings.cancel_all) settings.conditions.injections.push_back(Injection::parse(*value));
  }
  if (auto value = variable("COROSIM_TIMER_JITTER")) settings.conditions.jitter = TimerJitter::parse(*value);
  if (auto value = variable("COROSIM_TRACE")) settings.trace = *value;
  if (auto value = variable("COROSIM_TRACE_DIR")) settings.trace_dir = *value;
  if (auto value = variable("COROSIM_KEEP_STEPS")) {
    settings.keep_steps = number("COROSIM_KEEP_STEPS", *value);
    if (*settings.keep_steps > kMostKeptSteps) {
      throw ValueError(fmt::format("COROSIM_KEEP_STEPS={}: expected at most {}", *value, kMostKeptSteps));
    }
  }
  if (auto value = variable("COROSIM_MAX_STEPS")) settings.limits.steps(number("COROSIM_MAX_STEPS", *value));
  if (auto value = variable("COROSIM_WARNINGS")) settings.limits.warnings(number("COROSIM_WARNINGS", *value));
  if (auto value = variable("COROSIM_REPORT")) {
    settings.report =
        one_of<Report>("COROSIM_REPORT", *value,
                       {{"plain", Report::kPlain}, {"shrunk", Report::kShrunk}, {"explained", Report::kExplained}});
  }
  if (auto value = variable("COROSIM_CORPUS")) settings.corpus = *value;
  if (auto value = variable("COROSIM_CORPUS_ACTION")) {
    settings.corpus_action = one_of<CorpusAction>("COROSIM_CORPUS_ACTION", *value,
                                                  {{"first", CorpusAction::kFirst},
                                                   {"run", CorpusAction::kRun},
                                                   {"add", CorpusAction::kAdd},
                                                   {"prune", CorpusAction::kPrune}});
  }
  // A single run has nothing to learn from: its seed is to say all.
  if (!settings.explores() && !variable("COROSIM_STRATEGY")) settings.strategy = "random";
  settings.json = variable("COROSIM_JSON").has_value();
  settings.quiet = variable("COROSIM_QUIET").has_value();
  return settings;
}

const char* const kSettingsHelp =
    "  COROSIM_RUNS       how many seeds to explore (1000; with COROSIM_TIME, any number)\n"
    "  COROSIM_TIME       explore for so long: 90s, 15m, 8h\n"
    "  COROSIM_SEED       the first seed to explore; without COROSIM_RUNS and COROSIM_TIME, the one seed to run\n"
    "  COROSIM_FAILURES   stop exploring after so many different failures (1), or `all`\n"
    "  COROSIM_JOBS       explore in so many processes (0: in this one)\n"
    "  COROSIM_SHARD      I/N: explore each N-th seed, for one of N machines (1/1)\n"
    "  COROSIM_RESUME     1: go on with an exploration that was interrupted or ran out of time\n"
    "  COROSIM_ORDER      fifo (asyncio's own order), legal (what asyncio promises) or any (legal)\n"
    "  COROSIM_STRATEGY   portfolio, surw, rff, urw, race, pos, pct3, random, ... or exhaustive (portfolio; for one "
    "seed random)\n"
    "  COROSIM_REPLAY     a schedule (c1..., d1... or s1...) or a trace file to run again\n"
    "  COROSIM_REANCHOR   1: the trace to run again is of an earlier version of the program; follow it as far as it "
    "goes\n"
    "  COROSIM_REPORT     of a failing run: plain, shrunk or explained (explained when exploring, plain otherwise)\n"
    "  COROSIM_CANCEL     cancel a task, as main/deposit#2@1:parked says; or `all`: try every wait of every task\n"
    "  COROSIM_TIMER_JITTER  EARLY,LATE: timers fire up to so many nanoseconds early or late (0,0)\n"
    "  COROSIM_CORPUS     a file of schedules to run before exploring\n"
    "  COROSIM_CORPUS_ACTION  first; run: nothing but these; add: what is replayed, reduced; prune (first)\n"
    "  COROSIM_TRACE      save the trace of a single run or replay in this file\n"
    "  COROSIM_TRACE_DIR  where an exploration saves the traces of what it finds (.corosim)\n"
    "  COROSIM_KEEP_STEPS of a single run save only the last so many steps (all); of each explored run keep so many\n"
    "                     until it has been repeated (1000)\n"
    "  COROSIM_MAX_STEPS  end a run after so many steps (1000000)\n"
    "  COROSIM_WARNINGS   a run fails with more warnings, such as a coroutine that was never awaited (any number);\n"
    "                     where it is given, tasks that are pending at the end count, too\n"
    "  COROSIM_PROGRAM    which of the programs to run; the first argument says it too\n"
    "  COROSIM_JSON       1: print the result as JSON\n"
    "  COROSIM_QUIET      1: print only the verdict\n";

}  // namespace corosim::sim
