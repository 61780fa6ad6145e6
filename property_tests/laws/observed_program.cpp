#include "observed_program.hpp"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <utility>

#include <corosim/corosim.hpp>
#include <corosim/sim/strategy.hpp>

#include <fmt/format.h>

namespace corosim::laws::observed {

namespace {

using namespace std::chrono_literals;

constexpr Duration kPatience = 3ms;  // with what may never come

// What the tasks of one run share.
struct Scene {
  explicit Scene(std::vector<Event>& e) : events(e) {}

  void write(Event event) {
    event.now = get_running_loop().time().time_since_epoch();
    events.push_back(event);
  }
  int fresh() { return next++; }

  std::vector<Event>& events;
  int next = 0;
  std::array<Lock, 2> locks;
  Semaphore one{1};
  Semaphore two{2};
  Queue<int> queue{2};
  corosim::Event occurrence;
  Condition condition;
  Barrier barrier{2};
  std::array<Future<int>, 2> futures{get_running_loop().create_future<int>(), get_running_loop().create_future<int>()};
  std::vector<std::pair<int, Handle>> handles;
  std::array<std::vector<std::pair<int, DoneCallback>>, 2> done_callbacks;
  std::vector<Task<void>> tasks;
  std::vector<Task<void>> others;  // held until they are done
};

// A task of the program, in one of its statements.
struct Actor {
  Scene& scene;
  int task;

  void write(What what, int number, int object = -1) { scene.write({what, task, object, number}); }
  void deadline(Duration delay) {
    scene.write({What::kDeadline, task, -1, -1, false, {}, get_running_loop().time().time_since_epoch() + delay});
  }
};

Coro<void> rest(Actor actor, Duration delay) {
  const int number = actor.scene.fresh();
  const Duration due = get_running_loop().time().time_since_epoch() + delay;
  actor.scene.write({What::kSleeps, actor.task, -1, number, false, {}, due});
  co_await sleep(delay);
  actor.scene.write({What::kSlept, actor.task, -1, number, false, {}, due});
}

template <class Lockable>
Coro<void> hold(Actor actor, Lockable& lockable, int object, Duration delay) {
  const int number = actor.scene.fresh();
  actor.write(What::kAsks, number, object);
  const auto guard = co_await lockable.scoped();
  actor.write(What::kGets, number, object);
  co_await rest(actor, delay);
}

// Gives up after a while.
template <class T>
Coro<void> patiently(Actor actor, Coro<T> coro) {
  actor.deadline(kPatience);
  try {
    co_await wait_for(std::move(coro), kPatience);
  } catch (const TimeoutError&) {
  } catch (const BrokenBarrierError&) {
  }
}

Coro<void> put(Actor actor) {
  const int item = actor.scene.fresh();
  co_await actor.scene.queue.put(item);
  actor.write(What::kPutIn, item);
}

Coro<void> get(Actor actor) {
  const int item = co_await actor.scene.queue.get();
  actor.write(What::kTookOut, item);
}

Coro<void> wait_for_occurrence(Actor actor) { co_await actor.scene.occurrence.wait(); }

Coro<void> wait_for_future(Actor actor, std::size_t which) {
  const Future<int> shielded = shield(actor.scene.futures[which]);
  co_await shielded;
}

Coro<void> wait_for_notification(Actor actor) {
  const auto guard = co_await actor.scene.condition.scoped();
  co_await actor.scene.condition.wait();
}

Coro<void> notify(Actor actor) {
  const auto guard = co_await actor.scene.condition.scoped();
  actor.scene.condition.notify();
}

AsyncGenerator<int> numbers(Actor actor) {
  for (int i = 0; i < 2; ++i) {
    co_await rest(actor, 0s);
    co_yield i;
  }
}

Coro<void> iterate(Actor actor) {
  AsyncGenerator<int> generator = numbers(actor);
  while (const auto number = co_await generator.next()) {
  }
}

Coro<void> in_group(Actor actor, Duration delay) {
  auto body = [actor, delay](TaskGroup& group) -> Coro<void> {
    group.create_task(rest(actor, delay));
    group.create_task(rest(actor, 0s));
    co_return;
  };
  co_await task_group(body);
}

Coro<void> within_timeout(Actor actor, Duration delay) {
  actor.deadline(1ms);
  auto body = [actor, delay](Timeout&) -> Coro<void> { co_await rest(actor, delay); };
  try {
    co_await timeout(1ms, body);
  } catch (const TimeoutError&) {
  }
}

Coro<void> wait_for_futures(Actor actor) {
  std::vector<Future<int>> futures(actor.scene.futures.begin(), actor.scene.futures.end());
  actor.deadline(1ms);
  WaitOptions options;
  options.timeout(1ms);
  co_await wait(futures, options);
}

Coro<void> first_of(Actor actor) {
  std::vector<Future<int>> futures(actor.scene.futures.begin(), actor.scene.futures.end());
  actor.deadline(1ms);
  auto completed = as_completed(futures, 1ms);
  const std::optional<Future<int>> first = co_await completed.next();
}

void register_callback(Actor actor) {
  Scene& scene = actor.scene;
  const int number = scene.fresh();
  scene.write({What::kRegistered, actor.task, kSoon, number});
  scene.handles.emplace_back(
      number, get_running_loop().call_soon([&scene, number] { scene.write({What::kRan, -1, kSoon, number, true}); }));
}

void register_timer(Actor actor, Duration delay) {
  Scene& scene = actor.scene;
  const int number = scene.fresh();
  const Duration due = get_running_loop().time().time_since_epoch() + delay;
  scene.write({What::kRegistered, actor.task, kLater, number, false, {}, due});
  scene.handles.emplace_back(number, get_running_loop().call_later(delay, [&scene, number, due] {
    scene.write({What::kRan, -1, kLater, number, true, {}, due});
  }));
}

void register_done_callback(Actor actor, std::size_t which) {
  Scene& scene = actor.scene;
  const int number = scene.fresh();
  const int kind = kOfFuture + static_cast<int>(which);
  scene.write({What::kRegistered, actor.task, kind, number});
  const Future<int>& future = scene.futures[which];
  scene.done_callbacks[which].emplace_back(number, future.add_done_callback([&scene, number, kind, which] {
    scene.write({What::kRan, -1, kind, number, scene.futures[which].done()});
  }));
}

void request(Scene& scene, std::size_t task) {
  if (scene.tasks[task].cancel()) scene.write({What::kRequested, static_cast<int>(task)});
}

Coro<void> perform(Actor actor, Statement statement) {
  Scene& scene = actor.scene;
  const std::size_t which = statement.operand % 2;
  const Duration delay = 1ms * (statement.operand % 4);
  const std::size_t target = statement.operand % scene.tasks.size();
  switch (statement.action) {
    case Action::kYield:
      co_await rest(actor, 0s);
      break;
    case Action::kSleep:
      co_await rest(actor, delay);
      break;
    case Action::kLock:
      co_await hold(actor, scene.locks[which], which == 0 ? kLockOne : kLockTwo, delay);
      break;
    case Action::kUnit:
      co_await hold(actor, scene.one, kOneUnit, delay);
      break;
    case Action::kUnits:
      co_await hold(actor, scene.two, kTwoUnits, delay);
      break;
    case Action::kPut: {
      Coro<void> putting = put(actor);
      co_await patiently(actor, std::move(putting));
      break;
    }
    case Action::kGet: {
      Coro<void> getting = get(actor);
      co_await patiently(actor, std::move(getting));
      break;
    }
    case Action::kEventWait: {
      Coro<void> waiting = wait_for_occurrence(actor);
      co_await patiently(actor, std::move(waiting));
      break;
    }
    case Action::kEventSet:
      scene.occurrence.set();
      scene.occurrence.clear();
      break;
    case Action::kConditionWait: {
      Coro<void> waiting = wait_for_notification(actor);
      co_await patiently(actor, std::move(waiting));
      break;
    }
    case Action::kNotify:
      co_await notify(actor);
      break;
    case Action::kBarrier: {
      Coro<int> waiting = scene.barrier.wait();
      co_await patiently(actor, std::move(waiting));
      break;
    }
    case Action::kCallSoon:
      register_callback(actor);
      break;
    case Action::kCallLater:
      register_timer(actor, delay);
      break;
    case Action::kCancelHandle:
      if (!scene.handles.empty()) {
        auto& [number, handle] = scene.handles[statement.operand % scene.handles.size()];
        handle.cancel();
        scene.write({What::kWithdrawn, actor.task, -1, number});
      }
      break;
    case Action::kDoneCallback:
      register_done_callback(actor, which);
      break;
    case Action::kRemoveDoneCallback:
      if (auto& callbacks = scene.done_callbacks[which]; !callbacks.empty()) {
        const auto [number, callback] = callbacks.back();
        callbacks.pop_back();
        if (scene.futures[which].remove_done_callback(callback) == 1) {
          scene.write({What::kWithdrawn, actor.task, -1, number});
        }
      }
      break;
    case Action::kSetResult:
      if (!scene.futures[which].done()) scene.futures[which].set_result(1);
      break;
    case Action::kAwaitFuture: {
      Coro<void> waiting = wait_for_future(actor, which);
      co_await patiently(actor, std::move(waiting));
      break;
    }
    case Action::kGather:
      co_await gather(rest(actor, delay), rest(actor, 0s));
      break;
    case Action::kGroup:
      co_await in_group(actor, delay);
      break;
    case Action::kTimeout:
      co_await within_timeout(actor, delay);
      break;
    case Action::kShield: {
      auto inner = shield(rest(actor, delay));
      co_await inner;
      break;
    }
    case Action::kWait:
      co_await wait_for_futures(actor);
      break;
    case Action::kAsCompleted:
      try {
        co_await first_of(actor);
      } catch (const TimeoutError&) {
      }
      break;
    case Action::kGenerator:
      co_await iterate(actor);
      break;
    case Action::kThread: {
      auto job = to_thread([] { return 1; });
      co_await job;
      break;
    }
    case Action::kSpawn:
      scene.others.push_back(create_task(rest(actor, delay)));
      break;
    case Action::kSpawnEager:
      scene.others.push_back(create_task(rest(actor, delay), TaskOptions().eager_start(true)));
      break;
    case Action::kDraw:
      if (random_int(0, 1) == 1) co_await rest(actor, delay);
      break;
    case Action::kCancel:
      // A request to itself is delivered at the next await, which is to be in this statement.
      request(scene, target);
      co_await rest(actor, 0s);
      break;
    case Action::kCancelByCallback:
      get_running_loop().call_soon([&scene, target] { request(scene, target); });
      break;
    case Action::kCancelSelf:
      request(scene, static_cast<std::size_t>(actor.task));
      co_await rest(actor, 0s);
      break;
  }
}

Coro<void> follow(Scene& scene, int task, const Script& script) {
  const Actor actor{scene, task};
  for (std::size_t i = 0; i < script.size(); ++i) {
    const int number = static_cast<int>(i);
    scene.write({What::kBegins, task, -1, number});
    try {
      co_await perform(actor, script[i]);
      scene.write({What::kEnds, task, -1, number});
    } catch (const CancelledError&) {
      scene.write({What::kDelivered, task, -1, number});
      if (!script[i].swallows) throw;
    }
  }
}

// The scene outlives the run, as what was shielded may use it to the end.
struct Stage {
  explicit Stage(Scripts s) : scripts(std::move(s)) {}
  const Scripts scripts;
  std::vector<Event> events;
  std::optional<Scene> scene;
};

Coro<void> run_scripts(std::shared_ptr<Stage> stage) {
  Scene& scene = stage->scene.emplace(stage->events);
  for (const Script& script : stage->scripts) {
    const int task = static_cast<int>(scene.tasks.size());
    scene.tasks.push_back(create_task(follow(scene, task, script)));
  }
  const std::vector<Task<void>> all = scene.tasks;
  co_await wait(all);
  for (const Future<int>& future : scene.futures) {
    if (!future.done()) Future<int>(future).set_result(0);
  }
  co_await sleep(1s);  // for timers, and whoever was shielded
  scene.write({What::kDeadline, -1, -1, -1, false, {}, get_running_loop().time().time_since_epoch()});
  for (std::size_t i = 0; i < all.size(); ++i) {
    scene.write({What::kFinished, static_cast<int>(i), -1, all[i].cancelling(), all[i].cancelled()});
    if (!all[i].cancelled()) all[i].result();
  }
}

sim::Program program_on(std::shared_ptr<Stage> stage) {
  return {"laws", [stage] {
            stage->scene.reset();
            stage->events.clear();
            return run_scripts(stage);
          }};
}

}  // namespace

std::string path_of(std::size_t task) { return fmt::format("main/follow#{}", task + 1); }

std::vector<Event> Observed::of(What what) const {
  std::vector<Event> found;
  std::copy_if(events.begin(), events.end(), std::back_inserter(found),
               [what](const Event& event) { return event.what == what; });
  return found;
}

int Observed::requests(int task) const {
  int count = 0;
  for (const Event& event : events) count += event.what == What::kRequested && event.task == task ? 1 : 0;
  for (const sim::Injected& each : run.injections) {
    if (each.injection.task().path() == path_of(static_cast<std::size_t>(task)))
      count += static_cast<int>(each.requests);
  }
  return count;
}

sim::Program program_of(Scripts scripts) { return program_on(std::make_shared<Stage>(std::move(scripts))); }

Observed observe(const Scripts& scripts, const Plan& plan) {
  const auto stage = std::make_shared<Stage>(scripts);
  const std::unique_ptr<sim::Strategy> strategy = sim::make_strategy(plan.strategy);
  sim::Simulation simulation;
  const sim::RunResult run =
      simulation.run(program_on(stage),
                     sim::RunOptions().order(plan.order).strategy(*strategy).seed(plan.seed).inject(plan.injections));
  if (run.failed()) RC_FAIL(sim::summary(run.end));
  return {stage->events, run};
}

}  // namespace corosim::laws::observed
