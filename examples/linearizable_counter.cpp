// A counter whose users do not see their own additions in any order that could have been: what they saw is held against
// a counter that one task uses at a time.
#include <corosim/corosim.hpp>
#include <corosim/linearizable.hpp>

using namespace corosim;
using namespace std::chrono_literals;

struct CounterModel {
  struct Operation {
    int amount;
    std::string text() const { return fmt::format("add({})", amount); }
  };
  using Result = int;
  int apply(const Operation& operation) { return value += operation.amount; }
  bool operator==(const CounterModel&) const = default;
  int value = 0;
};

class Counter {
 public:
  Coro<int> add(int amount) {
    co_await sleep(0ms);
    const int before = value_.get();
    co_await sleep(0ms);
    value_.set(before + amount);
    co_return before + amount;
  }

 private:
  Shared<int> value_{0, "value"};
};

Coro<void> adds_twice(Counter& counter, History<CounterModel>& history, int amount) {
  for (int i = 0; i < 2; ++i) {
    const CounterModel::Operation operation{amount};
    co_await history.call(operation, counter.add(amount));
  }
}

Coro<void> counter() {
  Counter counter;
  History<CounterModel> history;
  co_await gather(adds_twice(counter, history, 1), adds_twice(counter, history, 10));
  history.require_linearizable();
}
int main(int argc, char** argv) { return sim::program_main(argc, argv, {{"counter", counter}}); }
