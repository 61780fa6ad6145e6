#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <corosim/runtime/coro.hpp>
#include <corosim/sim/conditions.hpp>
#include <corosim/sim/injector.hpp>
#include <corosim/sim/run_result.hpp>
#include <corosim/sim/scheduler.hpp>
#include <corosim/sim/simulated_executor.hpp>
#include <corosim/sim/world.hpp>

namespace corosim::sim {

/// A program under test: a name, which stands in traces and schedules, and a function that makes its main coroutine
/// anew for each run.
class Program {
 public:
  Program(std::string name, std::function<Coro<void>()> main) : name_(std::move(name)), main_(std::move(main)) {}

  const std::string& name() const { return name_; }
  Coro<void> main() const { return main_(); }

 private:
  std::string name_;
  std::function<Coro<void>()> main_;
};

/// How one run goes.
class RunOptions {
 public:
  RunOptions() = default;
  RunOptions& order(Order value) {
    order_ = value;
    return *this;
  }
  /// Takes the decisions; random ones by default. Not owned.
  RunOptions& strategy(Strategy& value) {
    strategy_ = &value;
    return *this;
  }
  RunOptions& seed(Seed value) {
    seed_ = value;
    return *this;
  }
  RunOptions& limits(const Limits& value) {
    limits_ = value;
    return *this;
  }
  /// Follow these decisions instead of asking the strategy; place 0 once they are used up. Not owned. `strategy` names
  /// the one that took them first.
  RunOptions& follow(const std::vector<std::uint32_t>& decisions, std::string_view strategy = kFollowed) {
    follow_ = &decisions;
    followed_strategy_ = strategy;
    return *this;
  }
  /// Compare each step. Not owned.
  RunOptions& observer(StepObserver& value) {
    observer_ = &value;
    return *this;
  }
  /// Write the run down. Not owned.
  RunOptions& recorder(Recorder& value) {
    recorder_ = &value;
    return *this;
  }
  /// Looks at each step, after it. Not owned.
  RunOptions& watch(StepWatcher& value) {
    watchers_.push_back(&value);
    return *this;
  }
  /// Watchers are told the values of Shared objects too, as text.
  RunOptions& detailed(bool value = true) {
    detailed_ = value;
    return *this;
  }
  /// All that the following three say.
  RunOptions& conditions(const Conditions& value) {
    conditions_ = value;
    return *this;
  }
  /// Cancel a task at one of its waits. May be called more than once.
  RunOptions& inject(Injection value) {
    conditions_.injections.push_back(std::move(value));
    return *this;
  }
  RunOptions& inject(const std::vector<Injection>& values) {
    conditions_.injections.insert(conditions_.injections.end(), values.begin(), values.end());
    return *this;
  }
  /// Have a draw come out as said. May be called more than once.
  RunOptions& override_draw(DrawOverride value) {
    conditions_.draws.push_back(std::move(value));
    return *this;
  }
  /// Have timers fire early or late.
  RunOptions& timer_jitter(const TimerJitter& value) {
    conditions_.jitter = value;
    return *this;
  }
  /// Append each draw of the run. Not owned.
  RunOptions& collect_draws(std::vector<Drawn>& into) {
    drawn_ = &into;
    return *this;
  }
  /// Tell of each wait. Not owned.
  RunOptions& waits(WaitObserver& value) {
    wait_observer_ = &value;
    return *this;
  }
  /// What to_thread() is like.
  RunOptions& executor(const ExecutorModel& value) {
    executor_ = value;
    return *this;
  }
  /// Take the program down after so many steps.
  RunOptions& stop_after(std::uint64_t steps) {
    stop_after_ = steps;
    return *this;
  }

 private:
  friend class Simulation;
  Order order_ = Order::kLegal;
  Strategy* strategy_ = nullptr;
  Seed seed_ = 0;
  Limits limits_;
  ExecutorModel executor_;
  const std::vector<std::uint32_t>* follow_ = nullptr;
  std::string followed_strategy_;
  StepObserver* observer_ = nullptr;
  Recorder* recorder_ = nullptr;
  std::vector<StepWatcher*> watchers_;
  bool detailed_ = false;
  Conditions conditions_;
  std::vector<Drawn>* drawn_ = nullptr;
  WaitObserver* wait_observer_ = nullptr;
  std::optional<std::uint64_t> stop_after_;
};

/// Runs programs under virtual time and a chosen schedule, one run after the other. A run depends on nothing but the
/// program and the options: same program, order, strategy and seed, same steps, same hash, same trace.
///
/// A run is asyncio's run(): main as a task; then tasks left over are cancelled and waited for; then the loop is
/// closed. Where cancellations were injected, a main task that ends cancelled is no failure: the run goes on to its end
/// as if main had returned.
class Simulation {
 public:
  Simulation();
  Simulation(const Simulation&) = delete;
  Simulation& operator=(const Simulation&) = delete;

  RunResult run(const Program& program, const RunOptions& options = RunOptions());

 private:
  RunEnd run_to_end(const Program& program, EventLoop& loop);
  RunEnd end_of_stopped_run(const EventLoop& loop) const;

  VirtualClock clock_;
  Scheduler scheduler_{clock_};
  World world_{scheduler_, clock_};
  Injector injector_{scheduler_, world_.tasks()};
  SimulatedExecutor executor_;
  RandomStrategy random_;
  Limits limits_;
};

/// The information about a run that its trace starts with.
traces::RunInfo run_info(const Program& program, Order order, std::string_view strategy, Seed seed,
                         const Conditions& conditions = {});

}  // namespace corosim::sim
