// A cache held against a map: commands, the clients that issue them, and the schedule are generated together, and
// shrink together. It fails: what get() read of the store is put into the cache after a put() that came in between.
#include <array>
#include <cstddef>
#include <map>

#include <corosim/model.hpp>

using namespace corosim;
using namespace std::chrono_literals;

// A cache of one value in front of a slow store.
class Cache {
 public:
  Coro<int> get(std::size_t key) {
    if (const Entry& entry = cached_.get(); entry.key == key) co_return entry.value;
    const int value = stored_.get()[key];
    co_await sleep(1ms);
    cached_.set({key, value});
    co_return value;
  }
  Coro<void> put(std::size_t key, int value) {
    co_await sleep(1ms);
    stored_.edit()[key] = value;
    cached_.set({key, value});
  }

 private:
  struct Entry {
    std::size_t key;
    int value;
  };
  static constexpr std::size_t kKeys = 3;
  Shared<std::array<int, kKeys>> stored_{{}, "store"};
  Shared<Entry> cached_{{kKeys, 0}, "cache"};
};

using Values = std::map<std::size_t, int>;

struct Get : Command<Values, Cache, int> {
  std::size_t key = *rc::gen::inRange<std::size_t>(0, 3);
  int apply(Values& values) const override { return values[key]; }
  Coro<int> run(Cache& cache) const override { return cache.get(key); }
  void show(std::ostream& out) const override { out << "get(" << key << ")"; }
};

struct Put : Command<Values, Cache> {
  std::size_t key = *rc::gen::inRange<std::size_t>(0, 3);
  int value = *rc::gen::inRange(0, 100);
  void apply(Values& values) const override { values[key] = value; }
  Coro<void> run(Cache& cache) const override { return cache.put(key, value); }
  void show(std::ostream& out) const override { out << "put(" << key << ", " << value << ")"; }
};

RC_GTEST_PROP(Cache, BehavesAsAMap, ()) {
  check_model<Get, Put>(Values(), [] { return Cache(); });
}
