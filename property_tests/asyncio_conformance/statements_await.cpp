#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include <corosim/runtime/as_completed.hpp>
#include <corosim/runtime/sleep.hpp>
#include <corosim/runtime/wait.hpp>

#include "interpreter.hpp"

/// reference.py, Scenario.statement: statements that may suspend, but for scopes and those on an object.

namespace corosim::conformance {

namespace {

std::optional<Duration> seconds(std::optional<std::int64_t> count) {
  return count ? std::optional<Duration>(std::chrono::seconds(*count)) : std::nullopt;
}

ReturnWhen return_when(const std::string& word) {
  if (word == "FIRST_COMPLETED") return ReturnWhen::kFirstCompleted;
  if (word == "FIRST_EXCEPTION") return ReturnWhen::kFirstException;
  if (word == "ALL_COMPLETED") return ReturnWhen::kAllCompleted;
  throw ValueError("Invalid return_when value: " + word);
}

}  // namespace

Coro<Interpreter::Signal> Interpreter::statement(const Statement& statement, const std::string& label,
                                                 std::exception_ptr caught) {
  switch (statement.op) {
    case Op::kReturn:
      return return_statement(statement);
    case Op::kReraise:
      if (caught) std::rethrow_exception(caught);
      return unset(label);
    case Op::kSleep:
      return rest(statement.integer(0));
    case Op::kSpawnEager:
      return spawn_eager(statement);
    case Op::kCall:
      return call(statement, label);
    case Op::kRepeat:
      return repeat(statement, label, caught);
    case Op::kTry:
      return try_statement(statement, label, caught);
    case Op::kTimeout:
      return timeout_statement(statement, label, caught);
    case Op::kTaskGroup:
      return task_group_statement(statement, label, caught);
    case Op::kAsyncFor:
      return async_for(statement, label, caught);
    case Op::kWaitFor:
      return wait_for_statement(statement, label);
    case Op::kWait:
      return wait_statement(statement, label);
    case Op::kAsCompleted:
      return as_completed_statement(statement, label);
    case Op::kEmit:
      reject("emit stands at the top level of a generator's body only");
    default:
      break;
  }
  const Object* target = find(statement.text(0));
  if (target == nullptr) return unset(label);
  return statement_on_object(statement, label, caught, *target);
}

Coro<Interpreter::Signal> Interpreter::unset(const std::string& label) {
  log(label, "unset");
  co_return Signal();
}

Coro<Interpreter::Signal> Interpreter::return_statement(const Statement& statement) {
  co_return Signal(Value(statement.optional_integer(0)));
}

Coro<Interpreter::Signal> Interpreter::rest(std::int64_t count) {
  const std::chrono::seconds delay(count);
  co_await sleep(delay);
  co_return Signal();
}

Coro<Interpreter::Signal> Interpreter::spawn_eager(const Statement& statement) {
  const Task<Value> task = loop_->create_task(invoke(statement.text(1)), TaskOptions().eager_start());
  creation_order_.created_now(task);
  variables_.insert_or_assign(statement.text(0), make_object(task));
  co_return Signal();
}

Coro<Interpreter::Signal> Interpreter::call(const Statement& statement, const std::string& label) {
  const Value value = co_await invoke(statement.text(0));
  log(label, fmt::format("call -> {}", value.text()));
  co_return Signal();
}

Coro<Interpreter::Signal> Interpreter::repeat(const Statement& statement, const std::string& label,
                                              std::exception_ptr caught) {
  Signal signal;
  for (std::int64_t i = 0; i < statement.integer(0) && !signal; ++i) {
    signal = co_await block(statement.block(1), label, caught);
  }
  co_return signal;
}

Coro<Interpreter::Signal> Interpreter::wait_for_statement(const Statement& statement, const std::string& label) {
  const auto parts = items({statement.text(0)});
  if (!parts) {
    log(label, "unset");
    co_return Signal();
  }
  const std::optional<Duration> limit = seconds(statement.optional_integer(1));
  Value value;
  if (const std::string* function = parts->front().coroutine()) {
    value = co_await wait_for(invoke(*function), limit);
  } else {
    value = co_await wait_for(ensure_future(parts->front()), limit);
  }
  log(label, fmt::format("wait_for -> {}", value.text()));
  co_return Signal();
}

Coro<Interpreter::Signal> Interpreter::wait_statement(const Statement& statement, const std::string& label) {
  const References& references = statement.references(0);
  const auto parts = items(references);
  if (!parts) {
    log(label, "unset");
    co_return Signal();
  }
  WaitOptions options;
  options.timeout(seconds(statement.optional_integer(1)));
  if (!parts->empty()) options.return_when(return_when(statement.text(2)));
  std::vector<Future<Value>> futures;
  for (const Item& each : *parts) {
    if (each.coroutine() != nullptr) throw TypeError();  // "Passing coroutines is forbidden, use tasks explicitly."
  }
  for (const Item& each : *parts) {
    if (options.timeout() && !std::holds_alternative<FuturePtr>(each.object())) {
      loop_->call_later(*options.timeout(), [] {});  // CPython has set its timer by now, and leaves it
    }
    futures.push_back(as<const Future<Value>, AttributeError>(each.object()));
  }
  const WaitResult<Future<Value>> result = co_await wait(futures, options);

  std::vector<std::string> done;
  std::vector<std::string> pending;
  for (std::size_t i = 0; i < references.size(); ++i) {
    const bool ended = std::find(result.done.begin(), result.done.end(), futures[i]) != result.done.end();
    (ended ? done : pending).push_back(references[i]);
  }
  log(label, fmt::format("wait done={} pending={}", fmt::join(done, ","), fmt::join(pending, ",")));
  co_return Signal();
}

Coro<Interpreter::Signal> Interpreter::as_completed_statement(const Statement& statement, const std::string& label) {
  const auto parts = items(statement.references(0));
  if (!parts) {
    log(label, "unset");
    co_return Signal();
  }
  auto completed = as_completed(ensure_futures(*parts), seconds(statement.optional_integer(1)));
  while (completed.more()) {
    Value value;
    std::exception_ptr error;
    try {
      value = co_await completed.next_result();
    } catch (...) {
      error = std::current_exception();
      if (!matches(Kind::kException, error)) throw;
    }
    log(label, fmt::format("completed {}", error ? describe_python(error) : value.text()));
  }
  co_return Signal();
}

}  // namespace corosim::conformance
