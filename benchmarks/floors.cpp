// What the machine allows: bare coroutines resumed through a ring, without tasks, futures, contexts or a loop. The
// other benchmarks are read as ratios to these, taken in the same run.
#include <array>
#include <bit>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <limits>
#include <utility>
#include <vector>

#include <corosim/runtime/frame_pool.hpp>
#include <corosim/sim/random.hpp>

#include <benchmark/benchmark.h>

namespace {

constexpr std::size_t kTasks = 1000;
constexpr int kYields = 1000;

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
    void unhandled_exception() { exception = std::current_exception(); }

    std::exception_ptr exception;
  };
  std::coroutine_handle<promise_type> handle;
};

struct Ring {
  std::vector<std::coroutine_handle<>> slots = std::vector<std::coroutine_handle<>>(2048);
  std::size_t head = 0;
  std::size_t tail = 0;
  std::coroutine_handle<>& operator[](std::size_t place) { return slots[place & 2047]; }
  std::size_t size() const { return tail - head; }
  void push(std::coroutine_handle<> handle) { (*this)[tail++] = handle; }
  std::coroutine_handle<> pop() { return (*this)[head++]; }
};

struct Requeue {
  Ring& ring;
  explicit Requeue(Ring& where) : ring(where) {}
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> handle) { ring.push(handle); }
  void await_resume() const noexcept {}
};

Bare yield_often(Ring& ring) {
  for (int i = 0; i < kYields; ++i) co_await Requeue(ring);
}

// 1,000 coroutines that yield 1,000 times each; `next` takes one out of the ring.
template <class Next>
void switch_through_ring(benchmark::State& state, Next next) {
  for (auto _ : state) {
    Ring ring;
    std::vector<Bare> all;
    for (std::size_t i = 0; i < kTasks; ++i) {
      all.push_back(yield_often(ring));
      ring.push(all.back().handle);
    }
    while (ring.size() > 0) next(ring).resume();
    for (const Bare& each : all) each.handle.destroy();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kTasks) * kYields);
}

void floor_switch(benchmark::State& state) {
  switch_through_ring(state, [](Ring& ring) { return ring.pop(); });
}
BENCHMARK(floor_switch)->Unit(benchmark::kMillisecond);

// The head takes the place of the one that is picked.
void floor_switch_random(benchmark::State& state) {
  corosim::sim::Random random(1, 1);
  switch_through_ring(state, [&](Ring& ring) {
    std::swap(ring[ring.head], ring[ring.head + static_cast<std::size_t>(random.below(ring.size()))]);
    return ring.pop();
  });
}
BENCHMARK(floor_switch_random)->Unit(benchmark::kMillisecond);

// Make a pooled coroutine, run it to its end, destroy it.
Bare at_once() { co_return; }

void floor_spawn(benchmark::State& state) {
  for (auto _ : state) {
    const Bare bare = at_once();
    bare.handle.resume();
    bare.handle.destroy();
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(floor_spawn);

// An exception that leaves as many coroutines, each of which rethrows what its child kept, as every coroutine type
// does whose handlers can see it.
[[gnu::noinline]] Bare throw_through(int frames) {
  if (frames == 1) throw 1;
  const Bare child = throw_through(frames - 1);
  child.handle.resume();
  std::exception_ptr exception = std::move(child.handle.promise().exception);
  child.handle.destroy();
  if (exception) std::rethrow_exception(std::move(exception));
  co_return;
}

void floor_throw(benchmark::State& state) {
  for (auto _ : state) {
    const Bare bare = throw_through(static_cast<int>(state.range(0)));
    bare.handle.resume();
    benchmark::DoNotOptimize(bare.handle.promise().exception);
    bare.handle.destroy();
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(floor_throw)->Arg(1)->Arg(4)->Arg(16);

// A monotone priority queue: bucket b holds what differs from the latest time in bit b - 1 as its highest. Ahuja,
// Mehlhorn, Orlin and Tarjan, 1990.
class RadixHeap {
 public:
  struct Entry {
    std::uint64_t due;
    std::uint64_t payload;
  };
  void push(Entry entry) { buckets_[bucket_of(entry.due)].push_back(entry); }
  Entry pop() {
    if (buckets_[0].empty()) redistribute();
    const Entry entry = buckets_[0].back();
    buckets_[0].pop_back();
    return entry;
  }

 private:
  std::size_t bucket_of(std::uint64_t due) const { return static_cast<std::size_t>(std::bit_width(due ^ latest_)); }
  void redistribute() {
    std::size_t bucket = 1;
    while (buckets_[bucket].empty()) ++bucket;
    std::uint64_t least = std::numeric_limits<std::uint64_t>::max();
    for (const Entry& entry : buckets_[bucket]) least = std::min(least, entry.due);
    latest_ = least;
    std::vector<Entry> moved;
    moved.swap(buckets_[bucket]);
    for (const Entry& entry : moved) push(entry);
  }

  std::array<std::vector<Entry>, 65> buckets_;
  std::uint64_t latest_ = 0;
};

// 10^6 deadlines in and out in order.
void floor_timers(benchmark::State& state) {
  constexpr std::uint64_t kTimers = 1'000'000;
  for (auto _ : state) {
    RadixHeap heap;
    for (std::uint64_t i = 0; i < kTimers; ++i) heap.push({1 + i * 7919 % 1'000'003, i});
    for (std::uint64_t i = 0; i < kTimers; ++i) benchmark::DoNotOptimize(heap.pop());
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kTimers));
}
BENCHMARK(floor_timers)->Unit(benchmark::kMillisecond);

}  // namespace
