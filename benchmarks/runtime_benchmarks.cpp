// The runtime alone, in asyncio's order, on a clock that jumps. Each figure is per item: a switch, a spawn, a sleeper.
#include <algorithm>
#include <chrono>
#include <ctime>
#include <fstream>
#include <vector>

#include <corosim/runtime/as_outcome.hpp>
#include <corosim/runtime/gather.hpp>
#include <corosim/runtime/lock.hpp>
#include <corosim/runtime/queue.hpp>
#include <corosim/runtime/run.hpp>
#include <corosim/runtime/shield.hpp>
#include <corosim/runtime/sleep.hpp>
#include <corosim/sim/virtual_clock.hpp>

#include <benchmark/benchmark.h>
#include <unistd.h>

#include "allocations.hpp"
#include "run.hpp"

namespace {

using namespace corosim;
using namespace std::chrono_literals;

constexpr int kTasks = 1000;
constexpr int kYields = 1000;

Coro<void> yield_often() {
  for (int i = 0; i < kYields; ++i) co_await sleep(0s);
}

Coro<void> blocked(Future<void> never) { co_await never; }

// 1,000 tasks that yield 1,000 times each, beside `idle` tasks that wait. The time is that of the switches alone.
Coro<void> switch_beside(int idle, double& seconds, std::uint64_t& allocated) {
  const Future<void> never = get_running_loop().create_future<void>();
  for (int i = 0; i < idle; ++i) create_task(blocked(never));
  std::vector<Coro<void>> busy;
  for (int i = 0; i < kTasks; ++i) busy.push_back(yield_often());
  const auto all = gather(std::move(busy));
  co_await sleep(0s);  // all have begun
  const std::uint64_t before = allocations();
  const std::clock_t began = std::clock();
  co_await all;
  seconds = static_cast<double>(std::clock() - began) / CLOCKS_PER_SEC;
  allocated += allocations() - before;
  never.cancel();
}

void switch_fifo(benchmark::State& state) {
  const auto idle = static_cast<int>(state.range(0));
  std::uint64_t allocated = 0;
  double all_seconds = 0;
  for (auto _ : state) {
    double seconds = 0;
    run_in_virtual_time(switch_beside(idle, seconds, allocated));
    state.SetIterationTime(seconds);
    all_seconds += seconds;
  }
  const double switches = static_cast<double>(state.iterations()) * kTasks * kYields;
  state.counters["items_per_second"] = switches / all_seconds;
  state.counters["allocations"] = static_cast<double>(allocated) / switches;
}
BENCHMARK(switch_fifo)->Arg(0)->Arg(10'000)->Unit(benchmark::kMillisecond)->UseManualTime();

Coro<int> value() { co_return 1; }

void await_child(benchmark::State& state) {
  for (auto _ : state) {
    run_in_virtual_time([]() -> Coro<void> {
      int sum = 0;
      for (int i = 0; i < 100'000; ++i) sum += co_await value();
      benchmark::DoNotOptimize(sum);
    }());
  }
  state.SetItemsProcessed(state.iterations() * 100'000);
}
BENCHMARK(await_child)->Unit(benchmark::kMillisecond);

void spawn_and_await(benchmark::State& state) {
  for (auto _ : state) {
    run_in_virtual_time([]() -> Coro<void> {
      int sum = 0;
      for (int i = 0; i < 100'000; ++i) {
        const Task<int> task = create_task(value());
        sum += co_await task;
      }
      benchmark::DoNotOptimize(sum);
    }());
  }
  state.SetItemsProcessed(state.iterations() * 100'000);
}
BENCHMARK(spawn_and_await)->Unit(benchmark::kMillisecond);

void gather_of_1000(benchmark::State& state) {
  for (auto _ : state) {
    run_in_virtual_time([]() -> Coro<void> {
      for (int round = 0; round < 100; ++round) {
        std::vector<Coro<int>> coros;
        for (int i = 0; i < 1000; ++i) coros.push_back(value());
        co_await gather(std::move(coros));
      }
    }());
  }
  state.SetItemsProcessed(state.iterations() * 100'000);
}
BENCHMARK(gather_of_1000)->Unit(benchmark::kMillisecond);

Coro<void> nap(Duration delay) { co_await sleep(delay); }

// Of this process, in bytes.
double resident() {
  std::ifstream statm("/proc/self/statm");
  double all = 0;
  double in_memory = 0;
  statm >> all >> in_memory;
  return in_memory * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

// 10^6 tasks that sleep once, each for another time. The first run, which takes its memory from the system, is not
// timed.
void sleepers(benchmark::State& state) {
  constexpr std::int64_t kSleepers = 1'000'000;
  static double bytes = 0;
  const auto run = [] {
    run_in_virtual_time([]() -> Coro<void> {
      const double before = resident();
      std::vector<Task<void>> tasks;
      for (std::int64_t i = 0; i < kSleepers; ++i) {
        tasks.push_back(create_task(nap(Duration(1 + i * 7919 % 1'000'003))));
      }
      co_await sleep(0s);  // all sleep
      bytes = std::max(bytes, resident() - before);
      for (const Task<void>& task : tasks) co_await task;
    }());
  };
  run();
  for (auto _ : state) run();
  state.SetItemsProcessed(state.iterations() * kSleepers);
  state.counters["bytes_each"] = bytes / kSleepers;
}
BENCHMARK(sleepers)->Unit(benchmark::kMillisecond)->Iterations(1);

// Timers of the loop itself: 1,000 at a time are set, and fire, or are cancelled.
void timers_fire(benchmark::State& state) {
  const std::uint64_t before = allocations();
  for (auto _ : state) {
    run_in_virtual_time([]() -> Coro<void> {
      EventLoop& loop = get_running_loop();
      for (int round = 0; round < 100; ++round) {
        for (std::int64_t i = 0; i < 1000; ++i) loop.call_later(Duration(1 + i * 7919 % 1009), [] {});
        co_await sleep(Duration(2000));
      }
    }());
  }
  state.SetItemsProcessed(state.iterations() * 100'000);
  count_allocations(state, before, static_cast<double>(state.iterations()) * 100'000);
}
BENCHMARK(timers_fire)->Unit(benchmark::kMillisecond);

void timers_cancel(benchmark::State& state) {
  for (auto _ : state) {
    run_in_virtual_time([]() -> Coro<void> {
      EventLoop& loop = get_running_loop();
      std::vector<TimerHandle> handles;
      for (int round = 0; round < 100; ++round) {
        for (std::int64_t i = 0; i < 1000; ++i) {
          handles.push_back(loop.call_later(Duration(1 + i * 7919 % 1009), [] {}));
        }
        for (TimerHandle& handle : handles) handle.cancel();
        handles.clear();
      }
      co_return;
    }());
  }
  state.SetItemsProcessed(state.iterations() * 100'000);
}
BENCHMARK(timers_cancel)->Unit(benchmark::kMillisecond);

// 1,000 times: make a task, let it run (or not), cancel it, and see it end.
template <class Start>
void cancel_often(benchmark::State& state, bool let_it_run, Start start) {
  for (auto _ : state) {
    const auto main = [](bool runs_first, Start make) -> Coro<void> {
      for (int i = 0; i < 1000; ++i) {
        const Task<void> task = create_task(make());
        if (runs_first) co_await sleep(0s);
        task.cancel();
        while (!task.done()) co_await sleep(0s);
      }
    };
    run_in_virtual_time(main(let_it_run, start));
  }
  state.SetItemsProcessed(state.iterations() * 1000);
}

Coro<void> nest_and_sleep(int depth) {
  if (depth > 1) {
    co_await nest_and_sleep(depth - 1);
  } else {
    co_await sleep(1h);
  }
}

// The exception leaves so many coroutines.
void cancel_at_depth(benchmark::State& state) {
  cancel_often(state, true, [depth = static_cast<int>(state.range(0))] { return nest_and_sleep(depth); });
}
BENCHMARK(cancel_at_depth)->Arg(1)->Arg(4)->Arg(16)->Unit(benchmark::kMicrosecond);

// No handler can be active: nothing is thrown.
void cancel_not_started(benchmark::State& state) {
  cancel_often(state, false, [] { return nest_and_sleep(1); });
}
BENCHMARK(cancel_not_started)->Unit(benchmark::kMicrosecond);

Coro<void> shielded(Future<void> inner) { co_await shield(inner); }

void cancel_in_shield(benchmark::State& state) {
  cancel_often(state, true, [] { return shielded(get_running_loop().create_future<void>()); });
}
BENCHMARK(cancel_in_shield)->Unit(benchmark::kMicrosecond);

Coro<void> sleep_for_outcome() { co_await sleep_outcome(1h); }

// The cancellation comes as a value.
void cancel_as_outcome(benchmark::State& state) {
  cancel_often(state, true, [] { return sleep_for_outcome(); });
}
BENCHMARK(cancel_as_outcome)->Unit(benchmark::kMicrosecond);

Coro<void> echo(Queue<int>& in, Queue<int>& out, int messages) {
  for (int i = 0; i < messages; ++i) {
    const int item = co_await in.get();
    out.put_nowait(item);
  }
}

void queue_ping_pong(benchmark::State& state) {
  constexpr int kMessages = 50'000;
  const std::uint64_t before = allocations();
  for (auto _ : state) {
    run_in_virtual_time([]() -> Coro<void> {
      Queue<int> there;
      Queue<int> back;
      there.put_nowait(1);
      co_await gather(echo(there, back, kMessages), echo(back, there, kMessages));
    }());
  }
  state.SetItemsProcessed(state.iterations() * 2 * kMessages);
  count_allocations(state, before, static_cast<double>(state.iterations()) * 2 * kMessages);
}
BENCHMARK(queue_ping_pong)->Unit(benchmark::kMillisecond);

Coro<void> lock_often(Lock& lock) {
  for (int i = 0; i < 10'000; ++i) {
    const auto guard = co_await lock.scoped();
    co_await sleep(0s);
  }
}

void lock_hand_over(benchmark::State& state) {
  const std::uint64_t before = allocations();
  for (auto _ : state) {
    run_in_virtual_time([]() -> Coro<void> {
      Lock lock;
      co_await gather(lock_often(lock), lock_often(lock), lock_often(lock));
    }());
  }
  state.SetItemsProcessed(state.iterations() * 30'000);
  count_allocations(state, before, static_cast<double>(state.iterations()) * 30'000);
}
BENCHMARK(lock_hand_over)->Unit(benchmark::kMillisecond);

}  // namespace
