// Programs in growing sizes for complete exploration.
#include <deque>
#include <vector>

#include "programs.hpp"
#include "semantic_lock.hpp"

namespace corosim::kernels {

using namespace std::chrono_literals;

// lastzero (Abdulla, Aronis, Jonsson and Sagonas: "Optimal dynamic partial order reduction", POPL 2014): writers
// a[j] = a[j - 1] + 1, and a reader that goes down until it finds a zero.

namespace {

using Variables = std::deque<Shared<int>>;

Coro<void> lz_w(Variables& a, std::size_t j) {
  const int t = a[j - 1].get();
  co_await sleep(0ms);
  a[j].set(t + 1);
}

Coro<void> lz_r(Variables& a) {
  std::size_t i = a.size() - 1;
  while (i > 0 && a[i].get() != 0) {
    --i;
    co_await sleep(0ms);
  }
}

}  // namespace

void lastzero(Scene& scene, int writers, int) {
  const auto n = static_cast<std::size_t>(writers);
  auto& a = scene.make<Variables>(n + 1);
  scene.spawn(lz_r(a));
  for (std::size_t j = 1; j <= n; ++j) scene.spawn(lz_w(a, j));
}

// indexer (Flanagan and Godefroid: "Dynamic partial-order reduction for model checking software", POPL 2005): tasks
// insert into a hash table; from the twelfth on their hashes collide.

namespace {

constexpr int kTableSize = 128;

Coro<void> ix(Variables& table, int task) {
  for (int m = 1; m <= 4; ++m) {
    const int w = m * 11 + task;
    auto h = static_cast<std::size_t>((w * 7) % kTableSize);
    while (table[h].get() != 0) {
      co_await sleep(0ms);
      h = (h + 1) % kTableSize;
    }
    table[h].set(w);
    co_await sleep(0ms);
  }
}

}  // namespace

void indexer(Scene& scene, int tasks, int) {
  auto& table = scene.make<Variables>(static_cast<std::size_t>(kTableSize));
  for (int i = 0; i < tasks; ++i) scene.spawn(ix(table, i));
}

// filesystem (the same source): tasks look for free blocks. A critical section is one step here.

namespace {

constexpr int kInodes = 32;
constexpr int kBlocks = 26;

struct FileSystem {
  Variables inode_lock{static_cast<std::size_t>(kInodes)};
  Variables inode{static_cast<std::size_t>(kInodes)};
  Variables block_lock{static_cast<std::size_t>(kBlocks)};
  Variables busy{static_cast<std::size_t>(kBlocks)};
};

Coro<void> fs(FileSystem& s, int task) {
  const auto i = static_cast<std::size_t>(task % kInodes);
  s.inode_lock[i].set(1);
  co_await sleep(0ms);
  if (s.inode[i].get() == 0) {
    std::size_t b = (i * 2) % kBlocks;
    while (true) {
      co_await sleep(0ms);
      s.block_lock[b].set(1);
      if (!s.busy[b].get()) {
        s.busy[b].set(1);
        s.inode[i].set(static_cast<int>(b) + 1);
        break;
      }
      b = (b + 1) % kBlocks;
    }
  }
  co_await sleep(0ms);
  s.inode_lock[i].set(0);
}

}  // namespace

void filesystem(Scene& scene, int tasks, int) {
  auto& s = scene.make<FileSystem>();
  for (int i = 0; i < tasks; ++i) scene.spawn(fs(s, i));
}

// Tasks that share nothing: one class.

void indep(Scene& scene, int tasks, int awaits) {
  for (int i = 0; i < tasks; ++i) scene.spawn(noise(scene.make<Shared<int>>(0), awaits));
}

// Each task takes one lock once.

namespace {

Coro<void> la(Lock& lock, int pad) {
  co_await pads(pad);
  co_await lock.acquire();
  co_await sleep(0ms);
  lock.release();
  co_await pads(pad);
}

}  // namespace

void lockall(Scene& scene, int tasks, int pad) {
  auto& lock = scene.make<Lock>();
  for (int i = 0; i < tasks; ++i) scene.spawn(la(lock, pad));
}

// Disjoint pairs, each racing for a variable of its own.

void pairs(Scene& scene, int tasks, int pad) {
  for (int i = 0; i < tasks / 2; ++i) {
    auto& x = scene.make<Shared<int>>(0);
    scene.spawn(lu_task(x, pad));
    scene.spawn(lu_task(x, pad));
  }
}

// One writer and several readers of a variable.

namespace {

Coro<void> rdr(Shared<int>& v, int pad) {
  co_await pads(pad);
  v.get();
  co_await pads(pad);
}

Coro<void> wrt(Shared<int>& v, int pad) {
  co_await pads(pad);
  v.set(1);
  co_await pads(pad);
}

}  // namespace

void readers(Scene& scene, int readers, int pad) {
  auto& v = scene.make<Shared<int>>(0, "v");
  scene.spawn(wrt(v, pad));
  for (int i = 0; i < readers; ++i) scene.spawn(rdr(v, pad));
}

// Clients that each send one request to a server's queue, and wait for the answer.

namespace {

class Requests {
  class State final : public detail::SharedState {
   public:
    State() : line(id(), "Requests", {}, detail::WakeOrder::kFree) {}
    std::deque<std::size_t> clients;
    detail::Line line;
  };

 public:
  /// REQUIRES: one task at a time.
  class Get : public detail::LineWaiter {
   public:
    explicit Get(detail::Ref<State> queue) : LineWaiter(queue->line), queue_(std::move(queue)) {}

    bool await_ready() const {
      detail::touch_write(queue_->id(), "Requests.get");
      return !queue_->clients.empty();
    }
    std::size_t await_resume() {
      detail::touch_write(queue_->id(), "Requests.get");
      if (waited()) leave();
      const std::size_t client = queue_->clients.front();
      queue_->clients.pop_front();
      return client;
    }

   private:
    detail::Ref<State> queue_;
  };

  Get get() const { return Get(state_); }
  void put(std::size_t client) const {
    detail::touch_write(state_->id(), "Requests.put");
    state_->clients.push_back(client);
    state_->line.wake(1);
  }

 private:
  detail::Ref<State> state_{new State()};
};

struct Service {
  explicit Service(std::size_t clients) : done(clients) {}
  Requests requests;
  std::vector<Event> done;
  Shared<int> served{0, "served"};
};

Coro<void> cs_server(Service& s) {
  for (std::size_t i = 0; i < s.done.size(); ++i) {
    const std::size_t client = co_await s.requests.get();
    co_await sleep(0ms);
    s.served.set(s.served.get() + 1);
    s.done[client].set();
  }
}

Coro<void> cs_client(Service& s, std::size_t i, int pad) {
  co_await pads(pad);
  s.requests.put(i);
  co_await s.done[i].wait();
  co_await pads(pad);
}

}  // namespace

void client_server(Scene& scene, int clients, int pad) {
  const auto n = static_cast<std::size_t>(clients);
  auto& s = scene.make<Service>(n);
  scene.spawn(cs_server(s));
  for (std::size_t i = 0; i < n; ++i) scene.spawn(cs_client(s, i, pad));
}

// The lock programs with a lock whose operations conflict by what they mean.

namespace {

Coro<void> la2(SemanticLock& lock, int pad) {
  co_await pads(pad);
  co_await lock.acquire();
  co_await sleep(0ms);
  lock.release();
  co_await pads(pad);
}

Coro<void> phil2t(std::vector<SemanticLock>& forks, std::size_t i) {
  const std::size_t n = forks.size();
  co_await forks[i].acquire();
  co_await forks[(i + 1) % n].acquire();
  co_await sleep(0ms);
  forks[(i + 1) % n].release();
  forks[i].release();
}

}  // namespace

void sem_lockall(Scene& scene, int tasks, int pad) {
  auto& lock = scene.make<SemanticLock>();
  for (int i = 0; i < tasks; ++i) scene.spawn(la2(lock, pad));
}

void sem_philosophers(Scene& scene, int philosophers, int) {
  const auto n = static_cast<std::size_t>(philosophers);
  auto& forks = scene.make<std::vector<SemanticLock>>(n);
  for (std::size_t i = 0; i < n; ++i) scene.spawn(phil2t(forks, i));
}

}  // namespace corosim::kernels
