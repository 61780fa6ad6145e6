// Every program may be taken down after any number of its steps, under any order: every object that it made is
// destroyed once. With the address sanitizer also: nothing is used after it was destroyed.
#include <exception>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <corosim/runtime/as_completed.hpp>
#include <corosim/runtime/async_generator.hpp>
#include <corosim/runtime/async_with.hpp>
#include <corosim/runtime/barrier.hpp>
#include <corosim/runtime/condition.hpp>
#include <corosim/runtime/context.hpp>
#include <corosim/runtime/event.hpp>
#include <corosim/runtime/gather.hpp>
#include <corosim/runtime/lock.hpp>
#include <corosim/runtime/queue.hpp>
#include <corosim/runtime/semaphore.hpp>
#include <corosim/runtime/shield.hpp>
#include <corosim/runtime/sleep.hpp>
#include <corosim/runtime/task.hpp>
#include <corosim/runtime/task_group.hpp>
#include <corosim/runtime/timeout.hpp>
#include <corosim/runtime/wait.hpp>
#include <corosim/sim/simulation.hpp>

namespace corosim::sim {
namespace {

using namespace std::chrono_literals;
using ::testing::IsEmpty;
using ::testing::Not;

// Counts its instances; on the heap, so that the sanitizer sees one that is used late, or destroyed twice.
class Life {
 public:
  explicit Life(int number = 0) : number_(std::make_unique<int>(number)) { ++alive; }
  Life(const Life& other) : Life(other.number()) {}
  Life& operator=(const Life& other) {
    *number_ = other.number();
    return *this;
  }
  ~Life() {
    --alive;
    *number_ = -1;
  }
  int number() const { return *number_; }
  friend bool operator<(const Life& a, const Life& b) { return a.number() < b.number(); }

  static inline int alive = 0;

 private:
  std::unique_ptr<int> number_;
};

// An error with something to destroy in it.
class Trouble : public std::exception {
  Life life_;
};

Coro<Life> walk(Life life, int steps) {
  const Life local;
  for (int i = 0; i < steps; ++i) co_await sleep(i * 1ms);
  co_return life;
}

Coro<Life> fail_after(Life life, Duration delay) {
  co_await sleep(delay);
  const Life local(life);
  throw Trouble();
}

// Cleans up when it is cancelled, which takes a while.
Coro<void> clean_up_when_cancelled(Life life) {
  std::exception_ptr cancelled;
  try {
    const Life local(life);
    co_await sleep(1h);
  } catch (const CancelledError&) {
    cancelled = std::current_exception();
  }
  const Life local(life);
  co_await sleep(1ms);
  std::rethrow_exception(cancelled);
}

Coro<void> gathering() {
  const auto walkers = co_await gather(walk(Life(), 1), walk(Life(), 2), walk(Life(), 3));
  std::vector<Coro<Life>> mixed;
  mixed.push_back(walk(Life(), 4));
  mixed.push_back(fail_after(Life(), 1ms));
  const auto outcomes = co_await gather(return_exceptions, std::move(mixed));
  EXPECT_EQ(outcomes.size(), 2U);
  try {
    co_await gather(fail_after(Life(), 1ms), walk(Life(), 4));
  } catch (const Trouble&) {
  }
}

Coro<void> promising() {
  EventLoop& loop = get_running_loop();
  const Future<Life> promise = loop.create_future<Life>();
  promise.add_done_callback([life = Life()](const Future<Life>& done) { EXPECT_EQ(done.result().number(), 7); });
  loop.call_soon([life = Life()] {});
  loop.call_later(2ms, [life = Life(7), promise] { promise.set_result(life); });
  loop.call_later(1h, [life = Life()] {});
  const Life result = co_await promise;
  EXPECT_EQ(result.number(), 7);
  const Future<Life> broken = loop.create_future<Life>();
  loop.call_later(1ms, [broken] { broken.set_exception(Trouble()); });
  try {
    co_await broken;
  } catch (const Trouble&) {
  }
}

Coro<void> shielding() {
  const Task<Life> task = create_task(walk(Life(), 4));
  const Future<Life> shielded = shield(task);
  try {
    co_await wait_for(shielded, 1ms);
  } catch (const TimeoutError&) {
  }
  EXPECT_TRUE(shielded.cancelled());
  const Life survived = co_await task;
  const Task<> other = create_task(clean_up_when_cancelled(Life()));
  try {
    co_await wait_for(Future<>(other), 2ms);
  } catch (const TimeoutError&) {
  }
  EXPECT_TRUE(other.cancelled());
}

Coro<void> timing_out() {
  const Life quick = co_await wait_for(walk(Life(), 2), 1h);
  try {
    co_await wait_for(walk(Life(), 9), 2ms);
  } catch (const TimeoutError&) {
  }
  try {
    const auto inner = [](Timeout&) -> Coro<Life> { co_return co_await wait_for(walk(Life(), 9), 1h); };
    co_await timeout(3ms, inner);
  } catch (const TimeoutError&) {
  }
}

Coro<void> grouping() {
  const auto body = [](TaskGroup& group) -> Coro<Life> {
    group.create_task(walk(Life(), 3));
    const Task<Life> task = group.create_task(walk(Life(5), 2));
    co_return co_await task;
  };
  const Life five = co_await task_group(body);
  EXPECT_EQ(five.number(), 5);
  const auto failing = [](TaskGroup& group) -> Coro<void> {
    const Life local;
    group.create_task(clean_up_when_cancelled(Life()));
    group.create_task(fail_after(Life(), 1ms));
    group.create_task(fail_after(Life(), 1ms));
    co_await sleep(1h);
  };
  try {
    co_await task_group(failing);
  } catch (const ExceptionGroup&) {
  }
}

struct Tools {
  Lock lock;
  Semaphore semaphore{2};
  Condition condition;
  Event event;
  Barrier barrier{3};
  bool notified = false;
};

Coro<void> use(Tools& tools, Life life) {
  const Life local(life);
  {
    const auto guard = co_await tools.lock.scoped();
    co_await sleep(1ms);
  }
  {
    const auto guard = co_await tools.semaphore.scoped();
    co_await sleep(1ms);
  }
  co_await tools.event.wait();
  {
    const auto guard = co_await tools.condition.scoped();
    co_await tools.condition.wait_for([&tools] { return tools.notified; });
  }
  co_await tools.barrier.wait();
}

Coro<void> synchronising() {
  Tools tools;
  std::vector<Task<>> users;
  for (int i = 0; i < 4; ++i) users.push_back(create_task(use(tools, Life(i))));
  co_await sleep(2ms);
  users.back().cancel();  // at a lock, or at the semaphore
  co_await sleep(5ms);
  tools.event.set();
  co_await sleep(1ms);
  {
    const auto guard = co_await tools.condition.scoped();
    tools.notified = true;
    tools.condition.notify_all();
  }
  co_await gather(return_exceptions, users);
}

Coro<void> produce(Queue<Life> queue, int first) {
  for (int i = 0; i < 3; ++i) co_await queue.put(Life(first + i));
}
Coro<void> consume(Queue<Life> queue) {
  const Life local;
  while (true) {
    const Life item = co_await queue.get();
    co_await sleep(item.number() * 1ms);
    queue.task_done();
  }
}

Coro<void> queueing(Queue<Life> queue) {
  const Task<> consumer = create_task(consume(queue));
  const Task<> other = create_task(consume(queue));
  co_await gather(produce(queue, 0), produce(queue, 1));
  co_await queue.join();
  other.cancel();
  queue.put_nowait(Life());
  queue.shutdown();
  co_await gather(return_exceptions, consumer, other);
}
Coro<void> queueing_in_order() {
  co_await queueing(Queue<Life>(1));
  co_await queueing(LifoQueue<Life>(2));
  co_await queueing(PriorityQueue<Life>());
}

AsyncGenerator<Life> messages(Life client, int count) {
  const Life local(client);
  for (int i = 0; i < count; ++i) {
    co_await sleep(client.number() * 1ms);
    co_yield Life(i);
  }
}

Coro<int> listen(Life client) {
  int received = 0;
  AsyncGenerator<Life> inbox = messages(client, 5);
  while (const auto message = co_await inbox.next()) ++received;
  co_return received;
}

Coro<void> generating() {
  co_await gather(listen(Life(1)), listen(Life(2)));
  AsyncGenerator<Life> left_alone = messages(Life(), 3);
  const auto first = co_await left_alone.next();
  const auto body = [](AsyncGenerator<Life>& inbox) -> Coro<Life> {
    const std::optional<Life> only = co_await inbox.next();
    co_return *only;
  };
  const Life only = co_await aclosing(messages(Life(), 3), body);
  const Task<int> listener = create_task(listen(Life(3)));
  co_await sleep(4ms);
  listener.cancel();  // inside the generator
}

class Connection {
 public:
  explicit Connection(int number) : life_(number) {}
  Coro<Life> enter() {
    const Life local(life_);
    co_await sleep(1ms);
    co_return local;
  }
  Coro<bool> exit(std::exception_ptr error) {
    const Life local(life_);
    co_await sleep(1ms);
    const bool swallow = error && holds<Trouble>(error);
    co_return swallow;
  }

 private:
  Life life_;
};

Coro<void> listen_in_scope(int number) {
  const auto body = [](Life& entered) -> Coro<int> { co_return co_await listen(entered); };
  co_await async_with(Connection(number), body);
}

Coro<void> entering() {
  co_await gather(listen_in_scope(1), listen_in_scope(2));
  const auto failing = [](Life& entered) -> Coro<Life> { co_return co_await fail_after(entered, 1ms); };
  const auto nothing = co_await async_with(Connection(3), failing);
  EXPECT_FALSE(nothing.has_value());
  const Task<> task = create_task(listen_in_scope(4));
  co_await sleep(6ms);
  task.cancel();
}

Coro<void> waiting() {
  std::vector<Task<Life>> tasks;
  for (int i = 0; i < 3; ++i) tasks.push_back(create_task(walk(Life(i), i + 1)));
  const auto first = co_await wait(tasks, WaitOptions().return_when(ReturnWhen::kFirstCompleted));
  EXPECT_FALSE(first.done.empty());
  auto completed = as_completed(tasks);
  while (completed.more()) {
    const Life next = co_await completed.next_result();
  }
}

Coro<void> awaiting_deeply(int depth) {
  const Life local(depth);
  if (depth == 0) {
    co_await sleep(1ms);
  } else {
    co_await awaiting_deeply(depth - 1);
  }
}

Coro<void> varying() {
  static ContextVar<std::shared_ptr<Life>> variable("life", nullptr);
  variable.set(std::make_shared<Life>(1));
  const auto child = []() -> Coro<void> {
    variable.set(std::make_shared<Life>(variable.get()->number() + 1));
    co_await sleep(1ms);
    EXPECT_EQ(variable.get()->number(), 2);
  };
  const Task<> eager = create_task(child(), TaskOptions().eager_start(true));
  co_await gather(child(), eager, awaiting_deeply(20));
}

// Ends with tasks left over: one that cleans up, one that has not begun, one in a lock that is never released.
Coro<void> leaving_tasks() {
  const Lock lock;
  co_await lock.acquire();
  const auto waits = [](Lock taken, Life life) -> Coro<void> {
    const Life local(life);
    co_await taken.acquire();
  };
  create_task(clean_up_when_cancelled(Life()));
  create_task(waits(lock, Life()));
  co_await sleep(1ms);
  create_task(walk(Life(), 5));
}

Coro<void> failing_beside_others() {
  create_task(clean_up_when_cancelled(Life()));
  co_await gather(walk(Life(), 3), fail_after(Life(), 2ms));
}

Coro<void> deadlocking() {
  const auto waits = [](Event never, Life life) -> Coro<void> {
    const Life local(life);
    co_await never.wait();
  };
  const Event never;
  co_await gather(waits(never, Life()), waits(never, Life()));
}

struct Case {
  Program program;
  std::string_view end = "completed";  // of a whole run
};
void PrintTo(const Case& tested, std::ostream* out) { *out << tested.program.name(); }

const std::vector<Case> kCases{
    {{"Gather", gathering}},
    {{"Future", promising}},
    {{"Shield", shielding}},
    {{"Timeout", timing_out}},
    {{"TaskGroup", grouping}},
    {{"Synchronisation", synchronising}},
    {{"Queue", queueing_in_order}},
    {{"AsyncGenerator", generating}},
    {{"AsyncWith", entering}},
    {{"Wait", waiting}},
    {{"Context", varying}},
    {{"TasksLeftOver", leaving_tasks}},
    {{"Failed", failing_beside_others}, "failed"},
    {{"Deadlock", deadlocking}, "deadlock"},
};

// Runs a program to its end, then again for every number of steps, taking it down there. Says after which runs some of
// its objects were still alive, or had been destroyed twice.
std::vector<std::string> unbalanced_runs(const Case& tested, Order order, Seed seed) {
  std::vector<std::string> unbalanced;
  Simulation simulation;
  const auto run = [&](RunOptions options) {
    const int before = Life::alive;
    const RunResult result = simulation.run(tested.program, options.order(order).seed(seed));
    if (Life::alive != before) {
      unbalanced.push_back(fmt::format("{} alive after {} steps, order {}, seed {}: {}", Life::alive - before,
                                       result.steps, to_string(order), seed, summary(result.end)));
    }
    return result;
  };
  const RunResult whole = run(RunOptions());
  EXPECT_EQ(word(whole.end), tested.end) << summary(whole.end);
  for (std::uint64_t steps = 0; steps < whole.steps; ++steps) {
    const RunResult stopped = run(RunOptions().stop_after(steps));
    EXPECT_EQ(stopped.steps, steps);
    EXPECT_EQ(word(stopped.end), "stopped") << summary(stopped.end);
  }
  return unbalanced;
}

class Teardown : public testing::TestWithParam<Case> {};

TEST_P(Teardown, LeavesNothingBehindAfterAnyNumberOfSteps) {
  EXPECT_THAT(unbalanced_runs(GetParam(), Order::kFifo, 0), IsEmpty());
  for (Seed seed = 1; seed <= 3; ++seed) {
    EXPECT_THAT(unbalanced_runs(GetParam(), Order::kLegal, seed), IsEmpty());
    EXPECT_THAT(unbalanced_runs(GetParam(), Order::kAny, seed), IsEmpty());
  }
}

INSTANTIATE_TEST_SUITE_P(Programs, Teardown, testing::ValuesIn(kCases),
                         [](const auto& tested) { return tested.param.program.name(); });

TEST(TeardownCanary, AnObjectThatIsLeftBehindIsNoticed) {
  std::vector<Life> kept;
  const auto main = [&kept]() -> Coro<void> {
    co_await sleep(1ms);
    kept.emplace_back();
  };
  EXPECT_THAT(unbalanced_runs(Case{{"leaky", main}}, Order::kFifo, 0), Not(IsEmpty()));
}

}  // namespace
}  // namespace corosim::sim
