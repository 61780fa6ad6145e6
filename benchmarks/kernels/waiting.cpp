// Kernels around locks, events and conditions.
#include <vector>

#include "programs.hpp"
#include "signal.hpp"

namespace corosim::kernels {

using namespace std::chrono_literals;

// Two locks taken in two orders.

namespace {

struct TwoLocks {
  Lock a{"a"};
  Lock b{"b"};
};

Coro<void> lo_task(Lock& x, Lock& y, int pad_before, int pad_after) {
  co_await pads(pad_before);
  co_await x.acquire();
  co_await sleep(0ms);
  co_await y.acquire();
  co_await sleep(0ms);
  y.release();
  x.release();
  co_await pads(pad_after);
}

}  // namespace

void lock_order(Scene& scene, int pad, int) {
  auto& s = scene.make<TwoLocks>();
  scene.spawn(lo_task(s.a, s.b, 0, pad));
  scene.spawn(lo_task(s.b, s.a, pad, 0));
}

// The dining philosophers; number i thinks i * stagger awaits before it eats.

namespace {

Coro<void> phil(std::vector<Lock>& forks, std::size_t i, int think) {
  const std::size_t n = forks.size();
  co_await pads(think);
  co_await forks[i].acquire();
  co_await sleep(0ms);
  co_await forks[(i + 1) % n].acquire();
  co_await sleep(0ms);
  forks[(i + 1) % n].release();
  forks[i].release();
}

}  // namespace

void philosophers(Scene& scene, int philosophers, int stagger) {
  auto& forks = scene.make<std::vector<Lock>>(static_cast<std::size_t>(philosophers));
  for (int i = 0; i < philosophers; ++i) scene.spawn(phil(forks, static_cast<std::size_t>(i), i * stagger));
}

// A lost wake-up: notified between the look at the flag and the wait.

namespace {

struct Flag {
  Shared<int> flag{0, "flag"};
  Signal changed;
};

Coro<void> lw_wait(Flag& s, int pad) {
  co_await pads(pad);
  if (!s.flag.get()) {
    co_await sleep(0ms);
    co_await s.changed.wait();
  }
}

Coro<void> lw_notify(Flag& s, int pad) {
  co_await pads(pad);
  s.flag.set(1);
  s.changed.notify();
}

}  // namespace

void lost_wakeup(Scene& scene, int waiter_pad, int notifier_pad) {
  auto& s = scene.make<Flag>();
  scene.spawn(lw_wait(s, waiter_pad));
  scene.spawn(lw_notify(s, notifier_pad));
}

// A token ring whose monitor makes a new token when it believes that the token is lost.

namespace {

struct TokenRing {
  explicit TokenRing(int nodes) : tokens(static_cast<std::size_t>(nodes)), n(nodes) {}
  Event& token(int node) { return tokens[static_cast<std::size_t>(node % n)]; }
  std::vector<Event> tokens;
  Shared<int> progress{0, "progress"};
  Shared<int> holders{0, "holders"};
  int n;
};

Coro<void> tr_node(TokenRing& s, int i, int rounds) {
  for (int r = 0; r < rounds; ++r) {
    co_await s.token(i).wait();
    s.token(i).clear();
    s.holders.set(s.holders.get() + 1);
    check(s.holders.peek() == 1, "two tokens");
    co_await sleep(0ms);
    s.holders.set(s.holders.get() - 1);
    s.progress.set(s.progress.get() + 1);
    co_await sleep(0ms);
    s.token(i + 1).set();
  }
}

Coro<void> tr_mon(TokenRing& s, int patience, int checks) {
  for (int c = 0; c < checks; ++c) {
    const int p = s.progress.get();
    bool moved = false;
    for (int k = 0; k < patience; ++k) {
      co_await sleep(0ms);
      if (s.progress.get() != p) {
        moved = true;
        break;
      }
    }
    if (!moved && p < 2 * s.n) {
      s.token(p + 1).set();
      co_return;
    }
  }
}

}  // namespace

void token_ring(Scene& scene, int nodes, int patience) {
  auto& s = scene.make<TokenRing>(nodes);
  s.token(0).set();
  for (int i = 0; i < nodes; ++i) scene.spawn(tr_node(s, i, 2));
  scene.spawn(tr_mon(s, patience, 2));
}

// A stolen wake-up: `if` where `while` is needed around a wait.

namespace {

struct Items {
  Shared<int> items{0, "items"};
  Signal added;
};

Coro<void> sw_cons(Items& s, int pad) {
  co_await pads(pad);
  if (s.items.get() == 0) co_await s.added.wait();
  check(s.items.get() > 0, "pop from empty queue");
  s.items.set(s.items.get() - 1);
}

Coro<void> sw_prod(Items& s, int n, int pad) {
  for (int i = 0; i < n; ++i) {
    co_await pads(pad);
    s.items.set(s.items.get() + 1);
    s.added.notify();
  }
}

}  // namespace

void stolen_wakeup(Scene& scene, int consumers, int pad) {
  auto& s = scene.make<Items>();
  for (int i = 0; i < consumers; ++i) scene.spawn(sw_cons(s, i * pad));
  scene.spawn(sw_prod(s, consumers, pad));
}

// Published before it is initialised, with double-checked locking.

namespace {

struct Singleton {
  Shared<int> instance{0, "instance"};
  Shared<int> initialised{0, "initialised"};
  Lock lock;
};

Coro<void> pi_task(Singleton& s, int pad) {
  co_await pads(pad);
  if (!s.instance.get()) {
    co_await s.lock.acquire();
    if (!s.instance.get()) {
      s.instance.set(1);
      co_await sleep(0ms);
      s.initialised.set(1);
    }
    s.lock.release();
  }
  check(s.initialised.get(), "used before init");
}

}  // namespace

void publish_init(Scene& scene, int tasks, int stagger) {
  auto& s = scene.make<Singleton>();
  for (int i = 0; i < tasks; ++i) scene.spawn(pi_task(s, i * stagger));
}

// A reusable barrier that resets its count after it has let the tasks go: one of them laps the others.

namespace {

struct FaultyBarrier {
  explicit FaultyBarrier(int tasks) : n(tasks) {}
  Shared<int> count{0, "count"};
  Event all_there;
  int n;
};

Coro<void> ba_wait(FaultyBarrier& s) {
  const int c = s.count.get() + 1;
  s.count.set(c);
  if (c == s.n) {
    s.all_there.set();
    co_await sleep(0ms);
    s.count.set(0);
    s.all_there.clear();
  } else {
    co_await s.all_there.wait();
  }
}

Coro<void> ba_task(FaultyBarrier& s, int rounds, int pad) {
  for (int r = 0; r < rounds; ++r) {
    co_await pads(pad);
    co_await ba_wait(s);
  }
}

}  // namespace

void barrier(Scene& scene, int tasks, int rounds) {
  auto& s = scene.make<FaultyBarrier>(tasks);
  for (int i = 0; i < tasks; ++i) scene.spawn(ba_task(s, rounds, 2 + i));
}

}  // namespace corosim::kernels
