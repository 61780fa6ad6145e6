#include "random_program.hpp"

#include <charconv>
#include <memory>
#include <utility>

#include <corosim/runtime/gather.hpp>
#include <corosim/runtime/lock.hpp>
#include <corosim/runtime/queue.hpp>
#include <corosim/runtime/sleep.hpp>
#include <corosim/runtime/task.hpp>
#include <corosim/runtime/timeout.hpp>
#include <corosim/sim/check.hpp>

#include <fmt/format.h>

namespace corosim::laws {

namespace {

constexpr std::string_view kCallbackMark = "callback ";

// What the tasks of one run share.
struct Shared {
  Lock locks[2];
  Queue<int> queue{2};
  std::vector<Task<void>> tasks;
  int callbacks = 0;
};

Coro<void> one_yield() { co_await sleep(std::chrono::milliseconds(0)); }

void register_callback(Shared& shared) {
  get_running_loop().call_soon([number = shared.callbacks++] { trace(fmt::format("{}{}", kCallbackMark, number)); });
}

Coro<void> perform(Shared& shared, Statement statement) {
  const std::chrono::milliseconds duration(statement.operand % 4);
  switch (statement.action) {
    case Action::kYield:
      co_await sleep(std::chrono::milliseconds(0));
      break;
    case Action::kSleep:
      co_await sleep(duration);
      break;
    case Action::kLock: {
      const auto guard = co_await shared.locks[statement.operand % 2].scoped();
      co_await sleep(duration);
      break;
    }
    case Action::kPut:
      try {
        co_await wait_for(shared.queue.put(statement.operand), std::chrono::milliseconds(3));
      } catch (const TimeoutError&) {
        trace("full");
      }
      break;
    case Action::kGet:
      try {
        const int item = co_await wait_for(shared.queue.get(), std::chrono::milliseconds(3));
        trace(fmt::format("got {}", item));
      } catch (const TimeoutError&) {
        trace("empty");
      }
      break;
    case Action::kSpawn:
      create_task(one_yield());
      break;
    case Action::kCallback:
      register_callback(shared);
      break;
    case Action::kTimer:
      get_running_loop().call_later(duration, [] { trace("timer"); });
      break;
    case Action::kDraw:
      trace(fmt::format("drew {}", random_int(0, int{statement.operand})));
      break;
    case Action::kMark:
      trace("mark");
      break;
    case Action::kCancel:
      shared.tasks[statement.operand % shared.tasks.size()].cancel();
      break;
  }
}

Coro<void> follow(Shared& shared, const Script& script) {
  for (const Statement statement : script) co_await perform(shared, statement);
}

Coro<void> run_scripts(std::shared_ptr<const Scripts> scripts) {
  Shared shared;
  for (const Script& script : *scripts) shared.tasks.push_back(create_task(follow(shared, script)));
  const std::vector<Task<void>> all = shared.tasks;
  co_await gather(return_exceptions, all);
}

}  // namespace

sim::Program program_of(Scripts scripts) {
  auto shared = std::make_shared<const Scripts>(std::move(scripts));
  return {"laws", [shared] { return run_scripts(shared); }};
}

rc::Gen<Scripts> scripts() {
  const auto statement = rc::gen::map(rc::gen::pair(rc::gen::inRange(0, 11), rc::gen::arbitrary<std::uint8_t>()),
                                      [](const std::pair<int, std::uint8_t>& drawn) {
                                        return Statement{static_cast<Action>(drawn.first), drawn.second};
                                      });
  const auto script = rc::gen::mapcat(rc::gen::inRange<std::size_t>(0, 9), [statement](std::size_t size) {
    return rc::gen::container<Script>(size, statement);
  });
  return rc::gen::mapcat(rc::gen::inRange<std::size_t>(1, 6),
                         [script](std::size_t size) { return rc::gen::container<Scripts>(size, script); });
}

std::vector<int> callback_marks(const std::vector<std::string>& marks) {
  std::vector<int> numbers;
  for (const std::string& mark : marks) {
    if (!mark.starts_with(kCallbackMark)) continue;
    int number = 0;
    std::from_chars(mark.data() + kCallbackMark.size(), mark.data() + mark.size(), number);
    numbers.push_back(number);
  }
  return numbers;
}

}  // namespace corosim::laws
