#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include <corosim/runtime/shield.hpp>

#include "interpreter.hpp"

/// reference.py, Scenario.sync: statements that never suspend, but for those on an object.

namespace corosim::conformance {

bool Interpreter::sync(const Statement& statement, const std::string& label) {
  if (statement.op == Op::kLog) {
    log(label, statement.text(0));
    return true;
  }
  return make_primitive(statement, label) || schedule_callback(statement) || act_on_self(statement, label) ||
         combine(statement, label) || on_object(statement, label);
}

bool Interpreter::make_primitive(const Statement& statement, const std::string& label) {
  const auto count = [&] { return static_cast<int>(statement.integer(1)); };
  const auto set = [&](Object object) { variables_.insert_or_assign(statement.text(0), std::move(object)); };
  switch (statement.op) {
    case Op::kFuture:
      set(make_object(loop_->create_future<Value>()));
      return true;
    case Op::kLock:
      set(std::make_shared<Lock>());
      return true;
    case Op::kEvent:
      set(std::make_shared<Event>());
      return true;
    case Op::kSemaphore:
      set(std::make_shared<Semaphore>(count()));
      return true;
    case Op::kBoundedSemaphore:
      set(SemaphorePtr(std::make_shared<BoundedSemaphore>(count())));
      return true;
    case Op::kBarrier:
      set(std::make_shared<Barrier>(count()));
      return true;
    case Op::kCondition:
      make_condition(statement, label);
      return true;
    case Op::kQueue:
      set(make_queue(statement.text(1), statement.integer(2)));
      return true;
    default:
      return false;
  }
}

QueuePtr Interpreter::make_queue(const std::string& kind, std::int64_t maxsize) {
  const auto places = static_cast<std::size_t>(std::max<std::int64_t>(maxsize, 0));
  if (kind == "lifo") return std::make_shared<LifoQueue<std::int64_t>>(places);
  if (kind == "priority") return std::make_shared<PriorityQueue<std::int64_t>>(places);
  return std::make_shared<Queue<std::int64_t>>(places);
}

void Interpreter::make_condition(const Statement& statement, const std::string& label) {
  const std::optional<std::string> lock_name = statement.optional_text(1);
  LockPtr lock = std::make_shared<Lock>();
  if (lock_name) {
    const Object* object = find(*lock_name);
    if (object == nullptr) {
      log(label, "unset");
      return;
    }
    if (std::holds_alternative<SemaphorePtr>(*object)) {
      reject(fmt::format("condition {}: {} is a semaphore; expected a lock", statement.text(0), *lock_name));
    }
    if (const auto* condition = std::get_if<ConditionPtr>(object)) {
      lock = (*condition)->lock;
    } else if (const auto* existing = std::get_if<LockPtr>(object)) {
      lock = *existing;
    } else {
      throw AttributeError();
    }
  }
  variables_.insert_or_assign(statement.text(0), std::make_shared<ConditionOnLock>(std::move(lock)));
}

bool Interpreter::schedule_callback(const Statement& statement) {
  const auto act = [this, &statement](const Block& body) {
    return [this, &statement, &body] { callback(statement.text(0), body); };
  };
  std::optional<Handle> handle;
  switch (statement.op) {
    case Op::kCallSoon:
      handle = loop_->call_soon(act(statement.block(1)));
      break;
    case Op::kCallLater:
      handle = loop_->call_later(std::chrono::seconds(statement.integer(1)), act(statement.block(2)));
      break;
    case Op::kCallAt:
      handle = loop_->call_at(TimePoint(std::chrono::seconds(statement.integer(1))), act(statement.block(2)));
      break;
    default:
      return false;
  }
  variables_.insert_or_assign(statement.text(0), make_object(*handle));
  return true;
}

void Interpreter::callback(const std::string& name, const Block& statements) {
  const std::string label = fmt::format("cb:{}", name);
  log(label, "run");
  run_sync(statements, label);
}

void Interpreter::run_sync(const Block& statements, const std::string& label) {
  for (const Statement& each : statements) {
    if (!sync(each, label)) log(label, "unset");
  }
}

// What a statement does in, or to, the task or callback that it runs in.
bool Interpreter::act_on_self(const Statement& statement, const std::string& label) {
  switch (statement.op) {
    case Op::kSpawn: {
      const Task<Value> task = loop_->create_task(invoke(statement.text(1)));
      variables_.insert_or_assign(statement.text(0), make_object(task));
      return true;
    }
    case Op::kRaise:
      throw UserError(statement.integer(0));
    case Op::kRaiseCancelled:
      throw CancelledError();
    case Op::kCancelSelf:
      if (const std::optional<AnyTask> task = current_task()) {
        task->cancel(message(statement.optional_text(0)));
      } else {
        log(label, "unset");
      }
      return true;
    case Op::kUncancelSelf:
      if (const std::optional<AnyTask> task = current_task()) {
        log(label, fmt::format("uncancel -> {}", task->uncancel()));
      } else {
        log(label, "unset");
      }
      return true;
    case Op::kCtxSet:
      context_variable(statement.text(0)).set(statement.integer(1));
      return true;
    case Op::kCtxGet:
      log(label, fmt::format("ctx {} = {}", statement.text(0), context_variable(statement.text(0)).get()));
      return true;
    default:
      return false;
  }
}

CancelMessage Interpreter::message(const std::optional<std::string>& text) {
  return text ? CancelMessage(*text) : CancelMessage();
}

ContextVar<std::int64_t>& Interpreter::context_variable(const std::string& name) {
  return context_variables_.try_emplace(name, name, 0).first->second;
}

bool Interpreter::combine(const Statement& statement, const std::string& label) {
  if (statement.op != Op::kShield && statement.op != Op::kGather) return false;
  const bool shields = statement.op == Op::kShield;
  const auto parts = items(shields ? References{statement.text(1)} : statement.references(1));
  if (!parts) {
    log(label, "unset");
    return true;
  }
  if (shields) {
    variables_.insert_or_assign(statement.text(0), make_object(shield(ensure_future(parts->front()))));
    return true;
  }
  detail::Children children;
  for (const Item& each : *parts) children.push_back(ensure_future(each).state());
  variables_.insert_or_assign(statement.text(0), make_object(gather_values(std::move(children), statement.flag(2))));
  return true;
}

}  // namespace corosim::conformance
