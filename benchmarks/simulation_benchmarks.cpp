// Simulated runs: what exploration repeats. The short run is 10 tasks of 10 sleeps each.
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <corosim/runtime/gather.hpp>
#include <corosim/runtime/sleep.hpp>
#include <corosim/sim/explore.hpp>
#include <corosim/sim/recorder.hpp>
#include <corosim/sim/simulation.hpp>
#include <corosim/traces/writer.hpp>

#include <benchmark/benchmark.h>

namespace {

using namespace corosim;
using namespace std::chrono_literals;

Coro<void> worker() {
  for (int i = 0; i < 10; ++i) co_await sleep(1ms);
}

Coro<void> ten_workers() {
  std::vector<Coro<void>> workers;
  for (int i = 0; i < 10; ++i) workers.push_back(worker());
  co_await gather(std::move(workers));
}

const sim::Program ten("ten", ten_workers);

Coro<void> nothing() { co_return; }

const sim::Program empty("empty", nothing);

// What is kept of a run: its rolling hash alone; its last 1,000 steps, not encoded; a trace in memory; a trace with the
// past of each step, for diffs up to swaps.
enum class Kept : std::uint8_t { kHash, kLastSteps, kTrace, kTraceWithPasts };

// Has the recorder for it.
class Keeper {
 public:
  explicit Keeper(Kept kept)
      : kept_(kept), recorder_(kept == Kept::kLastSteps ? sim::Recorder(ring_) : sim::Recorder(writer_)) {
    if (kept == Kept::kTraceWithPasts) recorder_.with_pasts();
  }
  void ask(sim::RunOptions& options) {
    if (kept_ != Kept::kHash) options.recorder(recorder_);
  }
  bool has_trace() const { return kept_ == Kept::kTrace || kept_ == Kept::kTraceWithPasts; }
  traces::Writer& writer() { return writer_; }

 private:
  Kept kept_;
  traces::Writer writer_;
  sim::StepRing ring_{1000};
  sim::Recorder recorder_;
};

void runs(benchmark::State& state, sim::Order order, Kept kept) {
  sim::Simulation simulation;
  Keeper keeper(kept);
  sim::RunOptions options;
  options.order(order);
  keeper.ask(options);
  sim::Seed seed = 0;
  std::uint64_t steps = 0;
  for (auto _ : state) {
    steps += simulation.run(ten, options.seed(seed++)).steps;
    if (keeper.has_trace()) keeper.writer().restart();
  }
  state.SetItemsProcessed(state.iterations());
  state.counters["steps"] = static_cast<double>(steps) / static_cast<double>(state.iterations());
}
BENCHMARK_CAPTURE(runs, fifo, sim::Order::kFifo, Kept::kHash);
BENCHMARK_CAPTURE(runs, random, sim::Order::kLegal, Kept::kHash);
BENCHMARK_CAPTURE(runs, random_last_steps, sim::Order::kLegal, Kept::kLastSteps);
BENCHMARK_CAPTURE(runs, random_recorded, sim::Order::kLegal, Kept::kTrace);
BENCHMARK_CAPTURE(runs, random_recorded_with_pasts, sim::Order::kLegal, Kept::kTraceWithPasts);

// The same with a simulator for each run.
void runs_of_new_simulations(benchmark::State& state) {
  sim::RunOptions options;
  sim::Seed seed = 0;
  for (auto _ : state) {
    sim::Simulation simulation;
    benchmark::DoNotOptimize(simulation.run(ten, options.seed(seed++)).hash);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(runs_of_new_simulations);

// What a run costs that does nothing, on a simulator that is used: an upper bound of making it ready again.
void reset(benchmark::State& state) {
  sim::Simulation simulation;
  sim::RunOptions options;
  simulation.run(ten, options);
  sim::Seed seed = 0;
  for (auto _ : state) benchmark::DoNotOptimize(simulation.run(empty, options.seed(seed++)).hash);
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(reset);

void strategy_runs(benchmark::State& state, const char* name) {
  sim::Simulation simulation;
  const std::unique_ptr<sim::Strategy> strategy = sim::make_strategy(name);
  sim::RunOptions options;
  options.strategy(*strategy);
  sim::Seed seed = 0;
  for (auto _ : state) benchmark::DoNotOptimize(simulation.run(ten, options.seed(seed++)).hash);
  state.SetItemsProcessed(state.iterations());
}

Coro<void> yield_often(int times) {
  for (int i = 0; i < times; ++i) co_await sleep(0s);
}

Coro<void> blocked(Future<void> never) { co_await never; }

// So many tasks that yield, beside so many that wait: about 200,000 switches, and the fewer yields of one task the more
// there are.
sim::Program switching(int ready, int idle) {
  return {"switching", [=]() -> Coro<void> {
            const auto main = [](int busy_tasks, int idle_tasks) -> Coro<void> {
              const Future<void> never = get_running_loop().create_future<void>();
              for (int i = 0; i < idle_tasks; ++i) create_task(blocked(never));
              std::vector<Coro<void>> busy;
              for (int i = 0; i < busy_tasks; ++i) busy.push_back(yield_often(200'000 / busy_tasks));
              co_await gather(std::move(busy));
              never.cancel();
            };
            return main(ready, idle);
          }};
}

// A decision of the strategy, with the switch that it is for. The first run teaches it the program.
void decision(benchmark::State& state, const char* name) {
  const auto ready = static_cast<int>(state.range(0));
  const sim::Program program = switching(ready, static_cast<int>(state.range(1)));
  sim::Simulation simulation;
  const std::unique_ptr<sim::Strategy> strategy = sim::make_strategy(name);
  sim::RunOptions options;
  options.strategy(*strategy).limits(sim::Limits().steps(UINT64_MAX));
  simulation.run(program, options);
  for (auto _ : state) simulation.run(program, options);
  state.SetItemsProcessed(state.iterations() * (200'000 / ready) * ready);
}

// One switch among 1,000 ready tasks in a simulation: policy, strategy, hash, and the recorder where it is on.
void simulated_switch(benchmark::State& state, sim::Order order, Kept kept, int ready = 1000) {
  const sim::Program program = switching(ready, 0);
  sim::Simulation simulation;
  Keeper keeper(kept);
  sim::RunOptions options;
  options.order(order).limits(sim::Limits().steps(UINT64_MAX));
  keeper.ask(options);
  std::size_t bytes = 0;
  std::uint64_t steps = 0;
  for (auto _ : state) {
    steps = simulation.run(program, options).steps;
    if (keeper.has_trace()) bytes = keeper.writer().take_bytes().size();
  }
  state.SetItemsProcessed(state.iterations() * 200'000);
  if (bytes > 0) state.counters["bytes_per_step"] = static_cast<double>(bytes) / static_cast<double>(steps);
}
BENCHMARK_CAPTURE(simulated_switch, fifo, sim::Order::kFifo, Kept::kHash)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(simulated_switch, fifo_recorded, sim::Order::kFifo, Kept::kTrace)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(simulated_switch, random, sim::Order::kLegal, Kept::kHash)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(simulated_switch, random_last_steps, sim::Order::kLegal, Kept::kLastSteps)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(simulated_switch, random_recorded, sim::Order::kLegal, Kept::kTrace)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(simulated_switch, random_recorded_10, sim::Order::kLegal, Kept::kTrace, 10)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(simulated_switch, random_recorded_with_pasts, sim::Order::kLegal, Kept::kTraceWithPasts)
    ->Unit(benchmark::kMillisecond);

// Exploration in so many processes.
void explore_jobs(benchmark::State& state) {
  constexpr std::int64_t kRuns = 20'000;
  const auto options =
      sim::ExploreOptions().strategy("random").runs(kRuns).jobs(static_cast<std::uint32_t>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(sim::explore(ten, options).steps);
  state.SetItemsProcessed(state.iterations() * kRuns);
}
BENCHMARK(explore_jobs)->Arg(1)->Arg(2)->UseRealTime()->Unit(benchmark::kMillisecond);

const bool registered = [] {
  for (const char* const name : {"random", "pct", "pos", "surw", "urw", "rff", "race", "deadlock", "portfolio"}) {
    const auto runs_it = [name](benchmark::State& state) { strategy_runs(state, name); };
    benchmark::RegisterBenchmark((std::string("strategy_runs/") + name).c_str(), runs_it);
    const auto decides = [name](benchmark::State& state) { decision(state, name); };
    auto* const decisions = benchmark::RegisterBenchmark((std::string("decision/") + name).c_str(), decides);
    decisions->Unit(benchmark::kMillisecond)->Args({2, 0})->Args({10, 0})->Args({1000, 0});
    // Of the others a decision takes time in proportion: seconds tell nothing more.
    const std::string_view all(name);
    if (all == "random" || all == "pct") decisions->Args({10, 10'000})->Args({10'000, 0});
  }
  return true;
}();

}  // namespace
