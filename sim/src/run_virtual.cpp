#include <corosim/sim/run_virtual.hpp>

#include <cstdio>
#include <string>
#include <utility>

#include <corosim/sim/program_main.hpp>
#include <corosim/sim/report.hpp>
#include <corosim/sim/simulation.hpp>

#include <fmt/format.h>

namespace corosim::sim {

int run_virtual(Coro<void> main, const Limits& limits) {
  const Program program(std::string(main.born().function()), [&main] { return std::move(main); });
  FifoStrategy strategy;
  Simulation simulation;
  const RunResult result = simulation.run(program, RunOptions().order(Order::kFifo).strategy(strategy).limits(limits));
  std::fflush(stdout);  // what the program printed comes first
  if (!result.failed()) {
    if (!result.warnings.empty()) fmt::print(stderr, "{}", render_passed(program, result));
    return kPassed;
  }
  fmt::print(stderr, "{}", render_failure(program, result, ReportContext()));
  return kFailureFound;
}

}  // namespace corosim::sim
