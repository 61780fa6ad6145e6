#include "interpreter.hpp"

#include <algorithm>
#include <chrono>
#include <span>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace corosim::conformance {

namespace {

constexpr std::size_t kLongestLog = 2000;

// What gather() makes of its children, as a Value, so that its future can stand where any other does.
struct CollectValues {
  Value operator()(std::span<const detail::Ref<detail::FutureState>> children) const {
    Value::List values;
    for (const auto& child : children) values.push_back(detail::value_of<Value>(*child));
    return Value(std::move(values));
  }
};
struct CollectOutcomes {
  Value operator()(std::span<const detail::Ref<detail::FutureState>> children) const {
    Value::List values;
    for (const auto& child : children) {
      const Outcome<Value> outcome = detail::outcome_of<Value>(*child);
      values.push_back(outcome.has_value() ? outcome.value() : Value(outcome.exception()));
    }
    return Value(std::move(values));
  }
};

}  // namespace

void CreationOrder::created_now(const AnyTask& task) {
  const std::uint32_t id = task.state()->as_task()->id();
  ids_.erase(std::find(ids_.begin(), ids_.end(), id));
  ids_.push_back(id);
}

std::vector<AnyTask> CreationOrder::sorted(std::vector<AnyTask> tasks) const {
  std::vector<AnyTask> result;
  for (const std::uint32_t id : ids_) {
    const auto found = std::find_if(tasks.begin(), tasks.end(),
                                    [id](const AnyTask& each) { return each.state()->as_task()->id() == id; });
    if (found != tasks.end()) result.push_back(*found);
  }
  return result;
}

Interpreter::Interpreter(const Functions& functions)
    : functions_(functions), loop_(new_event_loop(LoopOptions().clock(clock_).instrument(creation_order_))) {
  loop_->set_exception_handler([this](EventLoop&, const ExceptionContext& context) {
    if (context.exception && holds<RecursionError>(context.exception)) overflow();
    if (!context.message.starts_with("Exception in callback")) return;
    log("-", fmt::format("callback raised {}", describe_python(context.exception)));
  });
}

void Interpreter::log(const std::string& label, const std::string& text) {
  if (lines_.size() >= kLongestLog || finished_ || overflowed_) return;
  const auto now = std::chrono::duration_cast<std::chrono::seconds>(clock_.now().time_since_epoch());
  lines_.push_back(fmt::format("{} {} {}", now.count(), label, text));
}

void Interpreter::overflow() {
  log("-", "RecursionError");
  overflowed_ = true;
}

// Also seen by the scenario's own handlers, which do no harm.
void Interpreter::reject(const std::string& why) {
  if (rejection_.empty()) rejection_ = why;
  throw InputError(rejection_);
}

std::vector<std::string> Interpreter::run() {
  try {
    run_to_the_end();
    log("-", "end");
  } catch (const DeadlockError&) {
    log("-", "deadlock");
  } catch (const RecursionError&) {
    overflow();
  } catch (...) {
    log("-", fmt::format("the run raised {}", describe_python(std::current_exception())));
  }
  finished_ = true;
  loop_->close();
  if (!rejection_.empty()) throw InputError(rejection_);
  return std::move(lines_);
}

// Throws DeadlockError when it comes to that.
void Interpreter::run_to_the_end() {
  const Task<Value> main = loop_->create_task(invoke("main"));
  std::exception_ptr error;
  try {
    const Value value = loop_->run_until_complete(static_cast<const Future<Value>&>(main));
    log("-", fmt::format("main returned {}", value.text()));
  } catch (const DeadlockError&) {
    throw;
  } catch (...) {
    log("-", fmt::format("main raised {}", describe_python(std::current_exception())));
  }
  const std::vector<AnyTask> left = creation_order_.sorted(loop_->all_tasks());
  if (left.empty()) return;
  log("-", fmt::format("cancelling {}", left.size()));
  for (const AnyTask& task : left) task.cancel();
  detail::Children children;
  for (const AnyTask& task : left) children.push_back(task.state());
  loop_->run_until_complete(gather_values(std::move(children), true));
}

// Functions and blocks ------------------------------------------------------------------------------------------------

std::string Interpreter::new_label(const std::string& function) {
  return fmt::format("{}#{}", function, ++counts_[function]);
}

const Block& Interpreter::body_of(const std::string& function) const {
  const auto found = functions_.find(function);
  if (found == functions_.end()) throw KeyError();
  return found->second;
}

Coro<Value> Interpreter::invoke(std::string function) {
  const std::string label = new_label(function);
  log(label, "start");
  Signal signal;
  try {
    signal = co_await block(body_of(function), label, nullptr);
  } catch (...) {
    log(label, fmt::format("raise {}", describe_python(std::current_exception())));
    throw;
  }
  const Value value = signal.value_or(Value());
  log(label, fmt::format("return {}", value.text()));
  co_return value;
}

Coro<Interpreter::Signal> Interpreter::block(const Block& statements, const std::string& label,
                                             std::exception_ptr caught) {
  Signal signal;
  try {
    for (const Statement& each : statements) {
      if (sync(each, label)) continue;
      signal = co_await statement(each, label, caught);
      if (signal) break;
    }
  } catch (const RecursionError&) {
    overflow();
    throw;
  }
  co_return signal;
}

// `emit` statements at the top level of the body yield.
AsyncGenerator<std::int64_t> Interpreter::generate(std::string function) {
  const std::string label = new_label(function);
  log(label, "start");
  try {
    for (const Statement& each : body_of(function)) {
      if (each.op == Op::kEmit) {
        co_yield each.integer(0);
      } else if (!sync(each, label)) {
        const Signal signal = co_await statement(each, label, nullptr);
        if (signal) break;
      }
    }
  } catch (...) {
    log(label, "closed");
    throw;
  }
  log(label, "closed");
}

const Object* Interpreter::find(const std::string& variable) const {
  const auto found = variables_.find(variable);
  return found != variables_.end() ? &found->second : nullptr;
}

// Awaitables ----------------------------------------------------------------------------------------------------------

std::optional<std::vector<Interpreter::Item>> Interpreter::items(const References& references) const {
  constexpr std::string_view kCoroutine = "fn:";
  std::vector<Item> result;
  for (const std::string& each : references) {
    if (each.starts_with(kCoroutine)) {
      result.emplace_back(each.substr(kCoroutine.size()));
      continue;
    }
    const Object* object = find(each);
    if (object == nullptr) return std::nullopt;
    result.emplace_back(*object);
  }
  return result;
}

Future<Value> Interpreter::ensure_future(const Item& item) {
  if (const std::string* function = item.coroutine()) return loop_->create_task(invoke(*function));
  return as<const Future<Value>, TypeError>(item.object());
}

std::vector<Future<Value>> Interpreter::ensure_futures(const std::vector<Item>& items) {
  std::vector<Future<Value>> futures;
  for (const Item& each : items) futures.push_back(ensure_future(each));
  return futures;
}

Future<Value> Interpreter::gather_values(detail::Children children, bool keep_exceptions) {
  EventLoop& loop = *loop_;
  const Site nowhere;
  if (keep_exceptions) return detail::gather_children<Value, CollectOutcomes>(loop, std::move(children), true, nowhere);
  return detail::gather_children<Value, CollectValues>(loop, std::move(children), false, nowhere);
}

}  // namespace corosim::conformance
