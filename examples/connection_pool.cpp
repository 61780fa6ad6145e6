// A pool of connections that loses one. Clients wait for a free connection, ask the database, and give it back. Where a
// client is cancelled in between, because its user has closed the page, nobody gives back, and the next one waits for
// ever. In asyncio's own order the answer is always there before the user loses patience.
#include <corosim/corosim.hpp>

using namespace corosim;
using namespace std::chrono_literals;

class Pool {
 public:
  explicit Pool(int connections) : free_(connections, "pool"), size_(connections) {}

  Coro<void> query() {
    co_await free_.acquire();
    in_use_.edit() += 1;
    co_await ask_database();
    in_use_.edit() -= 1;  // not reached where the query is cancelled
    free_.release();
  }

  // The same with a guard that gives back however its scope is left.
  Coro<void> query_guarded() {
    const auto connection = co_await free_.scoped();
    const Use use(in_use_);
    co_await ask_database();
  }

  bool is_sound() const { return in_use_.get() >= 0 && in_use_.get() <= size_; }

 private:
  struct Use {
    explicit Use(Shared<int>& in_use) : count(in_use) { count.edit() += 1; }
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;
    ~Use() { count.edit() -= 1; }
    Shared<int>& count;
  };

  static Coro<void> ask_database() {
    COROSIM_SOMETIMES("a query is under way");
    co_await sleep(0ms);
    co_await sleep(0ms);
  }

  Semaphore free_;
  Shared<int> in_use_{0, "in use"};
  int size_;
};

Coro<void> lose_patience(Task<void> client) {
  for (int moment = 0; moment < 6; ++moment) co_await sleep(0ms);
  if (client.cancel()) COROSIM_SOMETIMES("a client is cancelled");
}

Coro<void> two_clients(Coro<void> (Pool::*query)()) {
  Pool pool(1);
  const auto sound = always("no more connections are in use than there are", [&] { return pool.is_sound(); });
  const Task<void> first = create_task((pool.*query)());
  const Task<void> second = create_task((pool.*query)());
  const Task<void> user = create_task(lose_patience(first));
  co_await gather(return_exceptions, first, second, user);  // however they end, nobody outlives the pool
}

Coro<void> pool() { return two_clients(&Pool::query); }
Coro<void> fixed_pool() { return two_clients(&Pool::query_guarded); }

int main(int argc, char** argv) { return sim::program_main(argc, argv, {{"pool", pool}, {"fixed_pool", fixed_pool}}); }
