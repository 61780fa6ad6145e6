#pragma once

#include <cstdint>
#include <exception>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <corosim/runtime/async_generator.hpp>
#include <corosim/runtime/context.hpp>
#include <corosim/runtime/coro.hpp>
#include <corosim/runtime/event_loop.hpp>
#include <corosim/runtime/gather.hpp>
#include <corosim/runtime/task.hpp>

#include "object.hpp"
#include "scenario.hpp"
#include "value.hpp"

namespace corosim::conformance {

/// Time that passes by jumping to the next deadline.
class JumpingClock final : public Clock {
 public:
  TimePoint now() const override { return now_; }
  bool wait(std::optional<TimePoint> deadline) override {
    if (!deadline) return false;
    if (*deadline > now_) now_ = *deadline;
    return true;
  }
  void interrupt() override {}

 private:
  TimePoint now_{};
};

/// The order in which asyncio's task factory returns tasks: an eager task is known only when its first step is over,
/// after the tasks that it made in it.
class CreationOrder final : public Instrument {
 public:
  void task_created(const detail::TaskState& task) override { ids_.push_back(task.id()); }
  /// The creation of `task` ends only now.
  void created_now(const AnyTask& task);
  /// The tasks of the loop that are not done, in this order.
  std::vector<AnyTask> sorted(std::vector<AnyTask> tasks) const;

 private:
  std::vector<std::uint32_t> ids_;
};

/// Runs a scenario on the runtime in first-in first-out order, statement by statement as reference.py does on asyncio;
/// its functions are those of `class Scenario` there.
class Interpreter {
 public:
  explicit Interpreter(const Functions& functions);

  /// Runs `main` and what is left of it, once. Returns the log. Throws InputError for a scenario without meaning.
  std::vector<std::string> run();

 private:
  /// Holds what a `return` statement returns; empty where none was reached.
  using Signal = std::optional<Value>;
  /// An element of a list of awaitables: a coroutine of a function that was not made yet, or an object.
  class Item;

  void log(const std::string& label, const std::string& text);
  /// Tasks await each other in a cycle, and one was cancelled: the log ends here.
  void overflow();
  void run_to_the_end();
  [[noreturn]] void reject(const std::string& why);

  // Functions and blocks.
  std::string new_label(const std::string& function);
  const Block& body_of(const std::string& function) const;
  Coro<Value> invoke(std::string function);
  AsyncGenerator<std::int64_t> generate(std::string function);
  Coro<Signal> block(const Block& statements, const std::string& label, std::exception_ptr caught);
  const Object* find(const std::string& variable) const;

  // Statements that never suspend. Each returns false if it is not one of its kind.
  bool sync(const Statement& statement, const std::string& label);
  bool make_primitive(const Statement& statement, const std::string& label);
  bool schedule_callback(const Statement& statement);
  bool act_on_self(const Statement& statement, const std::string& label);
  bool combine(const Statement& statement, const std::string& label);
  bool on_object(const Statement& statement, const std::string& label);
  bool on_future(const Statement& statement, const std::string& label, const Object& target);
  bool on_primitive(const Statement& statement, const std::string& label, const Object& target);
  bool on_queue(const Statement& statement, const std::string& label, const Object& target);
  bool on_scope(const Statement& statement, const std::string& label, const Object& target);
  static QueuePtr make_queue(const std::string& kind, std::int64_t maxsize);
  void make_condition(const Statement& statement, const std::string& label);
  void add_done_callback(const Statement& statement, const Object& target);
  void remove_done_callback(const Statement& statement, const std::string& label, const Object& target);
  static CancelMessage message(const std::optional<std::string>& text);
  ContextVar<std::int64_t>& context_variable(const std::string& name);
  void callback(const std::string& name, const Block& statements);
  void run_sync(const Block& statements, const std::string& label);

  /// The awaitables named by `references`; nothing when a variable among them is not set.
  std::optional<std::vector<Item>> items(const References& references) const;
  Future<Value> ensure_future(const Item& item);
  std::vector<Future<Value>> ensure_futures(const std::vector<Item>& items);
  /// gather(), with a Value as its result.
  Future<Value> gather_values(detail::Children children, bool keep_exceptions);

  // Statements that may suspend. `caught` is the exception of the handler around them.
  Coro<Signal> statement(const Statement& statement, const std::string& label, std::exception_ptr caught);
  Coro<Signal> statement_on_object(const Statement& statement, const std::string& label, std::exception_ptr caught,
                                   Object target);
  Coro<Signal> unset(const std::string& label);
  Coro<Signal> return_statement(const Statement& statement);
  Coro<Signal> rest(std::int64_t seconds);
  Coro<Signal> spawn_eager(const Statement& statement);
  Coro<Signal> call(const Statement& statement, const std::string& label);
  Coro<Signal> repeat(const Statement& statement, const std::string& label, std::exception_ptr caught);
  Coro<Signal> try_statement(const Statement& statement, const std::string& label, std::exception_ptr caught);
  Coro<Signal> timeout_statement(const Statement& statement, const std::string& label, std::exception_ptr caught);
  Coro<Signal> task_group_statement(const Statement& statement, const std::string& label, std::exception_ptr caught);
  Coro<Signal> async_for(const Statement& statement, const std::string& label, std::exception_ptr caught);
  Coro<Signal> wait_for_statement(const Statement& statement, const std::string& label);
  Coro<Signal> wait_statement(const Statement& statement, const std::string& label);
  Coro<Signal> as_completed_statement(const Statement& statement, const std::string& label);

  Coro<Signal> await_object(const Statement& statement, const std::string& label, Object target);
  Coro<Signal> acquire(const Statement& statement, const std::string& label, Object target);
  Coro<Signal> with(const Statement& statement, const std::string& label, std::exception_ptr caught, Object target);
  static Coro<void> enter(Object target);
  static void leave(const Object& target);
  Coro<Signal> wait_on(const Statement& statement, const std::string& label, Object target);
  Coro<Signal> barrier_call(const Statement& statement, const std::string& label, Object target);
  Coro<Signal> put(const Statement& statement, const std::string& label, Object target);
  Coro<Signal> get(const Statement& statement, const std::string& label, Object target);
  Coro<Signal> join(const Statement& statement, const std::string& label, Object target);

  struct Registered {
    Object object;
    DoneCallback callback;
  };

  const Functions& functions_;
  JumpingClock clock_;  // these two outlive the futures in the variables, and with them the loop
  CreationOrder creation_order_;
  std::map<std::string, Object> variables_;
  std::map<std::string, ContextVar<std::int64_t>> context_variables_;
  std::map<std::string, std::vector<Registered>> done_callbacks_;  // by tag
  std::map<std::string, int> counts_;                              // of invocations, by function
  std::vector<std::string> lines_;
  bool finished_ = false;    // from then on nothing is logged
  bool overflowed_ = false;  // from then on too
  std::string rejection_;    // why the scenario has no meaning; empty unless it was noticed
  EventLoopPtr loop_;        // the last: it goes first, and what its frames refer to is still there
};

class Interpreter::Item {
 public:
  explicit Item(std::string function) : content_(std::move(function)) {}
  explicit Item(Object object) : content_(std::move(object)) {}

  /// The function of the coroutine; null where it is an object.
  const std::string* coroutine() const { return std::get_if<std::string>(&content_); }
  /// REQUIRES: it is no coroutine.
  const Object& object() const { return std::get<Object>(content_); }

 private:
  std::variant<std::string, Object> content_;
};

}  // namespace corosim::conformance
