#include "settings.hpp"

#include <charconv>
#include <cstdlib>
#include <limits>
#include <string_view>

#include <corosim/runtime/errors.hpp>

#include <fmt/format.h>

namespace corosim::sim {

namespace {

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
  if (auto value = variable("COROSIM_ORDER")) settings.order = parse_order(*value);
  if (auto value = variable("COROSIM_STRATEGY")) {
    if (*value != kExhaustive) make_strategy(*value);  // throws where there is none of that name
    settings.strategy = *value;
  }
  if (auto value = variable("COROSIM_REPLAY")) settings.replay = *value;
  if (auto value = variable("COROSIM_CANCEL")) {
    settings.cancel_all = *value == "all";
    if (!settings.cancel_all) settings.conditions.injections.push_back(Injection::parse(*value));
  }
  if (auto value = variable("COROSIM_TIMER_JITTER")) settings.conditions.jitter = TimerJitter::parse(*value);
  if (auto value = variable("COROSIM_TRACE")) settings.trace = *value;
  if (auto value = variable("COROSIM_TRACE_DIR")) settings.trace_dir = *value;
  if (auto value = variable("COROSIM_MAX_STEPS")) settings.limits.steps(number("COROSIM_MAX_STEPS", *value));
  if (auto value = variable("COROSIM_WARNINGS")) settings.limits.warnings(number("COROSIM_WARNINGS", *value));
  settings.quiet = variable("COROSIM_QUIET").has_value();
  return settings;
}

const char* const kSettingsHelp =
    "  COROSIM_RUNS       how many seeds to explore (1000)\n"
    "  COROSIM_SEED       the first seed to explore; without COROSIM_RUNS, the one seed to run\n"
    "  COROSIM_FAILURES   stop exploring after so many failing runs (1), or `all`\n"
    "  COROSIM_ORDER      fifo (asyncio's own order), legal (what asyncio promises) or any (legal)\n"
    "  COROSIM_STRATEGY   portfolio, surw, rff, urw, race, pos, pct3, random, ... (portfolio)\n"
    "  COROSIM_REPLAY     a schedule (d1... or s1...) or a trace file to run again\n"
    "  COROSIM_CANCEL     cancel a task, as main/deposit#2@1:parked says; or `all`: try every wait of every task\n"
    "  COROSIM_TIMER_JITTER  EARLY,LATE: timers fire up to so many nanoseconds early or late (0,0)\n"
    "  COROSIM_TRACE      save the trace of a single run or replay in this file\n"
    "  COROSIM_TRACE_DIR  where an exploration saves the traces of what it finds (.corosim)\n"
    "  COROSIM_MAX_STEPS  end a run after so many steps (1000000)\n"
    "  COROSIM_WARNINGS   a run fails with more warnings, such as a coroutine that was never awaited (any number);\n"
    "                     where it is given, tasks that are pending at the end count, too\n"
    "  COROSIM_PROGRAM    which of the programs to run; the first argument says it too\n"
    "  COROSIM_QUIET      print only the verdict\n";

}  // namespace corosim::sim
