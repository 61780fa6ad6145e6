// How many schedules each strategy needs until it finds the bug of each kernel.
//
// A trial is a strategy that knows nothing yet, and runs of one kernel under order `any` until one fails. One line of
// CSV for each kernel and strategy; a trial that does not find the bug counts as `cap` runs.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <exception>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>
#include <CLI/CLI.hpp>
#include <kernels/kernels.hpp>

#include <corosim/corosim.hpp>

namespace {

using corosim::kernels::Kernel;
using corosim::sim::Order;
using corosim::sim::Seed;
using Clock = std::chrono::steady_clock;

constexpr int kUsageError = 2;
constexpr int kMostTrials = 1'000'000;
constexpr int kMostRuns = 1'000'000'000;
constexpr int kMostJobs = 1024;

struct Settings {
  std::vector<std::string> strategies{"random"};
  std::vector<std::string> kernels{"bugs"};
  Order order = Order::kAny;
  std::size_t trials = 200;
  std::uint64_t cap = 100'000;
  Seed seed = 1;
  unsigned jobs = std::max(1U, std::thread::hardware_concurrency());
};

class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// "a,phil(3,stag4)" is "a" and "phil(3,stag4)".
std::vector<std::string> split_names(const std::vector<std::string>& lists) {
  std::vector<std::string> names;
  for (const std::string& list : lists) {
    int depth = 0;
    std::string name;
    for (const char c : list + ",") {
      if (c == ',' && depth == 0) {
        if (!name.empty()) names.push_back(std::exchange(name, {}));
        continue;
      }
      depth += c == '(' ? 1 : c == ')' ? -1 : 0;
      name += c;
    }
    if (depth != 0) throw UsageError(fmt::format("'{}': the parentheses do not match", list));
  }
  return names;
}

std::vector<const Kernel*> find_kernels(const std::vector<std::string>& names) {
  std::vector<const Kernel*> bugs;
  std::vector<const Kernel*> asyncio;
  for (const Kernel& kernel : corosim::kernels::bug_kernels()) bugs.push_back(&kernel);
  for (const Kernel& kernel : corosim::kernels::asyncio_kernels()) {
    if (kernel.name.ends_with("/fault")) asyncio.push_back(&kernel);
  }
  std::vector<const Kernel*> all = bugs;
  all.insert(all.end(), asyncio.begin(), asyncio.end());
  std::vector<const Kernel*> found;
  for (const std::string& name : names) {
    if (name == "bugs" || name == "asyncio") {
      const auto& group = name == "bugs" ? bugs : asyncio;
      found.insert(found.end(), group.begin(), group.end());
      continue;
    }
    const auto kernel = std::find_if(all.begin(), all.end(), [&](const Kernel* k) { return k->name == name; });
    if (kernel == all.end()) {
      std::vector<std::string> known;
      for (const Kernel* k : all) known.push_back(k->name);
      throw UsageError(
          fmt::format("unknown kernel '{}': expected bugs, asyncio or some of {}", name, fmt::join(known, ", ")));
    }
    found.push_back(*kernel);
  }
  if (found.empty()) throw UsageError("no kernels: expected bugs, asyncio or names");
  return found;
}

struct Trial {
  std::uint64_t runs = 0;  // up to and including the first that failed; the cap where none did
  bool found = false;
  std::chrono::duration<double> took{};
};

Trial run_trial(const Kernel& kernel, const std::string& strategy_name, Seed first_seed, const Settings& settings) {
  const auto strategy = corosim::sim::make_strategy(strategy_name);
  corosim::sim::Simulation simulation;
  auto options = corosim::sim::RunOptions().order(settings.order).strategy(*strategy);
  Trial trial;
  const auto started = Clock::now();
  while (!trial.found && trial.runs < settings.cap) {
    trial.found = simulation.run(kernel.program, options.seed(first_seed + trial.runs)).failed();
    ++trial.runs;
  }
  trial.took = Clock::now() - started;
  return trial;
}

// Trials of one run of this program are unrelated, those of different kernels too.
Seed seed_of(const Kernel& kernel, Seed seed, std::size_t trial) {
  Seed mixed = corosim::sim::mix(seed + 1);
  for (const char c : kernel.name) mixed = corosim::sim::mix(mixed + static_cast<unsigned char>(c));
  return corosim::sim::mix(mixed + trial);
}

std::vector<Trial> run_trials(const Kernel& kernel, const std::string& strategy, const Settings& settings) {
  std::vector<Trial> trials(settings.trials);
  std::atomic<std::size_t> next = 0;
  std::exception_ptr error;
  std::atomic_flag failed;
  const auto work = [&] {
    try {
      for (std::size_t i = next++; i < trials.size(); i = next++) {
        trials[i] = run_trial(kernel, strategy, seed_of(kernel, settings.seed, i), settings);
      }
    } catch (...) {
      if (!failed.test_and_set()) error = std::current_exception();
    }
  };
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < settings.jobs; ++i) threads.emplace_back(work);
  for (std::thread& thread : threads) thread.join();
  if (error) std::rethrow_exception(error);
  return trials;
}

struct Summary {
  std::size_t found = 0;
  double median = 0;
  double mean = 0;
  std::uint64_t p90 = 0;
  double runs_per_second = 0;  // of one core
};

Summary summarise(const std::vector<Trial>& trials) {
  Summary summary;
  std::vector<std::uint64_t> runs;
  double all_runs = 0;
  std::chrono::duration<double> took{};
  for (const Trial& trial : trials) {
    runs.push_back(trial.runs);
    all_runs += static_cast<double>(trial.runs);
    took += trial.took;
    if (trial.found) ++summary.found;
  }
  std::sort(runs.begin(), runs.end());
  const std::size_t n = runs.size();
  summary.median = static_cast<double>(runs[(n - 1) / 2] + runs[n / 2]) / 2;
  summary.mean = all_runs / static_cast<double>(n);
  summary.p90 = runs[(n * 9 + 9) / 10 - 1];
  summary.runs_per_second = all_runs / took.count();
  return summary;
}

void measure(const Settings& settings) {
  const std::vector<const Kernel*> kernels = find_kernels(split_names(settings.kernels));
  for (const std::string& strategy : settings.strategies) corosim::sim::make_strategy(strategy);  // or throws
  const bool shows_progress = ::isatty(STDERR_FILENO) != 0;
  std::map<std::string, double> log_sums;
  fmt::print("kernel,strategy,trials,found,median,mean,p90,runs_per_second\n");
  std::size_t cell = 0;
  for (const Kernel* kernel : kernels) {
    for (const std::string& strategy : settings.strategies) {
      if (shows_progress) {
        fmt::print(stderr, "\r\033[K{}/{} {} {}", ++cell, kernels.size() * settings.strategies.size(), kernel->name,
                   strategy);
      }
      const Summary summary = summarise(run_trials(*kernel, strategy, settings));
      log_sums[strategy] += std::log(summary.median);
      if (shows_progress) fmt::print(stderr, "\r\033[K");
      fmt::print("\"{}\",{},{},{},{},{:.1f},{},{:.0f}\n", kernel->name, strategy, settings.trials, summary.found,
                 summary.median, summary.mean, summary.p90, summary.runs_per_second);
      std::fflush(stdout);
    }
  }
  if (std::ferror(stdout) != 0) throw std::runtime_error("standard output cannot be written");
  for (const std::string& strategy : settings.strategies) {
    fmt::print(stderr, "{}: geometric mean of {} medians {:.1f}\n", strategy, kernels.size(),
               std::exp(log_sums[strategy] / static_cast<double>(kernels.size())));
  }
}

}  // namespace

int main(int argc, char** argv) {
  Settings settings;
  CLI::App app(
      "Schedules until each strategy finds the bug of each kernel, as CSV. A trial starts with a strategy that "
      "knows nothing; one that finds nothing counts as the cap.");
  app.add_option("--strategies", settings.strategies, "separated by commas; `random` by default")->delimiter(',');
  app.add_option("--kernels", settings.kernels, "separated by commas; `bugs` (by default), `asyncio` or single names");
  std::string order(to_string(settings.order));
  app.add_option("--order", order, "legal or any")->capture_default_str();
  app.add_option("--trials", settings.trials, "for each kernel and strategy")
      ->capture_default_str()
      ->check(CLI::Range(1, kMostTrials));
  app.add_option("--cap", settings.cap, "most runs of a trial")->capture_default_str()->check(CLI::Range(1, kMostRuns));
  app.add_option("--seed", settings.seed, "of all trials")->capture_default_str();
  app.add_option("--jobs", settings.jobs, "trials at a time")->capture_default_str()->check(CLI::Range(1, kMostJobs));
  try {
    app.parse(argc, argv);
    settings.order = corosim::sim::parse_order(order);
    measure(settings);
  } catch (const CLI::CallForHelp& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& error) {
    fmt::print(stderr, "error: {}\n", error.what());
    return kUsageError;
  } catch (const UsageError& error) {
    fmt::print(stderr, "error: {}\n", error.what());
    return kUsageError;
  } catch (const corosim::ValueError& error) {  // an unknown strategy or order
    fmt::print(stderr, "error: {}\n", error.what());
    return kUsageError;
  } catch (const std::exception& error) {
    fmt::print(stderr, "error: {}\n", error.what());
    return 1;
  }
  return 0;
}
