#include <corosim/sim/simulation.hpp>

#include <utility>

#include <corosim/runtime/event_loop.hpp>
#include <corosim/runtime/run.hpp>
#include <corosim/sim/check.hpp>
#include <corosim/sim/version.hpp>

namespace corosim::sim {

namespace {

// A cancellation is injected before others look: they see what the step delivers.
class InjectFirst final : public StepObserver {
 public:
  InjectFirst(Injector* injector, StepObserver* observer) : injector_(injector), observer_(observer) {}
  std::optional<Divergence> step(const StepTaken& taken) override {
    injector_->before_step(taken.handle);
    return observer_ != nullptr ? observer_->step(taken) : std::nullopt;
  }

 private:
  Injector* injector_;
  StepObserver* observer_;
};

}  // namespace

traces::RunInfo run_info(const Program& program, Order order, std::string_view strategy, Seed seed,
                         const Conditions& conditions) {
  traces::RunInfo info;
  info.program = program.name();
  info.order = to_string(order);
  info.strategy = strategy;
  info.seed = seed;
  info.version = kVersion;
  info.extra = facts_of(conditions);
  return info;
}

Simulation::Simulation() = default;

RunResult Simulation::run(const Program& program, const RunOptions& options) {
  Strategy& strategy = options.strategy_ != nullptr ? *options.strategy_ : random_;
  limits_ = options.limits_;
  clock_.reset(limits_.virtual_time());
  scheduler_.begin(options.order_, strategy, options.seed_, limits_, options.follow_);
  scheduler_.stop_after(options.stop_after_);
  std::vector<StepWatcher*> watchers = options.watchers_;
  if (strategy.watches() && options.follow_ == nullptr) watchers.insert(watchers.begin(), &strategy);
  if (options.recorder_ != nullptr && options.recorder_->watcher() != nullptr) {
    watchers.push_back(options.recorder_->watcher());
  }
  scheduler_.watch(std::move(watchers), options.detailed_);
  detail::outside_origin = detail::Origin();
  const std::int64_t blocks_before = detail::FramePool::blocks_in_use();
  injector_.begin(options.conditions_.injections, options.wait_observer_);
  Injector* const injector = injector_.active() ? &injector_ : nullptr;
  if (injector != nullptr) clock_.on_idle([injector] { return injector->idle(); });
  InjectFirst inject_first(injector, options.observer_);
  scheduler_.tell(injector != nullptr ? &inject_first : options.observer_, options.recorder_);
  executor_.begin(options.executor_);
  world_.begin(options.seed_, options.recorder_, injector, limits_.warnings());
  world_.override_draws(options.conditions_.draws, options.conditions_.plain_draws);
  world_.collect_draws(options.drawn_);
  const TimerJitter& jitter = options.conditions_.jitter;
  if (!jitter.none()) clock_.on_timer([this, jitter](TimePoint when) { return world_.draw_due(jitter, when); });
  const World::Scope scope(world_);
  const std::string strategy_name(options.follow_ != nullptr ? options.followed_strategy_ : strategy.name());
  if (options.recorder_ != nullptr) {
    options.recorder_->begin(run_info(program, options.order_, strategy_name, options.seed_, options.conditions_));
  }

  EventLoopPtr loop =
      new_event_loop(LoopOptions().clock(clock_).policy(scheduler_).instrument(world_).executor(executor_));
  RunEnd end = run_to_end(program, *loop);
  scheduler_.finish();
  // A program that came to its end is taken down as part of the run: what nobody retrieved is reported now.
  if (!std::holds_alternative<Completed>(end)) world_.close();
  if (options.recorder_ != nullptr) {
    scheduler_.for_each_ready(
        [&](const detail::Runnable& handle) { options.recorder_->left_ready(handle.task(), handle.cause); });
  }
  loop.reset();
  if (world_.failure() && !std::holds_alternative<Diverged>(end) && !std::holds_alternative<Stopped>(end)) {
    end = *world_.failure();
  }
  world_.close();
  scheduler_.add_to_hash(end.index());
  if (options.recorder_ != nullptr) options.recorder_->end(end, clock_.now(), scheduler_.hash());
  scheduler_.tell(nullptr, nullptr);
  if (options.follow_ == nullptr) strategy.end(is_failure(end));

  RunResult result;
  result.end = std::move(end);
  result.order = options.order_;
  result.strategy = strategy_name;
  result.seed = options.seed_;
  result.steps = scheduler_.steps();
  result.time = clock_.now().time_since_epoch();
  result.hash = scheduler_.hash();
  result.trail = scheduler_.trail();
  result.decisions = scheduler_.decisions();
  result.injections = injector_.take_outcomes();
  result.draws = world_.take_overrides();
  result.jitter = jitter;
  result.plain_draws = options.conditions_.plain_draws;
  result.blocks_left = detail::FramePool::blocks_in_use() - blocks_before;
  result.warnings = world_.warnings();
  result.marks = world_.marks();
  return result;
}

// CPython 3.14 `runners.py`, Runner.run and Runner.close.
RunEnd Simulation::run_to_end(const Program& program, EventLoop& loop) {
  try {
    try {
      loop.run_until_complete(program.main(), std::source_location());
      // asyncio cancels them without a word, so only who asked for warnings is told.
      if (limits_.warnings() != Limits().warnings()) world_.warn_of_pending(loop);
    } catch (const DeadlockError&) {
      throw;
    } catch (const RunEndedError&) {
      throw;
    } catch (const CancelledError&) {
      if (!injector_.requested()) return world_.failure_of(std::current_exception());
    } catch (...) {
      return world_.failure_of(std::current_exception());
    }
    detail::shut_down(loop);
  } catch (const DeadlockError&) {
    if (clock_.limit_reached())
      return TimeLimit{true, limits_.virtual_time(), world_.stopped_tasks(loop), scheduler_.last_steps(world_.tasks())};
    return Deadlock{world_.stopped_tasks(loop)};
  } catch (const RunEndedError&) {
    return end_of_stopped_run(loop);
  } catch (const RecursionError&) {  // of shut_down: tasks that await each other in a cycle are left for ever
    return Deadlock{world_.stopped_tasks(loop)};
  }
  return Completed{world_.stopped_tasks(loop)};
}

RunEnd Simulation::end_of_stopped_run(const EventLoop& loop) const {
  switch (scheduler_.end()) {
    case Scheduler::End::kStepLimit:
      return StepLimit{limits_.steps(), world_.stopped_tasks(loop), scheduler_.last_steps(world_.tasks())};
    case Scheduler::End::kRealTimeLimit:
      return TimeLimit{false, limits_.real_time(), world_.stopped_tasks(loop), scheduler_.last_steps(world_.tasks())};
    case Scheduler::End::kDiverged:
      return Diverged{*scheduler_.divergence()};
    case Scheduler::End::kFailed:
      return *world_.failure();
    case Scheduler::End::kStopped:
    case Scheduler::End::kNone:
      break;
  }
  return Stopped();
}

}  // namespace corosim::sim
