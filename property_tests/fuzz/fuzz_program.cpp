// The bytes are a program and its schedule: what a few tasks do to locks, queues, events and each other, and who goes
// on at each decision. Whatever it is, the run ends in a value, comes out the same again from its decisions, and leaves
// nothing behind.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include <corosim/corosim.hpp>

namespace {

using namespace corosim;
using namespace std::chrono_literals;

// The bytes, one after the other; zeros once they are used up.
class Bytes {
 public:
  Bytes(const std::uint8_t* data, std::size_t size) : next_(data), end_(data + size) {}
  unsigned below(unsigned bound) { return next_ == end_ ? 0 : *next_++ % bound; }
  bool empty() const { return next_ == end_; }

 private:
  const std::uint8_t* next_;
  const std::uint8_t* end_;
};

enum class Action : std::uint8_t { kYield, kSleep, kLock, kPut, kGet, kSet, kWait, kCancel, kTimeout, kShield, kLast };
struct Statement {
  Action action;
  unsigned operand;
};
using Script = std::vector<Statement>;

struct World {
  Lock lock;
  Semaphore permits{2};
  Queue<int> queue{2};
  Event event;
  std::vector<Task<>> tasks;
};

Coro<void> do_one(World& world, Statement statement);

Coro<void> run_script(World& world, const Script& script) {
  for (const Statement statement : script) co_await do_one(world, statement);
}

Coro<void> rest(unsigned milliseconds) { co_await sleep(std::chrono::milliseconds(milliseconds)); }

Coro<void> do_one(World& world, Statement statement) {
  switch (statement.action) {
    case Action::kYield:
      co_await sleep(0ms);
      break;
    case Action::kSleep:
      co_await rest(statement.operand);
      break;
    case Action::kLock: {
      const auto guard = co_await world.lock.scoped();
      co_await rest(statement.operand % 2);
      break;
    }
    case Action::kPut:
      co_await world.queue.put(static_cast<int>(statement.operand));
      break;
    case Action::kGet: {
      const auto guard = co_await world.permits.scoped();
      co_await world.queue.get();
      break;
    }
    case Action::kSet:
      world.event.set();
      break;
    case Action::kWait:
      co_await world.event.wait();
      break;
    case Action::kCancel:
      if (!world.tasks.empty()) world.tasks[statement.operand % world.tasks.size()].cancel();
      break;
    case Action::kTimeout:
      try {
        co_await wait_for(rest(statement.operand), 2ms);
      } catch (const TimeoutError&) {
      }
      break;
    case Action::kShield: {
      auto inner = create_task(rest(statement.operand));
      world.tasks.push_back(inner);
      co_await shield(inner);
      break;
    }
    case Action::kLast:
      break;
  }
}

Coro<void> run_scripts(std::vector<Script> scripts) {
  World world;
  for (const Script& script : scripts) world.tasks.push_back(create_task(run_script(world, script)));
  const std::vector<Task<>> all = world.tasks;
  co_await wait(all, WaitOptions().timeout(1s));
  for (Task<> task : world.tasks) task.cancel();
  const std::vector<Task<>> left = world.tasks;
  co_await wait(left);
}

std::vector<Script> scripts_of(Bytes& bytes) {
  std::vector<Script> scripts(1 + bytes.below(4));
  for (Script& script : scripts) {
    script.resize(bytes.below(6));
    for (Statement& statement : script) {
      statement = {static_cast<Action>(bytes.below(static_cast<unsigned>(Action::kLast))), bytes.below(4)};
    }
  }
  return scripts;
}

class BytesStrategy final : public sim::Strategy {
 public:
  explicit BytesStrategy(Bytes& bytes) : bytes_(bytes) {}
  std::string_view name() const override { return "bytes"; }
  void begin(sim::Seed) override {}
  std::size_t pick(const sim::ReadySet& ready) override { return bytes_.below(static_cast<unsigned>(ready.size())); }
  bool sees_actors() const override { return false; }

 private:
  Bytes& bytes_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Bytes bytes(data, size);
  const auto order = bytes.below(2) == 0 ? sim::Order::kLegal : sim::Order::kAny;
  const std::vector<Script> scripts = scripts_of(bytes);
  const sim::Program program("fuzz", [&scripts] { return run_scripts(scripts); });
  BytesStrategy strategy(bytes);
  sim::Simulation simulation;
  const sim::Limits limits = sim::Limits().steps(100'000);
  const sim::RunResult run = simulation.run(program, sim::RunOptions().order(order).strategy(strategy).limits(limits));
  const sim::RunResult again =
      simulation.run(program, sim::RunOptions().order(order).follow(run.decisions).limits(limits));
  if (run.hash != again.hash || run.steps != again.steps) std::abort();
  if (run.failed()) std::abort();
  if (run.blocks_left > 0 && again.blocks_left > 0) std::abort();
  return 0;
}
