#include <corosim/sim/explore.hpp>

#include <algorithm>

#include <corosim/sim/partial_order.hpp>

namespace corosim::sim {

namespace {
constexpr std::uint64_t kRunsPerLookAtTheClock = 64;
constexpr std::chrono::milliseconds kTimeBetweenReports{100};

void add_warnings(const RunResult& run, std::vector<ExploredWarning>& all) {
  for (const Warning& warning : run.warnings) {
    const auto found = std::find_if(all.begin(), all.end(), [&](const ExploredWarning& each) {
      return each.warning.what == warning.what && each.warning.place == warning.place;
    });
    if (found != all.end()) {
      ++found->runs;
    } else {
      all.push_back({warning, run.seed});
    }
  }
}
// `times`: how often the latest run's order has come up.
void count_order(ExploreResult& result, std::uint32_t times) {
  if (times == 1) {
    ++result.orders;
    ++result.orders_seen_once;
  } else if (times == 2) {
    --result.orders_seen_once;
  }
}

}  // namespace

ExploreResult explore(const Program& program, const ExploreOptions& options) {
  using Clock = std::chrono::steady_clock;
  const auto started = Clock::now();
  auto reported = started;
  const auto strategy = make_strategy(options.strategy_);
  Simulation simulation;
  ExploreResult result;
  RunOptions run;
  PartialOrderHash order;
  FlatMap<std::uint32_t> seen;  // partial order -> in how many runs
  run.watch(order).order(options.order_).strategy(*strategy).limits(options.limits_).conditions(options.conditions_);
  while (result.runs < options.runs_ && result.failures.size() < options.failures_) {
    order.begin();
    RunResult outcome = simulation.run(program, run.seed(options.first_seed_ + result.runs));
    count_order(result, ++seen[order.value()]);
    ++result.runs;
    result.steps += outcome.steps;
    add_warnings(outcome, result.warnings);
    if (outcome.failed()) {
      result.failures.push_back(std::move(outcome));
    } else {
      result.passing = std::move(outcome);
    }
    if (options.progress_ && result.runs % kRunsPerLookAtTheClock == 0) {
      const auto now = Clock::now();
      if (now - reported < kTimeBetweenReports) continue;
      reported = now;
      if (!options.progress_(result.runs, result.failures.size())) {
        result.interrupted = true;
        break;
      }
    }
  }
  result.took = Clock::now() - started;
  return result;
}

std::vector<std::byte> record(const Program& program, const RunResult& found, const Limits& limits) {
  traces::Writer writer;
  Recorder recorder(writer);
  Simulation simulation;
  const RunResult again = simulation.run(program, same_again(found, limits).recorder(recorder));
  require_same(program, found, again, limits);
  return writer.take_bytes();
}

}  // namespace corosim::sim
