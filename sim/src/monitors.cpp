#include <corosim/monitors.hpp>

#include <chrono>

#include <corosim/runtime/event_loop.hpp>
#include <corosim/runtime/future.hpp>
#include <corosim/runtime/sleep.hpp>
#include <corosim/runtime/task.hpp>
#include <corosim/sim/world.hpp>

namespace corosim {

namespace {

Monitor watch(sim::Watched watched) {
  sim::World* const world = sim::World::current();
  return world != nullptr ? Monitor(world->watch(std::move(watched))) : Monitor();
}

}  // namespace

Monitor::~Monitor() {
  sim::World* const world = sim::World::current();
  if (id_ != 0 && world != nullptr) world->unwatch(id_);
}

Monitor always(std::string name, std::function<bool()> predicate, std::source_location where) {
  return watch({sim::Watched::Kind::kAlways, std::move(name), std::move(predicate), where});
}

Monitor never(std::string name, std::function<bool()> predicate, std::source_location where) {
  return watch({sim::Watched::Kind::kNever, std::move(name), std::move(predicate), where});
}

Coro<void> eventually(std::string name, std::function<bool()> predicate, std::uint64_t rounds,
                      std::source_location where) {
  sim::World* const world = sim::World::current();
  if (world == nullptr) {
    while (!predicate()) co_await sleep(std::chrono::milliseconds(1));
    co_return;
  }
  world->stop_faults();
  const Future<void> reached = get_running_loop().create_future<void>(where);
  const Monitor monitor =
      watch({sim::Watched::Kind::kEventually, std::move(name), std::move(predicate), where, rounds, reached});
  co_await reached;
}

void detail::reach_mark(std::uint32_t number) {
  if (sim::World* world = sim::World::current()) world->reach_mark(number);
}

}  // namespace corosim
