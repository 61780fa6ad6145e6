#pragma once

#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <corosim/runtime/event_loop.hpp>
#include <corosim/sim/injector.hpp>
#include <corosim/sim/monitor_list.hpp>
#include <corosim/sim/recorder.hpp>
#include <corosim/sim/run_result.hpp>
#include <corosim/sim/scheduler.hpp>
#include <corosim/sim/task_table.hpp>

namespace corosim::sim {

/// What one run knows of itself: its tasks, its first failure, and what the program draws and says. The loop's
/// instrument.
class World final : public Instrument {
 public:
  World(Scheduler& scheduler, const VirtualClock& clock) : scheduler_(scheduler), clock_(clock), monitors_(scheduler) {}

  /// A run begins, which fails with more than `most_warnings`. Null for who does not take part in it.
  void begin(Seed seed, Recorder* recorder, Injector* injector, std::uint64_t most_warnings);
  /// From here on the run is being taken down: what destructors do is not the program's.
  void close() {
    closed_ = true;
    origins_.clear();  // exceptions hold objects of the program
  }

  /// The world of the simulation that runs on this thread; null outside of one.
  static World* current();
  class Scope;

  void task_created(const detail::TaskState& task) override;
  void task_resumed(const detail::TaskState& task) override;
  void task_parked(const detail::TaskState& task) override;
  void task_ended(const detail::TaskState& task) override;
  void cancel_requested(const detail::TaskState& task) override;
  void step_ended() override;
  void mark(std::string_view text) override;
  bool unhandled(const ExceptionContext& context) override;

  /// A check of the program failed.
  void check_failed(std::string what, std::string place, std::string details = {});
  /// Asks after each step, from now on. Returns its number.
  std::uint64_t watch(Watched watched);
  void unwatch(std::uint64_t id);
  /// From here on chance() is false, timers are exact, and no cancellation is injected.
  void stop_faults();
  /// The run has come to a mark, by its number.
  void reach_mark(std::uint32_t number);
  /// Those that it has come to, each once.
  const std::vector<std::uint32_t>& marks() const { return marks_; }
  /// What `sample(random)` makes of the next random stream of who draws: a decision below `bound`; 0 stands for 2^64.
  template <class Sample>
  std::uint64_t draw(DrawKind kind, std::uint64_t bound, Sample sample) {
    Drawn drawn = begin_draw(kind, bound);
    Random random = stream_of(drawn);
    drawn.value = sample(random);
    return decided(drawn);
  }
  /// When a timer fires that was set for `when`.
  TimePoint draw_due(const TimerJitter& jitter, TimePoint when);
  /// From here on, in this run. `plain`: all others take their simplest value.
  void override_draws(const std::vector<DrawOverride>& overrides, bool plain);
  void collect_draws(std::vector<Drawn>* into) { drawn_ = into; }
  /// Those that took effect.
  std::vector<DrawOverride> take_overrides();
  /// The first failure so far.
  const std::optional<Failed>& failure() const { return failure_; }
  /// The program has ended, and these are left.
  void warn_of_pending(const EventLoop& loop);
  /// What was told as a warning so far, each once.
  const std::vector<Warning>& warnings() const { return warnings_; }
  /// The failure that is `exception` leaving the program.
  Failed failure_of(const std::exception_ptr& exception) const;
  /// The tasks that are left, in the order of their creation.
  std::vector<StoppedTask> stopped_tasks(const EventLoop& loop) const;
  const TaskTable& tasks() const { return tasks_; }
  /// The number of the step that runs now.
  std::uint64_t steps() const { return scheduler_.steps(); }

 private:
  // A task that ended in an exception, until it is known whether anybody handles it.
  struct Origin {
    std::exception_ptr exception;
    Failed failure;
  };
  struct Override {
    DrawOverride draw;
    bool taken = false;
  };
  Failed failure_here(std::string what) const;
  Drawn begin_draw(DrawKind kind, std::uint64_t bound);
  Random stream_of(const Drawn& drawn) const;
  std::uint64_t decided(Drawn drawn);
  void warn(Warning warning);
  void ask_monitors();
  void violated(const MonitorList::Violation& violation);

  Scheduler& scheduler_;
  const VirtualClock& clock_;
  Recorder* recorder_ = nullptr;
  Injector* injector_ = nullptr;
  TaskTable tasks_;
  Seed seed_ = 0;
  FlatMap<std::uint32_t> draws_;  // by who draws, and what: how often
  std::vector<Override> overrides_;
  bool plain_draws_ = false;
  bool faults_stopped_ = false;
  std::vector<Drawn>* drawn_ = nullptr;
  MonitorList monitors_;
  std::uint32_t latest_task_ = 0;  // that took a step; 0 for none
  std::vector<std::uint32_t> marks_;
  std::optional<Failed> failure_;
  std::vector<Warning> warnings_;
  std::uint64_t warnings_left_ = 0;  // so many more do not fail the run
  std::vector<Origin> origins_;
  bool closed_ = false;
};

/// Makes a world the current one of this thread.
class World::Scope {
 public:
  explicit Scope(World& world);
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;
  ~Scope();

 private:
  World* previous_;
};

}  // namespace corosim::sim
