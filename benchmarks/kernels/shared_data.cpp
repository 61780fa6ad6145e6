// Kernels whose tasks read and write shared state at moments that do not belong together.
#include <array>

#include "programs.hpp"

namespace corosim::kernels {

using namespace std::chrono_literals;

// Lost update across an await: what one task has read, the other has written before it writes.

Coro<void> lu_task(Shared<int>& x, int pad) {
  for (int i = 0; i < pad; ++i) co_await sleep(0ms);
  const int v = x.get();
  co_await sleep(0ms);
  x.set(v + 1);
}

void lost_update(Scene& scene, int tasks, int pad) {
  auto& x = scene.make<Shared<int>>(0, "x");
  for (int i = 0; i < tasks; ++i) scene.spawn(lu_task(x, pad * i));
  scene.check_at_end([&x, tasks] { check(x.peek() == tasks, "lost update"); });
}

// Check, then act: several tasks find the cache empty and build it.

namespace {

struct Cache {
  Shared<int> cached{0, "cached"};
  Shared<int> builds{0, "builds"};
};

Coro<void> cta_task(Cache& s, int pad) {
  for (int i = 0; i < pad; ++i) co_await sleep(0ms);
  if (!s.cached.get()) {
    co_await sleep(0ms);
    s.builds.set(s.builds.get() + 1);
    check(s.builds.peek() == 1, "built twice");
    s.cached.set(1);
  }
}

}  // namespace

void check_then_act(Scene& scene, int tasks, int stagger) {
  auto& s = scene.make<Cache>();
  for (int i = 0; i < tasks; ++i) scene.spawn(cta_task(s, i * stagger));
}

// ABA on a free list of nodes 0, 1, 2: the head is the same again, but what follows it is not.

namespace {

struct FreeList {
  Shared<int> top{0, "top"};
  std::array<Shared<int>, 3> used;
  std::array<int, 3> next = {1, 2, -1};
};

Coro<void> aba_popper(FreeList& s, int pad) {
  for (int i = 0; i < pad; ++i) co_await sleep(0ms);
  const int t = s.top.get();
  if (t < 0) co_return;
  const int nx = s.next.at(static_cast<std::size_t>(t));
  co_await sleep(0ms);
  if (s.top.get() == t) {
    s.top.set(nx);
    s.used.at(static_cast<std::size_t>(t)).set(1);
    check(nx < 0 || !s.used.at(static_cast<std::size_t>(nx)).get(), "ABA: list head points to a node in use");
  }
}

Coro<void> aba_churn(FreeList& s, int pad) {
  for (int i = 0; i < pad; ++i) co_await sleep(0ms);
  const int a = s.top.get();
  if (a < 0) co_return;
  s.top.set(s.next.at(static_cast<std::size_t>(a)));
  s.used.at(static_cast<std::size_t>(a)).set(1);  // the first node is popped
  co_await sleep(0ms);
  const int b = s.top.get();
  if (b < 0) co_return;
  s.top.set(s.next.at(static_cast<std::size_t>(b)));
  s.used.at(static_cast<std::size_t>(b)).set(1);  // so is the second
  co_await sleep(0ms);
  s.used.at(static_cast<std::size_t>(a)).set(0);
  s.next.at(static_cast<std::size_t>(a)) = s.top.get();
  s.top.set(a);  // the first is pushed back
  for (int i = 0; i < pad; ++i) co_await sleep(0ms);
}

}  // namespace

void aba(Scene& scene, int pad, int) {
  auto& s = scene.make<FreeList>();
  scene.spawn(aba_popper(s, pad));
  scene.spawn(aba_churn(s, pad));
}

// Use after close: it was open when looked at, an await ago.

namespace {

Coro<void> uc_user(Shared<int>& open, int rounds) {
  for (int i = 0; i < rounds; ++i) {
    if (!open.get()) co_return;
    co_await sleep(0ms);
    check(open.get(), "used after close");
    co_await sleep(0ms);
  }
}

Coro<void> uc_close(Shared<int>& open, int pad) {
  co_await pads(pad);
  if (open.get()) {
    co_await sleep(0ms);
    check(open.get(), "closed twice");
    open.set(0);
  }
}

}  // namespace

void use_after_close(Scene& scene, int rounds, int pad) {
  auto& open = scene.make<Shared<int>>(1, "open");
  scene.spawn(uc_user(open, rounds));
  scene.spawn(uc_close(open, pad));
  scene.spawn(uc_close(open, pad + 3));
}

// A work-stealing queue whose owner and thief both take the last element.

namespace {

struct WorkStealingQueue {
  explicit WorkStealingQueue(int items) : bot(items, "bot") {}
  Shared<int> top{0, "top"};
  Shared<int> bot;
  std::array<Shared<int>, 8> taken;
};

void ws_take(WorkStealingQueue& s, int i) {
  auto& item = s.taken.at(static_cast<std::size_t>(i));
  item.set(item.get() + 1);
  check(item.peek() == 1, "item taken twice");
}

Coro<void> ws_owner(WorkStealingQueue& s, int pops) {
  for (int k = 0; k < pops; ++k) {
    const int b = s.bot.get() - 1;
    s.bot.set(b);
    co_await sleep(0ms);
    const int t = s.top.get();
    co_await sleep(0ms);
    if (t <= b) {  // the fault: nobody arbitrates where t == b
      ws_take(s, b);
    } else {
      s.bot.set(b + 1);
    }
    co_await sleep(0ms);
  }
}

Coro<void> ws_thief(WorkStealingQueue& s, int steals) {
  for (int k = 0; k < steals; ++k) {
    const int t = s.top.get();
    co_await sleep(0ms);
    const int b = s.bot.get();
    co_await sleep(0ms);
    if (t < b && s.top.get() == t) {
      s.top.set(t + 1);
      ws_take(s, t);
    }
    co_await sleep(0ms);
  }
}

}  // namespace

void wsq(Scene& scene, int items, int steals) {
  auto& s = scene.make<WorkStealingQueue>(items);
  scene.spawn(ws_owner(s, items));
  scene.spawn(ws_thief(s, steals));
}

// A leader whose lease ran out while it was about to write, and nothing fences its write off.

namespace {

struct Leadership {
  Shared<int> owner{1, "owner"};
  Shared<int> epoch{1, "epoch"};
  Shared<int> stored{0, "stored"};
  Event freed;
};

Coro<void> le_old(Leadership& s, int pad) {
  co_await pads(pad);
  if (s.owner.get() == 1) {
    co_await sleep(0ms);
    s.stored.set(1);
  }
  co_await pads(pad);
}

Coro<void> le_timer(Leadership& s, int pad) {
  co_await pads(pad);
  s.owner.set(0);
  s.freed.set();
}

Coro<void> le_new(Leadership& s) {
  co_await s.freed.wait();
  s.owner.set(2);
  s.epoch.set(2);
  co_await sleep(0ms);
  s.stored.set(2);
  co_await sleep(0ms);
  check(s.stored.get() == 2, "stale leader overwrote");
}

}  // namespace

void stale_lease(Scene& scene, int pad, int) {
  auto& s = scene.make<Leadership>();
  scene.spawn(le_old(s, pad));
  scene.spawn(le_timer(s, 2 * pad));
  scene.spawn(le_new(s));
}

// Read skew: an auditor adds up two accounts in the middle of a transfer.

namespace {

struct Accounts {
  Shared<int> a{100, "a"};
  Shared<int> b{100, "b"};
};

Coro<void> rs_tr(Accounts& s, int pad, bool back) {
  co_await pads(pad);
  s.a.set(s.a.get() - 10);
  co_await sleep(0ms);
  s.b.set(s.b.get() + 10);
  co_await pads(pad);
  if (back) {
    s.b.set(s.b.get() - 10);
    s.a.set(s.a.get() + 10);
  }
  co_await pads(pad);
}

Coro<void> rs_audit(Accounts& s, int pad) {
  co_await pads(pad);
  const int x = s.a.get();
  co_await sleep(0ms);
  const int y = s.b.get();
  check(x + y == 200, "read skew");
}

}  // namespace

void read_skew(Scene& scene, int pad, int) {
  auto& s = scene.make<Accounts>();
  scene.spawn(rs_tr(s, pad, true));
  scene.spawn(rs_audit(s, pad));
}

// A reader fills the cache with what it read before the writer changed it, after the writer emptied the cache.

namespace {

struct CachedRow {
  Shared<int> db{1, "db"};
  Shared<int> cache{0, "cache"};  // 0: empty
};

Coro<void> ci_reader(CachedRow& s, int pad) {
  co_await pads(pad);
  if (s.cache.get() == 0) {
    co_await sleep(0ms);
    const int v = s.db.get();
    co_await sleep(0ms);
    s.cache.set(v);
  }
}

Coro<void> ci_writer(CachedRow& s, int pad) {
  co_await pads(pad);
  s.db.set(2);
  co_await sleep(0ms);
  s.cache.set(0);
  co_await pads(pad);
}

}  // namespace

void cache_stale(Scene& scene, int readers, int pad) {
  auto& s = scene.make<CachedRow>();
  for (int i = 0; i < readers; ++i) scene.spawn(ci_reader(s, pad * i));
  scene.spawn(ci_writer(s, 2 * pad));
  scene.check_at_end([&s] { check(s.cache.peek() != 1, "cache keeps the old value"); });
}

}  // namespace corosim::kernels
