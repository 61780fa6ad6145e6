// What each of the three orders promises, over many seeds, and what it leaves free.
#include <corosim/sim/scheduler.hpp>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include <corosim/runtime/gather.hpp>
#include <corosim/runtime/queue.hpp>
#include <corosim/runtime/sleep.hpp>
#include <corosim/runtime/task.hpp>
#include <corosim/sim/simulation.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace corosim::sim {
namespace {

using namespace std::chrono_literals;
using ::testing::Contains;
using ::testing::ElementsAre;

thread_local std::string order_log;  // what the program under test did, a letter each

// The distinct orders of events over many seeds.
std::set<std::string> orders_of(Coro<void> (*main)(), Order order) {
  std::set<std::string> seen;
  Simulation simulation;
  for (Seed seed = 0; seed < 300; ++seed) {
    order_log.clear();
    const RunResult result = simulation.run(Program("test", main), RunOptions().order(order).seed(seed));
    EXPECT_FALSE(result.failed()) << summary(result.end);
    seen.insert(order_log);
  }
  return seen;
}

Coro<void> say(char letter) {
  order_log += letter;
  co_return;
}

Coro<void> two_tasks_and_callbacks() {
  EventLoop& loop = get_running_loop();
  create_task(say('a'));
  loop.call_soon([] { order_log += '1'; });
  create_task(say('b'));
  loop.call_soon([] { order_log += '2'; });
  co_await sleep(1s);
}

TEST(Orders, FifoIsAsynciosOrder) {
  EXPECT_THAT(orders_of(two_tasks_and_callbacks, Order::kFifo), ElementsAre("a1b2"));
}

TEST(Orders, LegalKeepsCallbacksInTheOrderOfTheirRegistration) {
  const auto seen = orders_of(two_tasks_and_callbacks, Order::kLegal);
  EXPECT_EQ(seen.size(), 12U) << "4! orders, half of them with 1 before 2";
  for (const std::string& order : seen) EXPECT_LT(order.find('1'), order.find('2')) << order;
}

TEST(Orders, TheNextOfALaneStandsWhereTheOneBeforeItStood) {
  order_log.clear();
  Simulation simulation;
  FifoStrategy strategy;
  simulation.run(Program("test", two_tasks_and_callbacks), RunOptions().order(Order::kLegal).strategy(strategy));
  EXPECT_EQ(order_log, "a12b");
}

Coro<void> cancels_the_last_callback() {
  EventLoop& loop = get_running_loop();
  loop.call_soon([] { order_log += 'a'; });
  Handle last = loop.call_soon([] { order_log += 'b'; });
  last.cancel();
  loop.call_soon([] { order_log += 'c'; });
  co_await sleep(1s);
}

TEST(Orders, ALaneGoesOnBehindACancelledCallback) {
  EXPECT_THAT(orders_of(cancels_the_last_callback, Order::kLegal), ElementsAre("ac"));
}

TEST(Orders, ADecisionThatDoesNotFitIsADivergence) {
  const std::vector<std::uint32_t> decisions{7};
  Simulation simulation;
  const RunResult result = simulation.run(Program("test", two_tasks_and_callbacks), RunOptions().follow(decisions));
  ASSERT_TRUE(result.diverged());
  EXPECT_EQ(std::get<Diverged>(result.end).divergence.found, "3 ready lanes");
}

TEST(Orders, AnyLeavesCallbacksFree) { EXPECT_EQ(orders_of(two_tasks_and_callbacks, Order::kAny).size(), 24U); }

Coro<void> three_timers() {
  EventLoop& loop = get_running_loop();
  loop.call_later(1s, [] { order_log += 'a'; });
  loop.call_later(1s, [] { order_log += 'b'; });
  loop.call_later(2s, [] { order_log += 'c'; });
  co_await sleep(3s);
}

TEST(Orders, LegalFreesTiesOfTimersAndNothingElse) {
  EXPECT_THAT(orders_of(three_timers, Order::kFifo), ElementsAre("abc"));
  EXPECT_THAT(orders_of(three_timers, Order::kLegal), ElementsAre("abc", "bac"));
}

Coro<void> get_one(Queue<int>& queue, char letter) {
  const int item = co_await queue.get();
  order_log += letter;
  order_log += static_cast<char>('0' + item);
}

Coro<void> queue_with_two_getters() {
  Queue<int> queue;
  const Task<void> first = create_task(get_one(queue, 'a'));
  co_await sleep(1ms);
  const Task<void> second = create_task(get_one(queue, 'b'));
  co_await sleep(1ms);
  queue.put_nowait(1);
  queue.put_nowait(2);
  co_await gather(first, second);
}

TEST(Orders, LegalWakesAQueuesGettersFirstComeFirstServed) {
  EXPECT_THAT(orders_of(queue_with_two_getters, Order::kLegal), ElementsAre("a1b2"));
  EXPECT_THAT(orders_of(queue_with_two_getters, Order::kAny), Contains("b1a2"));
}

Coro<void> steps_of_one_task() {
  const auto count = [](char from) -> Coro<void> {
    for (char letter = from; letter < from + 3; ++letter) {
      order_log += letter;
      co_await sleep(0s);
    }
  };
  co_await gather(count('a'), count('x'));
}

TEST(Orders, ATasksOwnStepsStayInOrder) {
  for (const Order order : {Order::kLegal, Order::kAny}) {
    const auto seen = orders_of(steps_of_one_task, order);
    EXPECT_EQ(seen.size(), 20U) << "6! / (3! 3!) ways to interleave them";
    for (std::string letters : seen) {
      std::erase_if(letters, [](char letter) { return letter >= 'x'; });
      EXPECT_EQ(letters, "abc");
    }
  }
}

Coro<void> cancelled_callbacks() {
  EventLoop& loop = get_running_loop();
  std::vector<Handle> handles;
  for (char letter = 'a'; letter < 'f'; ++letter) handles.push_back(loop.call_soon([letter] { order_log += letter; }));
  handles[0].cancel();
  handles[2].cancel();
  handles[4].cancel();
  co_await sleep(1s);
}

TEST(Orders, ACancelledCallbackLeavesItsLane) {
  for (const Order order : {Order::kFifo, Order::kLegal}) {
    EXPECT_THAT(orders_of(cancelled_callbacks, order), ElementsAre("bd"));
  }
  EXPECT_THAT(orders_of(cancelled_callbacks, Order::kAny), ElementsAre("bd", "db"));
}

}  // namespace
}  // namespace corosim::sim
