// The tool's work on a recorded run of 10^6 events.
#include <chrono>
#include <cstddef>
#include <vector>

#include <corosim/runtime/gather.hpp>
#include <corosim/runtime/sleep.hpp>
#include <corosim/sim/recorder.hpp>
#include <corosim/sim/simulation.hpp>
#include <corosim/traces/diff.hpp>
#include <corosim/traces/reader.hpp>
#include <corosim/traces/render.hpp>
#include <corosim/traces/trace.hpp>
#include <corosim/traces/writer.hpp>

#include <string_view>

#include <benchmark/benchmark.h>

namespace {

using namespace corosim;
using namespace std::chrono_literals;

// Each switch is two events: the step, and where it parked.
constexpr int kTasks = 100;
constexpr int kYields = 5000;

Coro<void> yield_often() {
  for (int i = 0; i < kYields; ++i) co_await sleep(0s);
}

const sim::Program yielders("yielders", []() -> Coro<void> {
  std::vector<Coro<void>> busy;
  for (int i = 0; i < kTasks; ++i) busy.push_back(yield_often());
  co_await gather(std::move(busy));
});

std::vector<std::byte> recorded(sim::Seed seed) {
  traces::Writer writer;
  sim::Recorder recorder(writer);
  sim::Simulation simulation;
  simulation.run(yielders, sim::RunOptions().seed(seed).recorder(recorder));
  return writer.take_bytes();
}

std::int64_t events_of(const std::vector<std::byte>& bytes) {
  std::int64_t events = 0;
  for (traces::Reader reader(bytes); reader.next();) ++events;
  return events;
}

void read_events(benchmark::State& state) {
  const std::vector<std::byte> bytes = recorded(1);
  std::int64_t events = 0;
  for (auto _ : state) events += events_of(bytes);
  state.SetItemsProcessed(events);
}
BENCHMARK(read_events)->Unit(benchmark::kMillisecond);

void show_events(benchmark::State& state) {
  const std::vector<std::byte> bytes = recorded(1);
  const auto open = [&bytes] { return traces::Reader(bytes); };
  std::size_t shown = 0;
  for (auto _ : state) {
    traces::render_story(open, traces::read_outline(open()), [&shown](std::string_view text) { shown += text.size(); });
  }
  benchmark::DoNotOptimize(shown);
  state.SetItemsProcessed(state.iterations() * events_of(bytes));
}
BENCHMARK(show_events)->Unit(benchmark::kMillisecond);

// Two runs of one program: of one seed, and of two.
void diff_events(benchmark::State& state) {
  const std::vector<std::byte> left = recorded(1);
  const std::vector<std::byte> right = recorded(static_cast<sim::Seed>(state.range(0)));
  for (auto _ : state) {
    const traces::Diff found = traces::diff(traces::Trace::from_bytes(left), traces::Trace::from_bytes(right));
    benchmark::DoNotOptimize(found.differences.size());
  }
  state.SetItemsProcessed(state.iterations() * (events_of(left) + events_of(right)));
}
BENCHMARK(diff_events)->ArgName("seed")->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond);

}  // namespace
