// One hot path at a time, so many times, for instructions.py to count its instructions: `hot_paths switch_fifo 1000`.
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <string_view>
#include <utility>
#include <vector>

#include <corosim/runtime/gather.hpp>
#include <corosim/runtime/queue.hpp>
#include <corosim/runtime/run.hpp>
#include <corosim/runtime/sleep.hpp>
#include <corosim/sim/recorder.hpp>
#include <corosim/sim/simulation.hpp>
#include <corosim/sim/virtual_clock.hpp>
#include <corosim/traces/writer.hpp>

#include "run.hpp"

namespace {

using namespace corosim;
using namespace std::chrono_literals;

Coro<void> yield_often(int times) {
  for (int i = 0; i < times; ++i) co_await sleep(0s);
}

// `times` switches of each of ten tasks.
Coro<void> ten_yielders(int times) {
  std::vector<Coro<void>> busy;
  for (int i = 0; i < 10; ++i) busy.push_back(yield_often(times));
  co_await gather(std::move(busy));
}

Coro<int> value() { co_return 1; }

Coro<void> spawn_often(int times) {
  for (int i = 0; i < times; ++i) {
    const Task<int> task = create_task(value());
    co_await task;
  }
}

Coro<void> await_often(int times) {
  for (int i = 0; i < times; ++i) co_await value();
}

Coro<void> echo(Queue<int>& in, Queue<int>& out, int messages) {
  for (int i = 0; i < messages; ++i) {
    const int item = co_await in.get();
    out.put_nowait(item);
  }
}

Coro<void> ping_pong(int times) {
  Queue<int> there;
  Queue<int> back;
  there.put_nowait(1);
  co_await gather(echo(there, back, times), echo(back, there, times));
}

Coro<void> sleep_often(int times) {
  for (int i = 0; i < times; ++i) co_await sleep(1ms);
}

Coro<void> set_timers(int times) {
  EventLoop& loop = get_running_loop();
  for (int i = 0; i < times; ++i) {
    loop.call_later(1ms, [] {});
    co_await sleep(1ms);
  }
}

Coro<void> nest_and_sleep(int depth) {
  if (depth > 1) {
    co_await nest_and_sleep(depth - 1);
  } else {
    co_await sleep(1h);
  }
}

Coro<void> cancel_often(int times) {
  for (int i = 0; i < times; ++i) {
    const Task<void> task = create_task(nest_and_sleep(4));
    co_await sleep(0s);
    task.cancel();
    while (!task.done()) co_await sleep(0s);
  }
}

enum class Kept : std::uint8_t { kHash, kLastSteps, kTrace };

void simulate(Coro<void> (*main)(int), int times, Kept kept, std::string_view strategy = "random") {
  const sim::Program program("program", [=] { return main(times); });
  sim::Simulation simulation;
  traces::Writer writer;
  sim::StepRing last_steps(1000);
  sim::Recorder recorder = kept == Kept::kLastSteps ? sim::Recorder(last_steps) : sim::Recorder(writer);
  const auto decider = sim::make_strategy(strategy);
  sim::RunOptions options;
  options.strategy(*decider).limits(sim::Limits().steps(UINT64_MAX));
  if (kept != Kept::kHash) options.recorder(recorder);
  simulation.run(program, options);
}

// What exploration repeats.
Coro<void> short_run(int) {
  std::vector<Coro<void>> workers;
  for (int i = 0; i < 10; ++i) workers.push_back(sleep_often(10));
  co_await gather(std::move(workers));
}

void many_runs(int times, std::string_view strategy) {
  const sim::Program program("program", [] { return short_run(0); });
  sim::Simulation simulation;
  const auto decider = sim::make_strategy(strategy);
  sim::RunOptions options;
  options.strategy(*decider);
  for (int i = 0; i < times; ++i) simulation.run(program, options.seed(static_cast<sim::Seed>(i)));
}

struct Path {
  std::string_view name;
  void (*repeat)(int times);
};
constexpr Path kPaths[] = {
    {"switch_fifo", [](int times) { run_in_virtual_time(ten_yielders(times / 10)); }},
    {"switch_random", [](int times) { simulate(ten_yielders, times / 10, Kept::kHash); }},
    {"switch_random_last_steps", [](int times) { simulate(ten_yielders, times / 10, Kept::kLastSteps); }},
    {"switch_random_recorded", [](int times) { simulate(ten_yielders, times / 10, Kept::kTrace); }},
    {"switch_surw", [](int times) { simulate(ten_yielders, times / 10, Kept::kHash, "surw"); }},
    {"await", [](int times) { run_in_virtual_time(await_often(times)); }},
    {"spawn_and_await", [](int times) { run_in_virtual_time(spawn_often(times)); }},
    {"message", [](int times) { run_in_virtual_time(ping_pong(times / 2)); }},
    {"sleep", [](int times) { run_in_virtual_time(sleep_often(times)); }},
    {"timer", [](int times) { run_in_virtual_time(set_timers(times)); }},
    {"cancel_at_depth_4", [](int times) { run_in_virtual_time(cancel_often(times)); }},
    {"run_random", [](int times) { many_runs(times, "random"); }},
    {"run_portfolio", [](int times) { many_runs(times, "portfolio"); }},
};

}  // namespace

int main(int argc, char** argv) {
  const std::string_view name = argc == 3 ? argv[1] : "";
  int times = 0;
  if (argc == 3) std::from_chars(argv[2], argv[2] + std::string_view(argv[2]).size(), times);
  for (const Path& path : kPaths) {
    if (argc == 1) std::printf("%.*s\n", static_cast<int>(path.name.size()), path.name.data());
    if (path.name != name || times <= 0) continue;
    path.repeat(times);
    return 0;
  }
  if (argc == 1) return 0;
  std::fputs("expected no argument, which lists the hot paths, or the name of one and how often to take it\n", stderr);
  return 2;
}
