#include <corosim/sim/explore.hpp>

#include <algorithm>
#include <charconv>
#include <utility>

#include <corosim/runtime/errors.hpp>
#include <corosim/sim/await_races.hpp>
#include <corosim/sim/determinism.hpp>
#include <corosim/sim/partial_order.hpp>

#include <fmt/format.h>

#include "explorer.hpp"
#include "processes.hpp"
#include "tally.hpp"

namespace corosim::sim {

namespace {

constexpr std::uint64_t kRunsPerCheck = 64;

Warning warning_of(const AwaitRace& race) {
  Warning warning;
  // Without the tasks' names: the same race of other tasks is no other warning.
  warning.what =
      fmt::format("await race on {}: read at {} and written at {}, with another task's write at {} in between",
                  race.name, race.read.text(), race.write.text(), race.intruding_write.text());
  warning.task = race.task;
  warning.step = race.step;
  return warning;
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
  AwaitRaces races;
  run.watch(order).watch(races).order(options_.order_).strategy(*strategy).limits(options_.limits_);
  run.conditions(options_.conditions_);
  if (observer != nullptr) run.observer(*observer);
  std::optional<StepRing> last_steps;
  std::optional<Recorder> recorder;
  if (options_.keep_steps_ > 0) run.recorder(recorder.emplace(last_steps.emplace(options_.keep_steps_)));
  for (std::uint64_t index = first; sink.wants(index); index += stride) {
    order.begin();
    races.begin(options_.seed(index));
    RunResult outcome = simulation.run(program_, run.seed(options_.seed(index)));
    if (outcome.failed() || index % kRunsPerCheck == 0) {
      if (auto finding = compare_again(checker_, program_, outcome, options_.limits_)) {
        if (last_steps) finding->first_trace = save(*last_steps);
        throw NotDeterministic(std::move(*finding));
      }
    }
    warn_of(races, outcome);
    sink.ran(index, std::move(outcome), order.value());
  }
}

// Nobody can make that run again.
std::string Explorer::save(const StepRing& last_steps) const {
  const std::filesystem::path& file = options_.kept_file_;
  if (file.has_parent_path()) std::filesystem::create_directories(file.parent_path());
  traces::Writer writer(file, traces::Existing::overwrite);
  last_steps.write(writer);
  return file.string();
}

RunResult Explorer::again(const RunResult& found) {
  AwaitRaces races;
  races.begin(found.seed);
  RunResult outcome = checker_.run(program_, same_again(found, options_.limits_).watch(races));
  if (outcome.hash != found.hash) {
    require_deterministic(checker_, program_, outcome, options_.limits_);
    throw NotDeterministic(
        fmt::format("not deterministic: {} · seed {:#x} came out differently in another process: {} "
                    "after {} steps here. What to look for: docs/determinism.md",
                    program_.name(), found.seed, word(outcome.end), outcome.steps));
  }
  warn_of(races, outcome);
  return outcome;
}

// What a task writes in a race is lost to nobody's check, perhaps; so it is told where the run passes.
void Explorer::warn_of(AwaitRaces& races, RunResult& run) {
  races.name_objects(checker_, program_, run, options_.limits_);
  if (run.failed()) return;
  races.for_each_of_latest_run([&](const AwaitRace& race) { run.warnings.push_back(warning_of(race)); });
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
  Simulation simulation;
  const RunResult again = simulation.run(program, same_again(found, limits).recorder(recorder.with_pasts()));
  require_same(program, found, again, limits);
  return writer.take_bytes();
}

}  // namespace corosim::sim
