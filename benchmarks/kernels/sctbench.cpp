// Programs of SCTBench (Thomson, Donaldson and Betts: "Concurrency testing using schedule bounding: an empirical
// study", PPoPP 2014), written for threads there, with an await wherever a switch of threads matters. The numbered
// versions of reorder and twostage that SCTBench does not have follow its pattern.
#include "programs.hpp"

namespace corosim::kernels {

using namespace std::chrono_literals;

// reorder: a checker that sees one of two writes.

namespace {

struct TwoWrites {
  Shared<int> a{0, "a"};
  Shared<int> b{0, "b"};
};

Coro<void> ro_set(TwoWrites& s) {
  co_await sleep(0ms);
  s.a.set(1);
  co_await sleep(0ms);
  s.b.set(-1);
}

Coro<void> ro_chk(TwoWrites& s) {
  co_await sleep(0ms);
  if (s.a.get() == 0) {
    co_await sleep(0ms);
    if (s.b.get() == 0) co_return;
    co_await sleep(0ms);
  }
  if (s.a.get() == 1) {
    co_await sleep(0ms);
    if (s.b.get() == -1) co_return;
  }
  fail("reorder");
}

Coro<void> ro_main(Scene& scene, TwoWrites& s, int setters, int checkers) {
  for (int i = 0; i < setters; ++i) {
    scene.spawn(ro_set(s));
    co_await sleep(0ms);
  }
  for (int i = 0; i < checkers; ++i) {
    scene.spawn(ro_chk(s));
    co_await sleep(0ms);
  }
}

}  // namespace

void reorder(Scene& scene, int setters, int checkers) {
  auto& s = scene.make<TwoWrites>();
  scene.spawn(ro_main(scene, s, setters, checkers));
}

// twostage: two variables, each under its own lock, written one after the other.

namespace {

struct TwoStages {
  Shared<int> d1{0, "d1"};
  Shared<int> d2{0, "d2"};
  Lock l1{"l1"};
  Lock l2{"l2"};
};

Coro<void> ts_a(TwoStages& s) {
  co_await sleep(0ms);
  co_await s.l1.acquire();
  s.d1.set(1);
  s.l1.release();
  co_await sleep(0ms);
  co_await s.l2.acquire();
  s.d2.set(s.d1.get() + 1);
  s.l2.release();
}

Coro<void> ts_b(TwoStages& s) {
  co_await sleep(0ms);
  co_await s.l1.acquire();
  const int t1 = s.d1.get();
  s.l1.release();
  if (!t1) co_return;
  co_await sleep(0ms);
  co_await s.l2.acquire();
  const int t2 = s.d2.get();
  s.l2.release();
  check(t2 == t1 + 1, "twostage");
}

Coro<void> ts_main(Scene& scene, TwoStages& s, int writers, int readers) {
  for (int i = 0; i < writers; ++i) {
    scene.spawn(ts_a(s));
    co_await sleep(0ms);
  }
  for (int i = 0; i < readers; ++i) {
    scene.spawn(ts_b(s));
    co_await sleep(0ms);
  }
}

}  // namespace

void twostage(Scene& scene, int writers, int readers) {
  auto& s = scene.make<TwoStages>();
  scene.spawn(ts_main(scene, s, writers, readers));
}

// wronglock: one variable under two locks.

namespace {

struct WrongLock {
  Shared<int> v{0, "v"};
  Lock l1{"l1"};
  Lock l2{"l2"};
};

Coro<void> wl_a(WrongLock& s) {
  co_await sleep(0ms);
  co_await s.l1.acquire();
  const int x = s.v.get();
  co_await sleep(0ms);
  s.v.set(s.v.get() + 1);
  co_await sleep(0ms);
  check(s.v.get() == x + 1, "wronglock");
  s.l1.release();
}

Coro<void> wl_b(WrongLock& s) {
  co_await sleep(0ms);
  co_await s.l2.acquire();
  const int t = s.v.get();
  co_await sleep(0ms);
  s.v.set(t + 1);
  s.l2.release();
}

Coro<void> wl_main(Scene& scene, WrongLock& s, int readers, int writers) {
  for (int i = 0; i < readers; ++i) {
    scene.spawn(wl_a(s));
    co_await sleep(0ms);
  }
  for (int i = 0; i < writers; ++i) {
    scene.spawn(wl_b(s));
    co_await sleep(0ms);
  }
}

}  // namespace

void wronglock(Scene& scene, int readers, int writers) {
  auto& s = scene.make<WrongLock>();
  scene.spawn(wl_main(scene, s, readers, writers));
}

// account: the check is wrong, but made only when both deposit and withdrawal came before it.

namespace {

struct Account {
  Lock lock;
  Shared<int> balance{1, "balance"};
  Shared<int> deposited{0, "deposited"};
  Shared<int> withdrawn{0, "withdrawn"};
};

Coro<void> ac_dep(Account& s) {
  co_await sleep(0ms);
  co_await s.lock.acquire();
  const int b = s.balance.get();
  co_await sleep(0ms);
  s.balance.set(b + 2);
  s.deposited.set(1);
  s.lock.release();
}

Coro<void> ac_wd(Account& s) {
  co_await sleep(0ms);
  co_await s.lock.acquire();
  const int b = s.balance.get();
  co_await sleep(0ms);
  s.balance.set(b - 4);
  s.withdrawn.set(1);
  s.lock.release();
}

Coro<void> ac_chk(Account& s) {
  co_await sleep(0ms);
  co_await s.lock.acquire();
  if (s.deposited.get() && s.withdrawn.get()) check(s.balance.get() == (1 - 2) - 4, "account");
  s.lock.release();
}

}  // namespace

void account(Scene& scene, int, int) {
  auto& s = scene.make<Account>();
  scene.spawn(ac_chk(s));
  scene.spawn(ac_dep(s));
  scene.spawn(ac_wd(s));
}

// bluetooth: a driver that is stopped between its check that it is not stopping and its count of users.

namespace {

struct Driver {
  Shared<int> pending{1, "pending"};
  Shared<int> stopping{0, "stopping"};
  Shared<int> idle{0, "idle"};
  Shared<int> stopped{0, "stopped"};
};

Coro<void> bt_dec(Driver& s) {
  const int p = s.pending.get() - 1;
  s.pending.set(p);
  co_await sleep(0ms);
  if (p == 0) s.idle.set(1);
}

Coro<void> bt_add(Driver& s, int pad) {
  co_await pads(pad);
  const bool stopping = s.stopping.get();
  co_await sleep(0ms);
  if (!stopping) {
    s.pending.set(s.pending.get() + 1);
    co_await sleep(0ms);
    check(!s.stopped.get(), "bluetooth: used after stop");
    co_await sleep(0ms);
    co_await bt_dec(s);
  }
}

Coro<void> bt_stop(Driver& s, int pad) {
  co_await pads(pad);
  s.stopping.set(1);
  co_await sleep(0ms);
  co_await bt_dec(s);
  co_await sleep(0ms);
  if (s.idle.get()) {
    co_await sleep(0ms);
    s.stopped.set(1);
  }
}

}  // namespace

void bluetooth(Scene& scene, int adders, int pad) {
  auto& s = scene.make<Driver>();
  for (int i = 0; i < adders; ++i) scene.spawn(bt_add(s, pad));
  scene.spawn(bt_stop(s, pad));
}

}  // namespace corosim::kernels
