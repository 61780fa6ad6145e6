#include <algorithm>
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "interpreter.hpp"

/// reference.py, SYNC_ON_OBJECT: statements that never suspend, on the object that a variable holds.

namespace corosim::conformance {

namespace {

bool acts_on_object(Op op) { return op >= Op::kCancel && op <= Op::kTgSpawn; }

const Future<Value>& future_of(const Object& target) { return as<const Future<Value>, AttributeError>(target); }

// The task that `target` is; AttributeError where it is none.
AnyTask task_of(const Object& target) {
  detail::TaskState* const task = future_of(target).state()->as_task();
  if (task == nullptr) throw AttributeError();
  return AnyTask(*task);
}

Queue<std::int64_t>& queue_of(const Object& target) { return as<Queue<std::int64_t>, AttributeError>(target); }

// `target.cancel(...)`: a handle's takes no message, and returns nothing.
std::string cancel(const Object& target, const std::optional<std::string>& message) {
  if (const auto* handle = std::get_if<HandlePtr>(&target)) {
    if (message) throw TypeError();
    (*handle)->cancel();
    return "None";
  }
  return text(future_of(target).cancel(message ? CancelMessage(*message) : CancelMessage()));
}

std::string state_of(const Future<Value>& future) {
  if (!future.done()) return "pending";
  if (future.cancelled()) return "cancelled";
  if (const std::exception_ptr exception = future.exception()) {
    return fmt::format("exception {}", describe_python(exception));
  }
  return fmt::format("result {}", future.result().text());
}

}  // namespace

bool Interpreter::on_object(const Statement& statement, const std::string& label) {
  if (!acts_on_object(statement.op)) return false;
  const Object* held = find(statement.text(0));
  if (held == nullptr) {
    log(label, "unset");
    return true;
  }
  const Object target = *held;  // the variable may get another object meanwhile
  return on_future(statement, label, target) || on_primitive(statement, label, target) ||
         on_queue(statement, label, target) || on_scope(statement, label, target);
}

bool Interpreter::on_future(const Statement& statement, const std::string& label, const Object& target) {
  const std::string& name = statement.text(0);
  switch (statement.op) {
    case Op::kCancel:
      log(label, fmt::format("cancel {} -> {}", name, cancel(target, statement.optional_text(1))));
      return true;
    case Op::kCancelHandle:
      cancel(target, std::nullopt);
      return true;
    case Op::kState:
      log(label, fmt::format("state {} = {}", name, state_of(future_of(target))));
      return true;
    case Op::kSetResult:
      future_of(target).set_result(Value(statement.integer(1)));
      return true;
    case Op::kSetException:
      future_of(target).set_exception(UserError(statement.integer(1)));
      return true;
    case Op::kAddDoneCallback:
      add_done_callback(statement, target);
      return true;
    case Op::kRemoveDoneCallback:
      remove_done_callback(statement, label, target);
      return true;
    case Op::kUncancel:
      log(label, fmt::format("uncancel {} -> {}", name, task_of(target).uncancel()));
      return true;
    case Op::kCancelling:
      log(label, fmt::format("cancelling {} = {}", name, task_of(target).cancelling()));
      return true;
    default:
      return false;
  }
}

void Interpreter::add_done_callback(const Statement& statement, const Object& target) {
  const auto on_done = [this, &statement] {
    const std::string label = fmt::format("cb:{}", statement.text(1));
    log(label, fmt::format("done {}", statement.text(0)));
    run_sync(statement.block(2), label);
  };
  std::vector<Registered>& registered = done_callbacks_[statement.text(1)];
  registered.push_back({target, DoneCallback()});
  registered.back().callback = future_of(target).add_done_callback(on_done);
}

void Interpreter::remove_done_callback(const Statement& statement, const std::string& label, const Object& target) {
  std::size_t removed = 0;
  for (const Registered& each : done_callbacks_[statement.text(1)]) {
    if (same(each.object, target)) removed += future_of(target).remove_done_callback(each.callback);
  }
  log(label, fmt::format("removed {}", removed));
}

bool Interpreter::on_primitive(const Statement& statement, const std::string& label, const Object& target) {
  const std::string& name = statement.text(0);
  switch (statement.op) {
    case Op::kRelease:
      call_method(target, [](LockLike auto& lock) { lock.release(); });
      return true;
    case Op::kLocked: {
      const bool locked = call_method<bool>(target, [](LockLike auto& lock) { return lock.locked(); });
      log(label, fmt::format("locked {} = {}", name, text(locked)));
      return true;
    }
    case Op::kEventSet:
      as<Event, AttributeError>(target).set();
      return true;
    case Op::kEventClear:
      as<Event, AttributeError>(target).clear();
      return true;
    case Op::kEventIsSet:
      log(label, fmt::format("is_set {} = {}", name, text(as<Event, AttributeError>(target).is_set())));
      return true;
    case Op::kCondNotify: {
      ConditionOnLock& condition = as<ConditionOnLock, AttributeError>(target);
      const std::optional<std::int64_t> count = statement.optional_integer(1);
      if (count) {
        condition.notify(static_cast<std::size_t>(std::max<std::int64_t>(*count, 0)));
      } else {
        condition.notify_all();
      }
      return true;
    }
    case Op::kBarrierState: {
      const Barrier& barrier = as<Barrier, AttributeError>(target);
      log(label, fmt::format("barrier {} waiting={} broken={}", name, barrier.n_waiting(), text(barrier.broken())));
      return true;
    }
    default:
      return false;
  }
}

bool Interpreter::on_queue(const Statement& statement, const std::string& label, const Object& target) {
  switch (statement.op) {
    case Op::kPutNowait:
      queue_of(target).put_nowait(statement.integer(1));
      return true;
    case Op::kGetNowait:
      log(label, fmt::format("got {}", queue_of(target).get_nowait()));
      return true;
    case Op::kTaskDone:
      queue_of(target).task_done();
      return true;
    case Op::kQsize: {
      const Queue<std::int64_t>& queue = queue_of(target);
      log(label, fmt::format("qsize {} = {} empty={} full={}", statement.text(0), queue.qsize(), text(queue.empty()),
                             text(queue.full())));
      return true;
    }
    case Op::kShutdown:
      queue_of(target).shutdown(statement.flag(1));
      return true;
    default:
      return false;
  }
}

bool Interpreter::on_scope(const Statement& statement, const std::string& label, const Object& target) {
  switch (statement.op) {
    case Op::kExpired:
      log(label,
          fmt::format("expired {} = {}", statement.text(0), text(as<Timeout, AttributeError>(target).expired())));
      return true;
    case Op::kReschedule: {
      Timeout& scope = as<Timeout, AttributeError>(target);
      std::optional<TimePoint> when;
      if (const auto delay = statement.optional_integer(1)) when = loop_->time() + std::chrono::seconds(*delay);
      scope.reschedule(when);
      return true;
    }
    case Op::kTgSpawn: {
      const Task<Value> task = as<TaskGroup, AttributeError>(target).create_task(invoke(statement.text(2)));
      variables_.insert_or_assign(statement.text(1), make_object(task));
      return true;
    }
    default:
      return false;
  }
}

}  // namespace corosim::conformance
