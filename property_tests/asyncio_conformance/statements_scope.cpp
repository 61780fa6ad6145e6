#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "interpreter.hpp"

/// reference.py, Scenario.try_statement and the `async with` and `async for` of Scenario.statement: statements around a
/// block. C++ cannot await in a handler, so each keeps the exception that left the block and goes on after the `try`.

namespace corosim::conformance {

Coro<Interpreter::Signal> Interpreter::try_statement(const Statement& statement, const std::string& label,
                                                     std::exception_ptr caught) {
  Signal signal;
  std::exception_ptr error;
  try {
    signal = co_await block(statement.block(0), label, caught);
  } catch (...) {
    error = std::current_exception();
  }
  if (error) {
    const std::vector<Handler>& handlers = statement.handlers(1);
    const auto handler =
        std::find_if(handlers.begin(), handlers.end(), [&](const Handler& each) { return matches(each.kind, error); });
    if (handler != handlers.end()) {
      log(label, fmt::format("caught {}", describe_python(error)));
      const std::exception_ptr handled = std::exchange(error, nullptr);
      try {
        signal = co_await block(handler->body, label, handled);
      } catch (...) {
        error = std::current_exception();
      }
    }
  }
  if (const Block* final = statement.optional_block(2)) {
    log(label, "finally");
    co_await block(*final, label, caught);  // a `return` in it is ignored
  }
  if (error) std::rethrow_exception(error);
  co_return signal;
}

Coro<Interpreter::Signal> Interpreter::timeout_statement(const Statement& statement, const std::string& label,
                                                         std::exception_ptr caught) {
  Signal signal;
  std::optional<TimePoint> when;
  if (const auto delay = statement.optional_integer(1)) when = loop_->time() + std::chrono::seconds(*delay);
  const auto scope = std::make_shared<Timeout>(when);
  scope->enter();
  variables_.insert_or_assign(statement.text(0), scope);
  std::exception_ptr error;
  try {
    signal = co_await block(statement.block(2), label, caught);
  } catch (...) {
    error = std::current_exception();
  }
  const bool timed_out = scope->exit(error && holds<CancelledError>(error));
  if (timed_out) throw TimeoutError();
  if (error) std::rethrow_exception(error);
  co_return signal;
}

Coro<Interpreter::Signal> Interpreter::task_group_statement(const Statement& statement, const std::string& label,
                                                            std::exception_ptr caught) {
  Signal signal;
  const auto group = std::make_shared<TaskGroup>();
  group->enter();
  variables_.insert_or_assign(statement.text(0), group);
  std::exception_ptr error;
  try {
    signal = co_await block(statement.block(1), label, caught);
  } catch (...) {
    error = std::current_exception();
  }
  co_await group->exit(error);
  if (error) std::rethrow_exception(error);
  co_return signal;
}

Coro<Interpreter::Signal> Interpreter::async_for(const Statement& statement, const std::string& label,
                                                 std::exception_ptr caught) {
  const auto body = [&](AsyncGenerator<std::int64_t>& generator) -> Coro<Signal> {
    Signal signal;
    const std::optional<std::int64_t> limit = statement.optional_integer(2);
    for (std::int64_t seen = 1;; ++seen) {
      const std::optional<std::int64_t> item = co_await generator.next();
      if (!item) break;
      log(label, fmt::format("item {}", *item));
      signal = co_await block(statement.block(1), label, caught);
      if (signal || (limit && seen >= *limit)) break;
    }
    co_return signal;
  };
  Signal signal = co_await aclosing(generate(statement.text(0)), body);
  co_return signal;
}

Coro<Interpreter::Signal> Interpreter::with(const Statement& statement, const std::string& label,
                                            std::exception_ptr caught, Object target) {
  const std::string& name = statement.text(0);
  co_await enter(target);
  log(label, fmt::format("inside {}", name));
  Signal signal;
  std::exception_ptr error;
  try {
    signal = co_await block(statement.block(1), label, caught);
  } catch (...) {
    error = std::current_exception();
  }
  leave(target);
  if (error) std::rethrow_exception(error);
  log(label, fmt::format("outside {}", name));
  co_return signal;
}

// `__aenter__` of what can be entered.
Coro<void> Interpreter::enter(Object target) {
  const TypeError not_supported;
  if (const auto* scope = std::get_if<TimeoutPtr>(&target)) {
    (*scope)->enter();
  } else if (const auto* group = std::get_if<TaskGroupPtr>(&target)) {
    (*group)->enter();
  } else if (const auto* barrier = std::get_if<BarrierPtr>(&target)) {
    co_await (*barrier)->wait();
  } else if (const auto* lock = std::get_if<LockPtr>(&target)) {
    co_await (*lock)->acquire();
  } else if (const auto* semaphore = std::get_if<SemaphorePtr>(&target)) {
    co_await (*semaphore)->acquire();
  } else if (const auto* condition = std::get_if<ConditionPtr>(&target)) {
    co_await (*condition)->acquire();
  } else {
    throw not_supported;
  }
}

// `__aexit__` of what was entered: a barrier's does nothing.
void Interpreter::leave(const Object& target) {
  if (std::holds_alternative<BarrierPtr>(target)) return;
  call_method(target, [](LockLike auto& lock) { lock.release(); });
}

}  // namespace corosim::conformance
