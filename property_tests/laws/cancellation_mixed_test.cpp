// Random programs that use everything, cancelled at every wait and every moment: each ends, whoever was asked ends
// cancelled, and locks, units and items are where they belong.
#include <algorithm>
#include <cstdint>
#include <exception>
#include <memory>
#include <vector>

#include <corosim/runtime/condition.hpp>
#include <corosim/runtime/event.hpp>
#include <corosim/runtime/executor.hpp>
#include <corosim/runtime/gather.hpp>
#include <corosim/runtime/lock.hpp>
#include <corosim/runtime/queue.hpp>
#include <corosim/runtime/semaphore.hpp>
#include <corosim/runtime/shield.hpp>
#include <corosim/runtime/sleep.hpp>
#include <corosim/runtime/task.hpp>
#include <corosim/runtime/task_group.hpp>
#include <corosim/runtime/timeout.hpp>
#include <corosim/sim/check.hpp>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "cancellation_law.hpp"

namespace corosim::laws {

/// What a worker does next. Whatever could wait for ever gives up after some milliseconds.
enum class Deed : std::uint8_t {
  kLock,
  kUnits,
  kPut,
  kGet,
  kWaitEvent,
  kSetEvent,
  kNotified,
  kNotify,
  kGroup,
  kGather,
  kShield,
  kThread,
  kSleep
};

struct Order {
  Deed deed;
  std::uint8_t operand;  // a duration in ms, and which lock
};
using Orders = std::vector<Order>;

// Shown when the law fails.
void showValue(const Order& order, std::ostream& out) {
  constexpr const char* kWords[] = {"lock",   "units", "put",    "get",    "wait_event", "set_event", "notified",
                                    "notify", "group", "gather", "shield", "thread",     "sleep"};
  out << kWords[static_cast<int>(order.deed)] << ' ' << int{order.operand};
}

namespace {

using namespace std::chrono_literals;

struct Workshop {
  Lock locks[2];
  Semaphore units{2};
  Condition condition;
  Event event;
  Queue<int> queue{1};
  int locked[2] = {0, 0};
  int in_use = 0;
  std::vector<int> put;
  std::vector<int> got;
  int number = 0;
};
using Shop = std::shared_ptr<Workshop>;

Coro<void> hold(int& inside, int most, Duration time) {
  COROSIM_CHECK(++inside <= most);
  std::exception_ptr error;
  try {
    co_await sleep(time);
  } catch (...) {
    error = std::current_exception();
  }
  --inside;
  if (error) std::rethrow_exception(error);
}

Coro<void> use_lock(Shop shop, std::size_t which, Duration time) {
  const auto guard = co_await shop->locks[which].scoped();
  co_await hold(shop->locked[which], 1, time);
}
Coro<void> use_unit(Shop shop, Duration time) {
  const auto guard = co_await shop->units.scoped();
  co_await hold(shop->in_use, 2, time);
}
Coro<void> put_item(Shop shop) {
  const int item = ++shop->number;
  co_await shop->queue.put(item);
  shop->put.push_back(item);
}
Coro<void> get_item(Shop shop) {
  const int item = co_await shop->queue.get();
  shop->got.push_back(item);
}
Coro<void> wait_event(Shop shop) { co_await shop->event.wait(); }
Coro<void> be_notified(Shop shop) {
  const auto guard = co_await shop->condition.scoped();
  co_await shop->condition.wait();
}
Coro<void> notify(Shop shop) {
  const auto guard = co_await shop->condition.scoped();
  shop->condition.notify();
}

Coro<void> at_most(Coro<void> coro, Duration limit) {
  try {
    co_await wait_for(std::move(coro), limit);
  } catch (const TimeoutError&) {
  }
}

Coro<void> obey(Shop shop, Order order) {
  const Duration time = (order.operand % 3) * 1ms;
  const std::size_t which = order.operand % 2;
  switch (order.deed) {
    case Deed::kLock:
      co_await at_most(use_lock(shop, which, time), 3ms);
      break;
    case Deed::kUnits:
      co_await use_unit(shop, time);
      break;
    case Deed::kPut:
      co_await at_most(put_item(shop), 2ms);
      break;
    case Deed::kGet:
      co_await at_most(get_item(shop), 2ms);
      break;
    case Deed::kWaitEvent:
      co_await at_most(wait_event(shop), 2ms);
      break;
    case Deed::kSetEvent:
      shop->event.set();
      shop->event.clear();
      break;
    case Deed::kNotified:
      co_await at_most(be_notified(shop), 2ms);
      break;
    case Deed::kNotify:
      co_await notify(shop);
      break;
    case Deed::kGroup: {
      const auto body = [shop, which, time](TaskGroup& group) -> Coro<void> {
        group.create_task(use_lock(shop, which, time));
        group.create_task(use_unit(shop, time));
        co_await sleep(time);
      };
      co_await task_group(body);
      break;
    }
    case Deed::kGather:
      co_await gather(return_exceptions, use_lock(shop, which, time), use_unit(shop, time));
      break;
    case Deed::kShield:
      co_await shield(use_lock(shop, which, time));
      break;
    case Deed::kThread: {
      const auto job = [] {};
      co_await to_thread(job);
      break;
    }
    case Deed::kSleep:
      co_await sleep(time);
      break;
  }
}

Coro<void> work(Shop shop, Orders orders) {
  for (const Order order : orders) co_await obey(shop, order);
}

void check_workshop(Workshop& shop) {
  for (const Lock& lock : shop.locks) COROSIM_CHECK(!lock.locked());
  COROSIM_CHECK(!shop.condition.locked());
  COROSIM_CHECK(!shop.units.locked());
  COROSIM_CHECK_EQ(shop.in_use, 0);
  while (!shop.queue.empty()) shop.got.push_back(shop.queue.get_nowait());
  COROSIM_CHECK(shop.put == shop.got);
}

Scenario workshop(const std::vector<Orders>& all) {
  auto shop = std::make_shared<Workshop>();
  Scenario scenario;
  for (const Orders& orders : all) scenario.worker(work(shop, orders));
  scenario.check([shop] { check_workshop(*shop); });
  return scenario;
}

rc::Gen<std::vector<Orders>> some_orders() {
  const auto order = rc::gen::map(
      rc::gen::pair(rc::gen::inRange(0, 13), rc::gen::inRange<std::uint8_t>(0, 6)),
      [](const std::pair<int, std::uint8_t>& drawn) { return Order{static_cast<Deed>(drawn.first), drawn.second}; });
  const auto orders = rc::gen::mapcat(rc::gen::inRange<std::size_t>(0, 4),
                                      [order](std::size_t size) { return rc::gen::container<Orders>(size, order); });
  return rc::gen::mapcat(rc::gen::inRange<std::size_t>(1, 4),
                         [orders](std::size_t size) { return rc::gen::container<std::vector<Orders>>(size, orders); });
}

// The tasks that a worker makes may end as they like; only the shielded one's cancellation reaches who waits for it
// without having been asked.
bool is_not_shielded(std::string_view path) { return path.rfind("/use_lock#") == std::string_view::npos; }

RC_GTEST_PROP(CancellationLaws, RandomProgramsKeepThemAll, ()) {
  const std::vector<Orders> orders = *some_orders();
  const auto order = *rc::gen::element(sim::Order::kLegal, sim::Order::kAny);
  const Law law = Law("workshop", [orders] { return workshop(orders); }).cancels(is_not_shielded);
  const auto seed = *rc::gen::inRange<sim::Seed>(0, 1'000'000);
  const sim::CampaignResult result = law.campaign(order, 1, seed);
  if (!result.passed()) RC_FAIL(sim::render(law.program(), result));
}

}  // namespace
}  // namespace corosim::laws
