#include <corosim/sim/program_main.hpp>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>

#include <corosim/runtime/errors.hpp>
#include <corosim/sim/exhaustive.hpp>
#include <corosim/sim/explore.hpp>
#include <corosim/sim/injection_campaign.hpp>
#include <corosim/sim/replay.hpp>
#include <corosim/sim/report.hpp>
#include <corosim/traces/reader.hpp>
#include <corosim/traces/trace.hpp>

#include <fmt/format.h>
#include <unistd.h>

#include "settings.hpp"

namespace corosim::sim {

namespace {

constexpr std::uint64_t kDefaultRuns = 1000;
constexpr std::uint64_t kDefaultSchedules = 4;  // for each cancellation
constexpr std::size_t kLongestScheduleToShow = 100;

std::atomic<bool> interrupted = false;
static_assert(std::atomic<bool>::is_always_lock_free);

// One line that is rewritten on a terminal; elsewhere a plain line now and then.
class Progress {
 public:
  explicit Progress(std::uint64_t total) : total_(total) {}
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress() {
    if (shown_ && terminal_) std::fputs("\r\033[K", stderr);
  }
  void show(std::uint64_t runs, std::uint64_t failures) {
    const auto now = std::chrono::steady_clock::now();
    if (!terminal_ && now - last_ < std::chrono::seconds(10)) return;
    last_ = now;
    const double seconds = std::chrono::duration<double>(now - started_).count();
    const double rate = static_cast<double>(runs) / seconds;
    fmt::print(stderr, "{}explore  {} / {} runs  {:.0f} k/s  {} failure{}  eta {:.0f} s{}", terminal_ ? "\r\033[K" : "",
               runs, total_, rate / 1000, failures, failures == 1 ? "" : "s", static_cast<double>(total_ - runs) / rate,
               terminal_ ? "" : "\n");
    shown_ = true;
  }

 private:
  std::uint64_t total_;
  bool terminal_ = ::isatty(STDERR_FILENO) != 0;
  bool shown_ = false;
  std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point last_ = started_;
};

// What the binary is asked to do with one of its programs.
class Session {
 public:
  Session(const Program& program, const Settings& settings, std::string binary)
      : program_(program), settings_(settings), binary_(std::move(binary)) {}

  int run() {
    if (!settings_.replay.empty()) return replay_one();
    if (settings_.cancel_all) return cancel_everywhere();
    if (settings_.seed && !settings_.runs)
      return run_seed(SeedSchedule(settings_.order, settings_.strategy, *settings_.seed));
    return settings_.strategy == kExhaustive ? exhaust_orders() : explore_seeds();
  }

 private:
  int replay_one() {
    if (SeedSchedule::is_seed_schedule(settings_.replay)) return run_seed(SeedSchedule::parse(settings_.replay));
    Simulation simulation;
    traces::Writer writer;
    Recorder recorder(writer);
    if (Schedule::is_schedule(settings_.replay)) {
      return report_single(replay(simulation, program_, Schedule::parse(settings_.replay), &recorder, settings_.limits),
                           writer);
    }
    const traces::Trace trace = traces::Trace::open(settings_.replay, traces::OnDamage::fail);
    return report_single(replay(simulation, program_, trace, &recorder, settings_.limits), writer);
  }

  int run_seed(const SeedSchedule& schedule) {
    const auto strategy = make_strategy(schedule.strategy());
    Simulation simulation;
    traces::Writer writer;
    Recorder recorder(writer);
    RunOptions options;
    options.order(schedule.order())
        .strategy(*strategy)
        .seed(schedule.seed())
        .limits(settings_.limits)
        .conditions(settings_.conditions)
        .recorder(recorder);
    return report_single(simulation.run(program_, options), writer);
  }

  int report_single(const RunResult& result, traces::Writer& writer) {
    ReportContext context;
    if (!settings_.trace.empty()) {
      traces::write_file(settings_.trace, writer.take_bytes());
      context.trace_path = settings_.trace;
    }
    if (result.diverged()) {
      fmt::print("{}", render_failure(program_, result, context));
      return kNotDeterministic;
    }
    if (!result.failed()) {
      fmt::print("{}", render_passed(program_, result));
      return kPassed;
    }
    context.replay_command = replay_command(result);
    fmt::print("{}", render_failure(program_, result, context));
    return kFailureFound;
  }

  int explore_seeds() {
    ExploreOptions options;
    const std::uint64_t runs = settings_.runs.value_or(kDefaultRuns);
    Progress progress(runs);
    options.runs(runs)
        .first_seed(settings_.seed.value_or(0))
        .order(settings_.order)
        .strategy(settings_.strategy)
        .limits(settings_.limits)
        .conditions(settings_.conditions)
        .failures(std::max<std::uint64_t>(settings_.failures, 1))
        .progress([&](std::uint64_t done, std::uint64_t failures) {
          if (!settings_.quiet) progress.show(done, failures);
          return !interrupted.load();
        });
    const ExploreResult found = explore(program_, options);
    if (found.failures.empty()) {
      fmt::print("{}: {} runs, no failure ({} steps, {:.2f} s, {:.0f} runs/s)\n", program_.name(), found.runs,
                 found.steps, found.took.count(), static_cast<double>(found.runs) / found.took.count());
      if (found.runs > 0) {
        fmt::print("  covered  {} different orders; one more run shows a new one with a chance of {:.2g} %\n",
                   found.orders, 100 * found.chance_of_news());
      }
      fmt::print("{}", render_warnings(found.warnings));
      if (found.interrupted) return kInterrupted;
      return found.runs == 0 ? kNothingRun : kPassed;
    }
    report_found(found, found.failures.front().seed - settings_.seed.value_or(0) + 1);
    return found.interrupted ? kInterrupted : kFailureFound;
  }

  int cancel_everywhere() {
    CampaignOptions options;
    options.order(settings_.order).strategy(settings_.strategy).limits(settings_.limits);
    options.conditions(settings_.conditions);
    options.first_seed(settings_.seed.value_or(0)).schedules(settings_.runs.value_or(kDefaultSchedules));
    const CampaignResult found = injection_campaign(program_, options);
    fmt::print("{}", render(program_, found, fmt::format("{} {}", binary_, program_.name())));
    if (!found.passed()) return kFailureFound;
    return found.runs == 0 ? kNothingRun : kPassed;
  }

  int exhaust_orders() {
    ExhaustiveOptions options;
    options.order(settings_.order).limits(settings_.limits).failures(std::max<std::uint64_t>(settings_.failures, 1));
    if (settings_.runs) options.runs(*settings_.runs);
    options.progress([](std::uint64_t) { return !interrupted.load(); });
    const ExhaustiveResult search = exhaust(program_, options);
    if (!search.failures.empty()) {
      ExploreResult found;
      found.runs = search.orders;
      found.failures = search.failures;
      found.took = search.took;
      report_found(found, search.orders);
      return kFailureFound;
    }
    const double seconds = search.took.count();
    if (search.complete) {
      fmt::print("{}: all {} orders explored, none fails ({:.2f} s, {:.0f} runs/s)\n", program_.name(), search.orders,
                 seconds, static_cast<double>(search.orders) / seconds);
      fmt::print(
          "  Orders that differ only in steps that touch nothing in common count as one. State that tasks share\n"
          "  without Shared<T> is not seen: declare it, or explore by a strategy as well.\n");
      return kPassed;
    }
    fmt::print("{}: {} orders explored, none fails, and there are more ({:.2f} s)\n", program_.name(), search.orders,
               seconds);
    if (interrupted.load()) return kInterrupted;
    return search.orders == 0 ? kNothingRun : kPassed;
  }

  // `after`: the number of the first failing run.
  void report_found(const ExploreResult& found, std::uint64_t after) {
    const RunResult& first = found.failures.front();
    ReportContext context;
    context.found_after_runs = after;
    context.seconds = found.took.count();
    context.replay_command = replay_command(first);
    context.trace_path = save(first, "");
    if (found.passing) context.passing_trace_path = save(*found.passing, "-passing");
    fmt::print("{}", render_failure(program_, first, context));
    for (std::size_t i = 1; i < found.failures.size(); ++i) {
      const RunResult& other = found.failures[i];
      fmt::print("also failed  seed {:#x}  hash {:016x}  step {}  {}\n", other.seed, other.hash, other.steps,
                 summary(other.end));
    }
    if (found.failures.size() > 1) {
      fmt::print("{} of {} runs failed\n", found.failures.size(), found.runs);
    }
  }

  std::string save(const RunResult& result, std::string_view suffix) {
    std::filesystem::create_directories(settings_.trace_dir);
    const auto path = settings_.trace_dir / fmt::format("{}-{:x}{}.trace", program_.name(), result.seed, suffix);
    traces::write_file(path, record(program_, result, settings_.limits), traces::Existing::overwrite);
    return path.string();
  }

  std::string replay_command(const RunResult& result) const {
    std::string schedule = schedule_of(program_, result).text();
    const auto names = strategy_names();
    const bool is_strategy = std::find(names.begin(), names.end(), result.strategy) != names.end();
    if (schedule.size() > kLongestScheduleToShow && result.conditions().none() && is_strategy &&
        !make_strategy(result.strategy)->learns()) {
      schedule = SeedSchedule(result.order, result.strategy, result.seed).text();
    }
    // A run that failed because of a warning passes without this.
    const std::string warnings = settings_.limits.warnings() == Limits().warnings()
                                     ? std::string()
                                     : fmt::format("COROSIM_WARNINGS={} ", settings_.limits.warnings());
    return fmt::format("{}COROSIM_REPLAY={} {} {}", warnings, schedule, binary_, program_.name());
  }

  const Program& program_;
  const Settings& settings_;
  std::string binary_;
};

void print_help(std::string_view binary, const std::vector<Program>& programs) {
  fmt::print(
      "usage: {} [PROGRAM]\n\nRuns a program under corosim: explores schedules until one fails, or replays one.\n\n"
      "programs (the first is run by default):\n",
      binary);
  for (const Program& program : programs) fmt::print("  {}\n", program.name());
  fmt::print(
      "\nenvironment:\n{}\nexit codes: 0 passed, 1 failure found or reproduced, 2 usage or unreadable input,\n"
      "3 not deterministic or diverged, 6 nothing was run, 130 interrupted\n",
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
  return Session(choose(programs, argument.empty() ? settings.program : argument), settings, binary).run();
}

}  // namespace

int program_main(int argc, char** argv, const std::vector<Program>& programs) {
  std::signal(SIGINT, [](int) { interrupted.store(true); });
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
