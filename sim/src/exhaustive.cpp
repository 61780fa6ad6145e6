#include <corosim/sim/exhaustive.hpp>

#include <algorithm>

#include <corosim/runtime/errors.hpp>
#include <corosim/sim/failure_signature.hpp>

#include "exhaustive_search.hpp"

namespace corosim::sim {

namespace {
constexpr std::uint64_t kRunsPerLookAtTheClock = 64;

}  // namespace

ExhaustiveResult exhaust(const Program& program, const ExhaustiveOptions& options) {
  if (options.order_ == Order::kFifo)
    throw ValueError("exhaustive search needs the order legal or any: fifo is one schedule");
  using Clock = std::chrono::steady_clock;
  const auto started = Clock::now();
  ExhaustiveSearch search(options.failures_ > 1);
  Simulation simulation;
  ExhaustiveResult result;
  std::vector<std::string> signatures;
  MarkCounter marks;
  bool bounded = false;  // some run did not come to its end
  RunOptions run;
  run.order(options.order_).strategy(search).limits(options.limits_);
  std::uint64_t runs = 0;
  while (true) {
    if (!search.next()) {
      result.complete = !bounded;
      result.explored_part = 1;
      break;
    }
    result.explored_part = search.explored_part();
    if (runs >= options.runs_ || result.failures.size() >= options.failures_) break;
    if (runs % kRunsPerLookAtTheClock == 0) {
      if (options.time_ && Clock::now() - started >= *options.time_) break;
      if (options.progress_ && !options.progress_(result.orders, search.explored_part())) break;
    }
    RunResult outcome = simulation.run(program, run);
    ++runs;
    result.steps += outcome.steps;
    switch (search.finish(outcome.end)) {
      case ExhaustiveSearch::Kind::kBlocked:
        ++result.blocked;
        continue;
      case ExhaustiveSearch::Kind::kInfeasible:
        ++result.infeasible;
        continue;
      case ExhaustiveSearch::Kind::kOrder:
        break;
    }
    ++result.orders;
    marks.add(outcome.marks);
    bounded =
        bounded || std::holds_alternative<StepLimit>(outcome.end) || std::holds_alternative<TimeLimit>(outcome.end);
    if (options.on_order_) options.on_order_(search.order_hash(), outcome);
    if (!outcome.failed()) continue;
    std::string found = failure_signature(outcome);
    if (std::find(signatures.begin(), signatures.end(), found) != signatures.end()) continue;
    signatures.push_back(std::move(found));
    result.failures.push_back(std::move(outcome));
  }
  result.marks = marks.counts();
  result.took = Clock::now() - started;
  return result;
}

}  // namespace corosim::sim
