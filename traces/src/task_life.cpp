#include "task_life.hpp"

#include <algorithm>
#include <variant>

namespace corosim::traces {

namespace {

class Follower {
 public:
  explicit Follower(const Trace& trace) : trace_(trace), lives_(trace.tasks().size() + 1) {}

  std::vector<TaskLife> follow() {
    add_notes(kBeforeFirstStep);
    for (const Step& step : trace_.steps()) {
      TaskLife& life = of(step.task);
      ++life.steps;
      if (step.runs_task()) end_wait(life, step.time);
      add_notes(step.number);
    }
    for (TaskLife& life : lives_) {
      if (life.parked != nullptr) life.waited += trace_.steps().back().time - time_of(life.parked_in);
    }
    lives_.resize(trace_.tasks().size() + 1);
    return std::move(lives_);
  }

 private:
  /// Steps may be of tasks whose birth the trace does not hold.
  TaskLife& of(TaskId task) {
    if (task >= lives_.size()) lives_.resize(task + std::size_t{1});
    return lives_[task];
  }

  std::chrono::nanoseconds time_of(StepNumber number) const {
    const Step* step = trace_.step(number);
    return step == nullptr ? std::chrono::nanoseconds(0) : step->time;
  }

  void end_wait(TaskLife& life, std::chrono::nanoseconds time) {
    if (life.parked == nullptr) return;
    life.waited += time - time_of(life.parked_in);
    life.parked = nullptr;
  }

  void add_notes(StepNumber number) {
    for (const Note& note : trace_.notes(number)) {
      if (const auto* created = std::get_if<TaskCreated>(&note)) {
        of(created->task).born_in = number;
      } else if (const auto* parked = std::get_if<Parked>(&note)) {
        TaskLife& life = of(parked->task);
        end_wait(life, time_of(number));
        ++life.waits;
        life.parked = parked;
        life.parked_in = number;
      } else if (const auto* ended = std::get_if<TaskEnded>(&note)) {
        TaskLife& life = of(ended->task);
        end_wait(life, time_of(number));
        life.end = ended;
        life.ended_in = number;
      }
    }
  }

  const Trace& trace_;
  std::vector<TaskLife> lives_;
};

}  // namespace

std::vector<TaskLife> task_lives(const Trace& trace) { return Follower(trace).follow(); }

}  // namespace corosim::traces
