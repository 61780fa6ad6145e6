#include "small_program.hpp"

#include <array>
#include <memory>
#include <optional>
#include <utility>

#include <corosim/corosim.hpp>

#include <fmt/format.h>

namespace corosim::laws::small {

namespace {

using namespace std::chrono_literals;

constexpr std::array kWords{"yield",         "sleep",        "read",          "read-then-write", "write",
                            "add",           "lock",         "locked",        "semaphore",       "event-set",
                            "event-clear",   "event-wait",   "event-is-set",  "notify",          "condition-wait",
                            "put",           "get",          "put-nowait",    "get-nowait",      "queue-size",
                            "task-done",     "join",         "shutdown",      "set-result",      "set-exception",
                            "cancel-future", "await-future", "future-done",   "done-callback",   "remove-done-callback",
                            "cancel",        "swallow",      "task-is-done",  "await-task",      "uncancel",
                            "call-soon",     "call-later",   "cancel-handle", "timeout",         "wait-for",
                            "reschedule",    "gather",       "gather-tasks",  "group",           "failing-group",
                            "shield",        "wait",         "as-completed",  "barrier",         "spawn",
                            "spawn-eager",   "thread",       "generator",     "all-tasks",       "draw"};
static_assert(kWords.size() == static_cast<std::size_t>(Action::kLast) + 1);

AsyncGenerator<int> numbers(Shared<int>& variable) {
  for (int i = 0;; ++i) {
    co_await sleep(0s);
    co_yield i + variable.get();
  }
}

// What the tasks of one run share.
struct Scene {
  explicit Scene(Seen& s) : seen(s) {}

  Seen& seen;
  std::array<Shared<int>, 2> variables;
  std::array<Lock, 2> locks;
  Semaphore semaphore{1};
  std::array<Event, 2> events;
  Condition condition;
  Queue<int> queue{1};
  std::array<Future<int>, 2> futures{get_running_loop().create_future<int>(), get_running_loop().create_future<int>()};
  std::array<Shared<DoneCallback>, 2> callbacks;
  Barrier barrier{2};
  AsyncGenerator<int> generator = numbers(variables[0]);
  std::array<Shared<Handle>, 2> handles;
  std::vector<Task<void>> tasks;
  Shared<Timeout*> timeout{nullptr};
};

// A task of the program.
struct Actor {
  Actor(Scene& s, std::string n) : scene(s), name(std::move(n)) {}

  // Writes down what it found out, and lets an odd number decide what it touches, without touching what others do.
  void saw(int value) {
    scene.seen[name] += fmt::format(" {}", value);
    if (value % 2 != 0) own.set(value);
  }
  void saw(const char* what) { scene.seen[name] += fmt::format(" {}", what); }
  // Calls `action` and says whether it threw.
  template <class F>
  void attempt(F action) {
    try {
      action();
      saw(0);
    } catch (const std::exception&) {
      saw(1);
    }
  }

  Scene& scene;
  std::string name;
  Shared<int> own{0};
  int made = 0;  // children and callbacks
};

Coro<void> touch_twice(Shared<int>& variable) {
  variable.set(variable.get() + 1);
  co_await sleep(0s);
  variable.set(variable.get() + 1);
}

Coro<void> touch_and_fail(Shared<int>& variable) {
  variable.set(3);
  co_await sleep(0s);
  throw std::runtime_error("failed");
}

Coro<int> give(Shared<int>& variable) {
  co_await sleep(0s);
  co_return variable.get();
}

// A callback that says what it found.
auto callback(Actor& actor, std::size_t which) {
  Scene& scene = actor.scene;
  return [&scene, which, name = fmt::format("{}/callback{}", actor.name, actor.made++)] {
    const int value = scene.variables[which].get();
    scene.variables[which].set(value + 1);
    scene.seen[name] += fmt::format(" {}", value);
  };
}

Coro<void> under_lock(Actor& actor, std::size_t which) {
  const auto guard = co_await actor.scene.locks[which].scoped();
  co_await sleep(0s);
  actor.saw(actor.scene.variables[which].get());
}

Coro<void> with_unit(Actor& actor) {
  co_await actor.scene.semaphore.acquire();
  try {
    co_await sleep(0s);
  } catch (...) {
    actor.scene.semaphore.release();
    throw;
  }
  actor.scene.semaphore.release();
}

Coro<void> notify(Actor& actor) {
  const auto guard = co_await actor.scene.condition.scoped();
  actor.scene.condition.notify();
}

Coro<void> wait_for_notification(Actor& actor) {
  const auto guard = co_await actor.scene.condition.scoped();
  co_await actor.scene.condition.wait();
  actor.saw("notified");
}

Coro<void> swallow(Actor& actor, std::size_t which) {
  try {
    co_await actor.scene.events[which].wait();
  } catch (const CancelledError&) {
    actor.saw("swallowed");
  }
}

Coro<void> within_timeout(Actor& actor, std::size_t which, Duration limit) {
  Scene& scene = actor.scene;
  auto body = [&scene, which](Timeout& scope) -> Coro<void> {
    scene.timeout.set(&scope);
    co_await scene.events[which].wait();
  };
  try {
    co_await timeout(limit, body);
    actor.saw(0);
  } catch (const TimeoutError&) {
    actor.saw(1);
  } catch (...) {
    scene.timeout.set(nullptr);
    throw;
  }
  scene.timeout.set(nullptr);
}

Coro<void> in_group(Actor& actor, std::size_t which, bool fails) {
  Shared<int>& variable = actor.scene.variables[which];
  auto body = [&variable, fails](TaskGroup& group) -> Coro<void> {
    group.create_task(touch_twice(variable));
    if (fails) group.create_task(touch_and_fail(variable));
    co_return;
  };
  try {
    co_await task_group(body);
    actor.saw(0);
  } catch (const ExceptionGroup&) {
    actor.saw(1);
  }
}

Coro<void> wait_for_first(Actor& actor) {
  std::vector<Future<int>> futures(actor.scene.futures.begin(), actor.scene.futures.end());
  WaitOptions options;
  options.return_when(ReturnWhen::kFirstCompleted).timeout(1ms);
  const auto result = co_await wait(futures, options);
  actor.saw(static_cast<int>(result.done.size()));
}

Coro<void> first_of(Actor& actor) {
  std::vector<Future<int>> futures(actor.scene.futures.begin(), actor.scene.futures.end());
  auto completed = as_completed(futures, 1ms);
  const std::optional<Future<int>> first = co_await completed.next();
  actor.saw(*first == futures[0] ? 0 : 1);
}

Coro<void> perform(Actor& actor, Statement statement);

Coro<void> perform_shared(Actor& actor, Statement statement, std::size_t which) {
  Scene& scene = actor.scene;
  const Duration duration(1ms * (statement.operand / 2 % 2));
  switch (statement.action) {
    case Action::kSetResult:
      actor.attempt([&] { scene.futures[which].set_result(statement.operand); });
      break;
    case Action::kSetException:
      actor.attempt([&] {
        scene.futures[which].set_exception(std::runtime_error("set"));
        scene.futures[which].exception();  // an exception that nobody looks at fails the run
      });
      break;
    case Action::kCancelFuture:
      actor.saw(scene.futures[which].cancel() ? 1 : 0);
      break;
    case Action::kAwaitFuture: {
      const Future<int> future = scene.futures[which];
      actor.saw(co_await future);
      break;
    }
    case Action::kFutureDone:
      actor.saw(scene.futures[which].done() ? 1 : 0);
      break;
    case Action::kDoneCallback:
      scene.callbacks[which].set(scene.futures[which].add_done_callback(callback(actor, which)));
      break;
    case Action::kRemoveDoneCallback:
      actor.saw(static_cast<int>(scene.futures[which].remove_done_callback(scene.callbacks[which].get())));
      break;
    case Action::kCancel:
      actor.saw(scene.tasks[statement.operand % scene.tasks.size()].cancel() ? 1 : 0);
      break;
    case Action::kTaskIsDone:
      actor.saw(scene.tasks[statement.operand % scene.tasks.size()].done() ? 1 : 0);
      break;
    case Action::kAwaitTask: {
      const Task<void> task = scene.tasks[statement.operand % scene.tasks.size()];
      co_await task;
      break;
    }
    case Action::kUncancel:
      actor.saw(scene.tasks[statement.operand % scene.tasks.size()].uncancel());
      break;
    case Action::kCallSoon:
      scene.handles[which].set(get_running_loop().call_soon(callback(actor, which)));
      break;
    case Action::kCallLater:
      scene.handles[which].set(get_running_loop().call_later(duration, callback(actor, which)));
      break;
    case Action::kCancelHandle:
      break;
    case Action::kTimeout:
      co_await within_timeout(actor, which, duration);
      break;
    case Action::kWaitFor:
      co_await wait_for(scene.queue.get(), duration);
      actor.saw("got");
      break;
    case Action::kReschedule:
      if (Timeout* const scope = scene.timeout.get()) {
        actor.attempt([&] { scope->reschedule(get_running_loop().time() + duration); });
      }
      break;
    case Action::kGather: {
      auto both = gather(touch_twice(scene.variables[which]), give(scene.variables[1 - which]));
      actor.saw(std::get<1>(co_await both));
      break;
    }
    case Action::kGatherTasks: {
      auto both = gather(return_exceptions, scene.futures[0], scene.futures[1]);
      const auto outcomes = co_await both;
      actor.saw(std::get<0>(outcomes).has_value() ? 1 : 0);
      break;
    }
    case Action::kGroup:
      co_await in_group(actor, which, false);
      break;
    case Action::kFailingGroup:
      co_await in_group(actor, which, true);
      break;
    case Action::kShield: {
      const Future<int> outer = shield(scene.futures[which]);
      actor.saw(co_await outer);
      break;
    }
    case Action::kWait:
      co_await wait_for_first(actor);
      break;
    case Action::kAsCompleted:
      co_await first_of(actor);
      break;
    case Action::kBarrier:
      actor.saw(co_await scene.barrier.wait());
      break;
    case Action::kSpawn:
      create_task(touch_twice(scene.variables[which]));
      break;
    case Action::kSpawnEager:
      create_task(touch_twice(scene.variables[which]), TaskOptions().eager_start());
      break;
    case Action::kThread: {
      auto job = [] { return 1; };
      const Future<int> result = get_running_loop().run_in_executor(job);
      actor.saw(co_await result);
      break;
    }
    case Action::kGenerator: {
      const std::optional<int> item = co_await scene.generator.next();
      actor.saw(item.value_or(-1));
      break;
    }
    case Action::kAllTasks:
      actor.saw(static_cast<int>(all_tasks().size()));
      break;
    case Action::kDraw:
      actor.saw(random_int(0, 3));
      break;
    default:
      break;
  }
}

Coro<void> perform(Actor& actor, Statement statement) {
  Scene& scene = actor.scene;
  const std::size_t which = statement.operand % 2;
  switch (statement.action) {
    case Action::kYield:
      co_await sleep(0s);
      break;
    case Action::kSleep:
      co_await sleep(1ms);
      break;
    case Action::kRead:
      actor.saw(scene.variables[which].get());
      break;
    case Action::kReadThenWrite:
      if (scene.variables[which].get() % 2 != 0) scene.variables[1 - which].set(statement.operand);
      break;
    case Action::kWrite:
      scene.variables[which].set(statement.operand);
      break;
    case Action::kAdd: {
      const int before = scene.variables[which].get();
      co_await sleep(0s);
      scene.variables[which].set(before + 1);
      break;
    }
    case Action::kLock:
      co_await under_lock(actor, which);
      break;
    case Action::kLocked:
      actor.saw(scene.locks[which].locked() ? 1 : 0);
      break;
    case Action::kSemaphore:
      co_await with_unit(actor);
      break;
    case Action::kEventSet:
      scene.events[which].set();
      break;
    case Action::kEventClear:
      scene.events[which].clear();
      break;
    case Action::kEventWait:
      co_await scene.events[which].wait();
      break;
    case Action::kEventIsSet:
      actor.saw(scene.events[which].is_set() ? 1 : 0);
      break;
    case Action::kNotify:
      co_await notify(actor);
      break;
    case Action::kConditionWait:
      co_await wait_for_notification(actor);
      break;
    case Action::kPut:
      co_await scene.queue.put(statement.operand);
      break;
    case Action::kGet:
      actor.saw(co_await scene.queue.get());
      break;
    case Action::kPutNowait:
      actor.attempt([&] { scene.queue.put_nowait(statement.operand); });
      break;
    case Action::kGetNowait:
      actor.attempt([&] { actor.saw(scene.queue.get_nowait()); });
      break;
    case Action::kQueueSize:
      actor.saw(static_cast<int>(scene.queue.qsize()));
      break;
    case Action::kTaskDone:
      actor.attempt([&] { scene.queue.task_done(); });
      break;
    case Action::kJoin:
      co_await scene.queue.join();
      break;
    case Action::kShutdown:
      scene.queue.shutdown(statement.operand % 4 == 0);
      break;
    case Action::kSwallow:
      co_await swallow(actor, which);
      break;
    case Action::kCancelHandle:
      Handle(scene.handles[which].get()).cancel();
      break;
    default:
      co_await perform_shared(actor, statement, which);
      break;
  }
}

Coro<void> follow(Scene& scene, std::string name, const Script& script) {
  Actor actor(scene, std::move(name));
  for (const Statement statement : script) {
    try {
      co_await perform(actor, statement);
    } catch (const CancelledError&) {
      actor.saw("cancelled");
      throw;
    } catch (const std::exception& error) {
      actor.saw(error.what());
    }
  }
}

// The scene outlives the run: which task is the last to use it depends on the schedule, and nobody is told.
Coro<void> run_scripts(std::shared_ptr<const Scripts> scripts, Seen& seen,
                       std::shared_ptr<std::optional<Scene>> stage) {
  seen.clear();
  Scene& scene = stage->emplace(seen);
  for (auto& handle : scene.handles) handle.set(get_running_loop().call_later(2h, [] {}));
  for (const Script& script : scripts->tasks) {
    scene.tasks.push_back(create_task(follow(scene, fmt::format("{}", scene.tasks.size()), script)));
  }
  switch (scripts->ending) {
    case Ending::kIdle:
      co_await sleep(1h);
      break;
    case Ending::kAtOnce:
      co_await sleep(0s);
      break;
    case Ending::kGather: {
      const std::vector<Task<void>> all = scene.tasks;
      auto together = gather(return_exceptions, all);
      co_await together;
      break;
    }
  }
  // Nothing is left when the program ends: whether what is ready then still runs depends on the passes that the
  // shut-down makes, and those are not part of the search.
  if (scripts->ending != Ending::kIdle) co_await sleep(1h);
  for (const Task<void>& task : scene.tasks) task.cancel();
  co_await sleep(1min);
}

}  // namespace

sim::Program program_of(Scripts scripts, Seen& seen) {
  auto shared = std::make_shared<const Scripts>(std::move(scripts));
  const auto stage = std::make_shared<std::optional<Scene>>();
  return {"small", [shared, stage, &seen] {
            stage->reset();
            return run_scripts(shared, seen, stage);
          }};
}

rc::Gen<Scripts> scripts(std::size_t tasks, std::size_t statements) {
  const auto statement =
      rc::gen::map(rc::gen::pair(rc::gen::inRange(0, static_cast<int>(kWords.size())), rc::gen::inRange(0, 8)),
                   [](const std::pair<int, int>& drawn) {
                     return Statement{static_cast<Action>(drawn.first), static_cast<std::uint8_t>(drawn.second)};
                   });
  const auto script = rc::gen::mapcat(rc::gen::inRange<std::size_t>(1, statements + 1), [statement](std::size_t size) {
    return rc::gen::container<Script>(size, statement);
  });
  const auto all = rc::gen::mapcat(rc::gen::inRange<std::size_t>(1, tasks + 1), [script](std::size_t size) {
    return rc::gen::container<std::vector<Script>>(size, script);
  });
  return rc::gen::map(rc::gen::pair(rc::gen::inRange(0, 3), all), [](std::pair<int, std::vector<Script>> drawn) {
    return Scripts{static_cast<Ending>(drawn.first), std::move(drawn.second)};
  });
}

std::string text_of(const Scripts& scripts) {
  constexpr std::array kEndings{"idle", "gather", "at once"};
  std::string text = fmt::format("main ends: {}\n", kEndings[static_cast<std::size_t>(scripts.ending)]);
  for (std::size_t task = 0; task < scripts.tasks.size(); ++task) {
    text += fmt::format("{}:", task);
    for (const Statement each : scripts.tasks[task]) {
      text += fmt::format(" {} {},", kWords[static_cast<std::size_t>(each.action)], each.operand);
    }
    text += "\n";
  }
  return text;
}

}  // namespace corosim::laws::small
