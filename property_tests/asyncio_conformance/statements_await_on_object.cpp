#include <utility>

#include <fmt/format.h>

#include "interpreter.hpp"

/// reference.py, ASYNC_ON_OBJECT: statements that may suspend, on the object that a variable holds.

namespace corosim::conformance {

Coro<Interpreter::Signal> Interpreter::statement_on_object(const Statement& statement, const std::string& label,
                                                           std::exception_ptr caught, Object target) {
  switch (statement.op) {
    case Op::kIfDone: {
      const bool done = as<const Future<Value>, AttributeError>(target).done();
      return block(statement.block(done ? 1 : 2), label, caught);
    }
    case Op::kAwait:
      return await_object(statement, label, std::move(target));
    case Op::kAcquire:
      return acquire(statement, label, std::move(target));
    case Op::kWith:
      return with(statement, label, caught, std::move(target));
    case Op::kEventWait:
    case Op::kCondWait:
    case Op::kBarrierWait:
      return wait_on(statement, label, std::move(target));
    case Op::kBarrierCall:
      return barrier_call(statement, label, std::move(target));
    case Op::kPut:
      return put(statement, label, std::move(target));
    case Op::kGet:
      return get(statement, label, std::move(target));
    case Op::kJoin:
      return join(statement, label, std::move(target));
    default:
      reject("a statement that the interpreter does not know");
  }
}

Coro<Interpreter::Signal> Interpreter::await_object(const Statement& statement, const std::string& label,
                                                    Object target) {
  const Value value = co_await as<const Future<Value>, TypeError>(target);
  log(label, fmt::format("await {} -> {}", statement.text(0), value.text()));
  co_return Signal();
}

Coro<Interpreter::Signal> Interpreter::acquire(const Statement& statement, const std::string& label, Object target) {
  const AttributeError no_acquire;
  if (const auto* lock = std::get_if<LockPtr>(&target)) {
    co_await (*lock)->acquire();
  } else if (const auto* semaphore = std::get_if<SemaphorePtr>(&target)) {
    co_await (*semaphore)->acquire();
  } else if (const auto* condition = std::get_if<ConditionPtr>(&target)) {
    co_await (*condition)->acquire();
  } else {
    throw no_acquire;
  }
  log(label, fmt::format("acquired {}", statement.text(0)));
  co_return Signal();
}

// event_wait, cond_wait and barrier_wait: each calls the object's wait(), whatever it is, and says it its own way.
Coro<Interpreter::Signal> Interpreter::wait_on(const Statement& statement, const std::string& label, Object target) {
  Value result(true);  // what an event's and a condition's wait() return
  if (const auto* event = std::get_if<EventPtr>(&target)) {
    co_await (*event)->wait();
  } else if (const auto* condition = std::get_if<ConditionPtr>(&target)) {
    co_await (*condition)->wait();
  } else {
    const int index = co_await as<Barrier, AttributeError>(target).wait();
    result = Value(std::int64_t{index});
  }
  const std::string& name = statement.text(0);
  if (statement.op == Op::kEventWait) {
    log(label, fmt::format("event {}", name));
  } else if (statement.op == Op::kCondWait) {
    log(label, fmt::format("notified {}", name));
  } else {
    log(label, fmt::format("barrier {} index {}", name, result.text()));
  }
  co_return Signal();
}

Coro<Interpreter::Signal> Interpreter::barrier_call(const Statement& statement, const std::string& label,
                                                    Object target) {
  const std::string& method = statement.text(1);
  Barrier& barrier = as<Barrier, AttributeError>(target);
  if (method == "reset") {
    co_await barrier.reset();
  } else {
    co_await barrier.abort();
  }
  log(label, fmt::format("barrier {} {}", statement.text(0), method));
  co_return Signal();
}

Coro<Interpreter::Signal> Interpreter::put(const Statement& statement, const std::string& label, Object target) {
  const std::int64_t item = statement.integer(1);
  co_await as<Queue<std::int64_t>, AttributeError>(target).put(item);
  log(label, fmt::format("put {}", item));
  co_return Signal();
}

Coro<Interpreter::Signal> Interpreter::get(const Statement&, const std::string& label, Object target) {
  const std::int64_t item = co_await as<Queue<std::int64_t>, AttributeError>(target).get();
  log(label, fmt::format("got {}", item));
  co_return Signal();
}

Coro<Interpreter::Signal> Interpreter::join(const Statement& statement, const std::string& label, Object target) {
  const std::string& name = statement.text(0);
  co_await as<Queue<std::int64_t>, AttributeError>(target).join();
  log(label, fmt::format("joined {}", name));
  co_return Signal();
}

}  // namespace corosim::conformance
