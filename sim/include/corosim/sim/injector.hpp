#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <corosim/runtime/task_state.hpp>
#include <corosim/sim/injection.hpp>
#include <corosim/sim/run_result.hpp>
#include <corosim/sim/scheduler.hpp>
#include <corosim/sim/task_table.hpp>

namespace corosim::sim {

/// A wait that a task has come to: a place where a cancellation can be aimed at.
struct WaitReached {
  const detail::TaskState& task;
  std::uint32_t wait;  // 0: the task was made
  bool shielded;       // for a shield's outer future
  const TaskTable& tasks;

  std::string path() const { return tasks.path(task.id()); }
};

/// Told of each wait of the program's tasks, as it begins.
class WaitObserver {
 public:
  virtual ~WaitObserver() = default;
  virtual void reached(const WaitReached& wait) = 0;
};

/// Carries out the planned cancellations of a run. Told by the simulation what its tasks do.
class Injector {
 public:
  Injector(Scheduler& scheduler, const TaskTable& tasks) : scheduler_(scheduler), tasks_(tasks) {}

  /// A run begins.
  void begin(const std::vector<Injection>& plan, WaitObserver* observer);
  /// Carries out no more of it.
  void stop() { stopped_ = true; }
  /// Whether there is anything to do in this run.
  bool active() const { return !planned_.empty() || observer_ != nullptr; }

  void task_created(const detail::TaskState& task);
  void task_parked(const detail::TaskState& task);
  void task_resumed(const detail::TaskState& task);
  void task_ended(const detail::TaskState& task);
  void step_ended();
  void before_step(const detail::Runnable& handle);
  /// Time is about to pass. Returns whether something is ready after all.
  bool idle();

  /// Whether this run has had a cancellation that its program did not ask for.
  bool requested() const { return requested_; }
  /// What became of the plan, in its order.
  std::vector<Injected> take_outcomes();

 private:
  struct Planned {
    Injected outcome;
    const detail::TaskState* task = nullptr;  // while it exists and is not done
    bool armed = false;                       // the task rests in the wait in question
  };
  void notice_wait(const detail::TaskState& task, std::uint32_t wait, bool shielded);
  void request(Planned& planned);

  Scheduler& scheduler_;
  const TaskTable& tasks_;
  WaitObserver* observer_ = nullptr;
  std::vector<Planned> planned_;
  std::vector<std::uint32_t> waits_;  // so far, of task n at n - 1
  bool requested_ = false;
  bool stopped_ = false;
};

}  // namespace corosim::sim
