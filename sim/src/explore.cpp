#include <corosim/sim/explore.hpp>

#include <algorithm>
#include <charconv>
#include <utility>

#include <corosim/runtime/errors.hpp>
#include <corosim/sim/partial_order.hpp>

#include <fmt/format.h>

#include "explorer.hpp"
#include "processes.hpp"
#include "tally.hpp"

namespace corosim::sim {

namespace {

constexpr std::uint64_t kRunsPerCheck = 64;

RunResult run_again(const Program& program, const RunResult& found, const Limits& limits, Recorder* recorder) {
  Simulation simulation;
  // The decisions themselves: a strategy that learns would take others.
  RunOptions options;
  options.order(found.order).follow(found.decisions, found.strategy).seed(found.seed).limits(limits);
  options.conditions(found.conditions());
  if (recorder != nullptr) options.recorder(*recorder);
  RunResult again = simulation.run(program, options);
  if (again.hash != found.hash) {
    throw NotDeterministic(fmt::format(
        "{}: seed {:#x} came out differently when it was run again: {} after {} steps, then {} after {} steps. "
        "Something outside of the simulation decides: an address, a clock, a thread, static state?",
        program.name(), found.seed, word(found.end), found.steps, word(again.end), again.steps));
  }
  return again;
}

}  // namespace

std::string Shard::text() const { return fmt::format("{}/{}", index, count); }

Shard Shard::parse(std::string_view text) {
  const auto read = [](std::string_view digits, std::uint64_t& number) {
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return error == std::errc() && end == digits.data() + digits.size();
  };
  const auto slash = std::min(text.find('/'), text.size());
  Shard shard;
  if (slash == text.size() || !read(text.substr(0, slash), shard.index) || !read(text.substr(slash + 1), shard.count) ||
      shard.index < 1 || shard.index > shard.count) {
    throw ValueError(fmt::format("'{}' is no shard: expected I/N, as in 2/5, with I from 1 to N", text));
  }
  return shard;
}

void Explorer::run(std::uint64_t first, std::uint64_t stride, RunSink& sink, StepObserver* observer) {
  const auto strategy = make_strategy(options_.strategy_);
  Simulation simulation;
  RunOptions run;
  PartialOrderHash order;
  run.watch(order).order(options_.order_).strategy(*strategy).limits(options_.limits_);
  run.conditions(options_.conditions_);
  if (observer != nullptr) run.observer(*observer);
  for (std::uint64_t index = first; sink.wants(index); index += stride) {
    order.begin();
    RunResult outcome = simulation.run(program_, run.seed(options_.seed(index)));
    check_determinism(index, outcome);
    sink.ran(index, std::move(outcome), order.value());
  }
}

void Explorer::check_determinism(std::uint64_t index, const RunResult& run) const {
  if (run.failed() || index % kRunsPerCheck == 0) run_again(program_, run, options_.limits_, nullptr);
}

RunResult Explorer::again(const RunResult& found) const {
  return run_again(program_, found, options_.limits_, nullptr);
}

ExploreResult explore(const Program& program, const ExploreOptions& options) {
  Tally tally(options);
  Explorer explorer(program, options);
  if (options.jobs_ == 0) {
    explorer.run(options.skip_, 1, tally);
  } else {
    Processes(explorer, options).run(tally);
  }
  return tally.take();
}

std::vector<std::byte> record(const Program& program, const RunResult& found, const Limits& limits) {
  traces::Writer writer;
  Recorder recorder(writer);
  run_again(program, found, limits, &recorder);
  return writer.take_bytes();
}

}  // namespace corosim::sim
