#pragma once

#include <cstdint>

#include <benchmark/benchmark.h>

/// How often the general heap was asked for memory, on this thread: the benchmarks' program replaces operator new.
std::uint64_t allocations();

/// Adds what was allocated since `before` to `state`, for each of `items`, as the counter `allocations`.
inline void count_allocations(benchmark::State& state, std::uint64_t before, double items) {
  state.counters["allocations"] = static_cast<double>(allocations() - before) / items;
}
