#pragma once

#include <any>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <iterator>
#include <memory>
#include <optional>
#include <ostream>
#include <set>
#include <source_location>
#include <sstream>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <corosim/corosim.hpp>
#include <corosim/linearizable.hpp>
#include <corosim/rapidcheck.hpp>

#include <fmt/format.h>
#include <rapidcheck/state.h>

/// Tests of an object against a model, as RapidCheck's `rc::state` has them, of an object that waits and that many
/// tasks use. A command says what it does to the model and what it does to the object:
///
///     using Items = std::deque<int>;
///
///     struct Get : Command<Items, Queue<int>, int> {
///       void checkPreconditions(const Items& items) const override { RC_PRE(!items.empty()); }
///       int apply(Items& items) const override { return pop_front(items); }
///       Coro<int> run(Queue<int>& queue) const override { return queue.get(); }
///       void show(std::ostream& out) const override { out << "get()"; }
///     };
///
///     RC_GTEST_PROP(Queue, BehavesAsADeque, ()) {
///       check_model<Put, Get>(Items(), [] { return Queue<int>(); });
///     }
///
/// Commands, which client issues them, schedule and what chance decides are generated together and shrink together.

namespace corosim::testing {

namespace detail {

/// What a command returned, of any type; or that it waits.
class Answer {
 public:
  static Answer waits() { return Answer(); }
  template <std::equality_comparable T>
  explicit Answer(T value)
      : value_(std::move(value)),
        equal_([](const std::any& a, const std::any& b) { return std::any_cast<T>(a) == *std::any_cast<T>(&b); }),
        text_([](const std::any& held) { return corosim::detail::result_text(*std::any_cast<T>(&held)); }) {}

  bool operator==(const Answer& other) const {
    if (value_.type() != other.value_.type()) return false;
    return !value_.has_value() || equal_(value_, other.value_);
  }
  std::string text() const { return value_.has_value() ? text_(value_) : "waits"; }

 private:
  Answer() = default;
  std::any value_;
  bool (*equal_)(const std::any&, const std::any&) = nullptr;
  std::string (*text_)(const std::any&) = nullptr;
};

}  // namespace detail

/// A command of any result: derive from Command.
template <class ModelT, class SystemT>
class AnyCommand {
 public:
  using Model = ModelT;
  using System = SystemT;
  using CommandType = AnyCommand;

  virtual ~AnyCommand() = default;

  /// States, by RC_PRE, in which states of the model the command goes through; in any where it is not overridden.
  /// Where it does not hold the command has to wait until it does. No sequence is generated in which one would wait for
  /// ever if a single client issued them all.
  virtual void checkPreconditions(const Model&) const {}
  /// As counterexamples and histories print it.
  virtual void show(std::ostream& out) const = 0;

  virtual detail::Answer expected(Model& model) const = 0;
  virtual Coro<detail::Answer> actual(System& system) const = 0;
};

/// A command, which is a value: it does not change, and each of its runs is alike.
template <class ModelT, class SystemT, class Result = void>
class Command : public AnyCommand<ModelT, SystemT> {
 public:
  /// What it does to the model, and what it returns there.
  virtual Result apply(ModelT& model) const = 0;
  /// What it does to the system. What an operation throws, and may, belongs into its result.
  virtual Coro<Result> run(SystemT& system) const = 0;

  detail::Answer expected(ModelT& model) const final {
    if constexpr (std::is_void_v<Result>) {
      apply(model);
      return detail::Answer(std::monostate());
    } else {
      return detail::Answer(apply(model));
    }
  }
  Coro<detail::Answer> actual(SystemT& system) const final {
    Coro<Result> running = run(system);
    if constexpr (std::is_void_v<Result>) {
      co_await std::move(running);
      co_return detail::Answer(std::monostate());
    } else {
      Result result = co_await std::move(running);
      co_return detail::Answer(std::move(result));
    }
  }
};

/// How a system is held against its model.
class ModelOptions {
 public:
  ModelOptions() = default;
  /// So many at most, each a task that issues its commands one after the other; with one, each command meets the state
  /// that it was generated for.
  ModelOptions& clients(std::size_t value) {
    clients_ = value;
    return *this;
  }
  /// Which runs are generated. A command that was cancelled may have taken effect or not, and its client issues no
  /// more.
  ModelOptions& runs(const RunSpace& value) {
    runs_ = value;
    return *this;
  }
  ModelOptions& check(const CheckOptions& value) {
    check_ = value;
    return *this;
  }

  std::size_t clients() const { return clients_; }
  const RunSpace& runs() const { return runs_; }
  const CheckOptions& check() const { return check_; }

 private:
  std::size_t clients_ = 3;
  RunSpace runs_;
  CheckOptions check_;
};

namespace detail {

template <class Model, class System>
using CommandPointer = std::shared_ptr<const AnyCommand<Model, System>>;

template <class Model, class System>
bool goes_through(const AnyCommand<Model, System>& command, const Model& model) {
  try {
    command.checkPreconditions(model);
    return true;
  } catch (const rc::detail::CaseResult& result) {
    if (result.type != rc::detail::CaseResult::Type::Discard) throw;
    return false;
  }
}

/// The model as a sequential object whose operations are commands. One that does not go through changes nothing.
template <class Model, class System>
struct CommandModel {
  struct Operation {
    CommandPointer<Model, System> command;
    std::string text() const {
      std::ostringstream out;
      command->show(out);
      return out.str();
    }
  };
  using Result = Answer;
  Answer apply(const Operation& operation) {
    return goes_through(*operation.command, state) ? operation.command->expected(state) : Answer::waits();
  }
  bool operator==(const CommandModel&) const = default;
  Model state;
};

/// A command with the client that issues it, in RapidCheck's terms.
template <class Model, class System>
class Issued final : public rc::state::Command<Model, System> {
 public:
  using CommandType = Issued;
  Issued(std::size_t c, CommandPointer<Model, System> issued) : client(c), command(std::move(issued)) {}
  void checkPreconditions(const Model& model) const override { command->checkPreconditions(model); }
  void apply(Model& model) const override { command->expected(model); }
  const std::size_t client;
  const CommandPointer<Model, System> command;
};

/// What the clients do, and how the run goes.
template <class Model, class System>
struct Experiment {
  using Script = std::vector<CommandPointer<Model, System>>;
  std::vector<std::pair<std::size_t, CommandPointer<Model, System>>> commands;  // with their clients, from 0
  SimulatedRun run;

  std::vector<Script> scripts() const {
    std::vector<Script> all;
    for (const auto& [client, command] : commands) {
      if (client >= all.size()) all.resize(client + 1);
      all[client].push_back(command);
    }
    return all;
  }
};

template <class Model, class System>
void showValue(const Experiment<Model, System>& experiment, std::ostream& out) {
  for (const auto& [client, command] : experiment.commands) {
    out << "client#" << client + 1 << ": ";
    command->show(out);
    out << '\n';
  }
  out << experiment.run.text();
}

/// Clients that issue nothing do not count.
template <class Model, class System>
Experiment<Model, System> experiment_of(const rc::state::Commands<Issued<Model, System>>& commands, SimulatedRun run) {
  std::set<std::size_t> clients;
  for (const auto& each : commands) clients.insert(each->client);
  Experiment<Model, System> experiment{{}, std::move(run)};
  for (const auto& each : commands) {
    const auto client = std::distance(clients.begin(), clients.find(each->client));
    experiment.commands.emplace_back(static_cast<std::size_t>(client), each->command);
  }
  return experiment;
}

template <class System, class... Commands, class Model>
rc::Gen<Experiment<Model, System>> experiments(const Model& initial, const ModelOptions& options) {
  const auto issue = [clients = options.clients()](const Model& state) {
    return rc::gen::apply(
        [](std::size_t client, CommandPointer<Model, System> command) {
          return std::make_shared<const Issued<Model, System>>(client, std::move(command));
        },
        rc::gen::inRange<std::size_t>(0, clients), rc::state::gen::execOneOfWithArgs<Commands...>()(state));
  };
  return rc::gen::apply(&experiment_of<Model, System>, rc::state::gen::commands(initial, issue),
                        testing::runs(options.runs()));
}

/// Has clients issue their commands, in one run. They hold it themselves, for where the task that made them is
/// cancelled.
template <class Model, class System>
class Clients : public std::enable_shared_from_this<Clients<Model, System>> {
 public:
  using Script = typename Experiment<Model, System>::Script;

  template <class MakeSystem>
  Clients(const Model& initial, MakeSystem& make_system)
      : system_(make_system()), history_(CommandModel<Model, System>{initial}) {}

  Coro<void> run(std::vector<Script> scripts, std::source_location where) {
    if (scripts.empty()) co_return;
    for (Script& script : scripts) {
      tasks_.push_back(create_task(client(this->shared_from_this(), tasks_.size(), std::move(script))));
    }
    under_way_.resize(tasks_.size());
    WaitOptions options;
    options.return_when(ReturnWhen::kFirstException).timeout(kPatience);
    auto [done, pending] = co_await wait(tasks_, options);
    for (const Task<void>& each : done) {
      if (!each.cancelled()) each.result();
    }
    if (may_wait()) {
      for (Task<void>& each : pending) each.cancel();
    }
    // Where they may not, this ends in a report of who waits for whom.
    if (!pending.empty()) co_await wait(std::move(pending));
    history_.require_linearizable(where);
  }

 private:
  using Operation = typename CommandModel<Model, System>::Operation;
  struct UnderWay {
    std::size_t number;  // in the history
    Operation operation;
  };
  /// After which clients that are not done are asked whether they may wait. It takes no time.
  static constexpr std::chrono::minutes kPatience{1};

  // A function, for its name in reports.
  static Coro<void> client(std::shared_ptr<Clients> all, std::size_t number, Script script) {
    for (const CommandPointer<Model, System>& command : script) {
      const Operation operation{command};
      const std::size_t call = all->history_.invoke(operation);
      all->under_way_[number] = UnderWay{call, operation};
      Answer answer = co_await command->actual(all->system_);
      all->history_.returned(call, std::move(answer));
    }
  }

  // Whether there is an order in which, in the end, no command that is under way goes through.
  bool may_wait() const {
    std::vector<UnderWay> waiting;
    for (std::size_t i = 0; i < tasks_.size(); ++i) {
      if (tasks_[i].done()) continue;
      if (!under_way_[i]) return false;
      waiting.push_back(*under_way_[i]);
    }
    History<CommandModel<Model, System>> history = history_;
    for (const UnderWay& each : waiting) history.returned(each.number, Answer::waits());
    for (const UnderWay& each : waiting) history.returned(history.invoke(each.operation), Answer::waits());
    return history.check() == Linearizability::kLinearizable;
  }

  System system_;
  History<CommandModel<Model, System>> history_;
  std::vector<Task<void>> tasks_;
  std::vector<std::optional<UnderWay>> under_way_;  // of each client, the latest
};

}  // namespace detail

/// Generates sequences of `Commands`, has clients issue them to what `make_system()` returns, in a simulated run, and
/// fails the property unless the model, which begins as `initial`, explains what all of them returned: each command at
/// some instant between its call and its return. Clients that wait for ever fail it, too, where the model says that the
/// command of one would go through.
///
/// A command is made in a generator, so its members can be drawn by `*rc::gen::...`; it is given the state of the model
/// where it has such a constructor. One that is listed twice comes twice as often.
///
/// REQUIRES: a test of GoogleTest is under way. Equal models behave alike.
template <class... Commands, class Model, class MakeSystem>
void check_model(const Model& initial, MakeSystem make_system, const ModelOptions& options = ModelOptions(),
                 std::source_location where = std::source_location::current()) {
  using System = std::invoke_result_t<MakeSystem&>;
  static_assert(std::equality_comparable<Model>, "give the model an operator==, for the search through its states");
  static_assert((std::derived_from<Commands, AnyCommand<Model, System>> && ...),
                "check_model<Put, Get>(...): derive each command from Command<Model, System, Result>");
  const auto experiment = *detail::experiments<System, Commands...>(initial, options);
  const auto body = [&]() -> Coro<void> {
    const auto clients = std::make_shared<detail::Clients<Model, System>>(initial, make_system);
    co_await clients->run(experiment.scripts(), where);
  };
  testing::check(experiment.run, body, options.check());
}

}  // namespace corosim::testing

namespace corosim {
using testing::check_model;
using testing::Command;
using testing::ModelOptions;
}  // namespace corosim

namespace rc {

/// What counterexamples are headed by.
template <class Model, class System>
struct ShowType<corosim::testing::detail::Experiment<Model, System>> {
  static void showType(std::ostream& out) { out << "commands of clients, and the run"; }
};

}  // namespace rc
