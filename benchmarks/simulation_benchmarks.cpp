// Simulated runs: what exploration repeats. The run is 10 tasks of 10 sleeps each.
#include <chrono>
#include <vector>

#include <corosim/runtime/gather.hpp>
#include <corosim/runtime/sleep.hpp>
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

// What is kept of a run: its rolling hash alone; a trace; a trace with the past of each step, for diffs up to swaps.
enum class Kept : std::uint8_t { kHash, kTrace, kTraceWithPasts };

void runs(benchmark::State& state, sim::Order order, Kept kept) {
  sim::Simulation simulation;
  traces::Writer writer;
  sim::Recorder recorder(writer);
  if (kept == Kept::kTraceWithPasts) recorder.with_pasts();
  sim::RunOptions options;
  options.order(order);
  if (kept != Kept::kHash) options.recorder(recorder);
  sim::Seed seed = 0;
  std::uint64_t steps = 0;
  for (auto _ : state) {
    steps += simulation.run(ten, options.seed(seed++)).steps;
    if (kept != Kept::kHash) writer.restart();
  }
  state.SetItemsProcessed(state.iterations());
  state.counters["steps"] = static_cast<double>(steps) / static_cast<double>(state.iterations());
}
BENCHMARK_CAPTURE(runs, fifo, sim::Order::kFifo, Kept::kHash);
BENCHMARK_CAPTURE(runs, random, sim::Order::kLegal, Kept::kHash);
BENCHMARK_CAPTURE(runs, random_recorded, sim::Order::kLegal, Kept::kTrace);
BENCHMARK_CAPTURE(runs, random_recorded_with_pasts, sim::Order::kLegal, Kept::kTraceWithPasts);

Coro<void> yield_often() {
  for (int i = 0; i < 1000; ++i) co_await sleep(0s);
}

Coro<void> thousand_yielders() {
  std::vector<Coro<void>> busy;
  for (int i = 0; i < 1000; ++i) busy.push_back(yield_often());
  co_await gather(std::move(busy));
}

const sim::Program yielders("yielders", thousand_yielders);

// One switch among 1,000 ready tasks in a simulation: policy, strategy, hash, and the recorder where it is on.
void simulated_switch(benchmark::State& state, sim::Order order, Kept kept) {
  sim::Simulation simulation;
  traces::Writer writer;
  sim::Recorder recorder(writer);
  if (kept == Kept::kTraceWithPasts) recorder.with_pasts();
  sim::RunOptions options;
  options.order(order).limits(sim::Limits().steps(UINT64_MAX));
  if (kept != Kept::kHash) options.recorder(recorder);
  std::size_t bytes = 0;
  for (auto _ : state) {
    simulation.run(yielders, options);
    if (kept != Kept::kHash) bytes = writer.take_bytes().size();
  }
  state.SetItemsProcessed(state.iterations() * 1'000'000);
  if (bytes > 0) state.counters["bytes_per_step"] = static_cast<double>(bytes) / 1e6;
}
BENCHMARK_CAPTURE(simulated_switch, fifo, sim::Order::kFifo, Kept::kHash)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(simulated_switch, fifo_recorded, sim::Order::kFifo, Kept::kTrace)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(simulated_switch, random, sim::Order::kLegal, Kept::kHash)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(simulated_switch, random_recorded, sim::Order::kLegal, Kept::kTrace)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(simulated_switch, random_recorded_with_pasts, sim::Order::kLegal, Kept::kTraceWithPasts)
    ->Unit(benchmark::kMillisecond);

}  // namespace
