// What the machine allows: bare coroutines resumed through a ring, without tasks, futures, contexts or a loop. The
// other benchmarks are read as ratios to these, taken in the same run.
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <vector>

#include <corosim/runtime/frame_pool.hpp>

#include <benchmark/benchmark.h>

namespace {

constexpr std::size_t kTasks = 1000;

struct Bare {
  struct promise_type {
    static void* operator new(std::size_t bytes) { return corosim::detail::FramePool::allocate(bytes); }
    static void operator delete(void* frame, std::size_t bytes) {
      corosim::detail::FramePool::deallocate(frame, bytes);
    }
    Bare get_return_object() { return {std::coroutine_handle<promise_type>::from_promise(*this)}; }
    std::suspend_always initial_suspend() noexcept { return {}; }
    std::suspend_always final_suspend() noexcept { return {}; }
    void return_void() {}
    void unhandled_exception() { std::terminate(); }
  };
  std::coroutine_handle<promise_type> handle;
};

struct Ring {
  std::vector<std::coroutine_handle<>> slots = std::vector<std::coroutine_handle<>>(2048);
  std::size_t head = 0;
  std::size_t tail = 0;
  void push(std::coroutine_handle<> handle) { slots[tail++ & 2047] = handle; }
  std::coroutine_handle<> pop() { return slots[head++ & 2047]; }
};

struct Requeue {
  Ring& ring;
  explicit Requeue(Ring& where) : ring(where) {}
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> handle) { ring.push(handle); }
  void await_resume() const noexcept {}
};

Bare spin(Ring& ring) {
  for (;;) co_await Requeue(ring);
}

Bare at_once() { co_return; }

// One switch among 1,000 ready coroutines, first in first out.
void floor_switch(benchmark::State& state) {
  Ring ring;
  std::vector<Bare> all;
  for (std::size_t i = 0; i < kTasks; ++i) {
    all.push_back(spin(ring));
    ring.push(all.back().handle);
  }
  for (auto _ : state) ring.pop().resume();
  state.SetItemsProcessed(state.iterations());
  for (const Bare& each : all) each.handle.destroy();
}
BENCHMARK(floor_switch);

// Make a pooled coroutine, run it to its end, destroy it.
void floor_spawn(benchmark::State& state) {
  for (auto _ : state) {
    const Bare bare = at_once();
    bare.handle.resume();
    bare.handle.destroy();
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(floor_spawn);

// Throw and catch one exception, as each frame does that a cancellation unwinds.
void floor_throw(benchmark::State& state) {
  for (auto _ : state) {
    try {
      throw 1;
    } catch (int value) {
      benchmark::DoNotOptimize(value);
    }
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(floor_throw);

}  // namespace
