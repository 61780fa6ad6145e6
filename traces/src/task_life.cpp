#include "task_life.hpp"

#include <utility>
#include <variant>

#include "each_event.hpp"
#include "step_story.hpp"

namespace corosim::traces {

namespace {

class Follower {
 public:
  void add(const StepStory& story) {
    const Step& step = story.step;
    now_ = {step.number, step.time};
    if (step.number != kBeforeFirstStep) {
      TaskLife& life = of(step.task);
      ++life.steps;
      if (step.runs_task()) end_wait(life);
    }
    for (const Note& note : story.notes) add(note);
  }

  std::vector<TaskLife> finish() {
    for (TaskLife& life : lives_) {
      if (life.parked) life.waited += now_.time - life.parked_at.time;
    }
    return std::move(lives_);
  }

 private:
  /// Steps may be of tasks whose birth the trace does not hold.
  TaskLife& of(TaskId task) {
    if (task >= lives_.size()) lives_.resize(task + std::size_t{1});
    return lives_[task];
  }

  void end_wait(TaskLife& life) const {
    if (!life.parked) return;
    life.waited += now_.time - life.parked_at.time;
    life.parked.reset();
  }

  void add(const Note& note) {
    if (const auto* created = std::get_if<TaskCreated>(&note)) {
      of(created->task).born_in = now_.step;
    } else if (const auto* parked = std::get_if<Parked>(&note)) {
      TaskLife& life = of(parked->task);
      end_wait(life);
      ++life.waits;
      life.parked = *parked;
      life.parked_at = now_;
    } else if (const auto* ended = std::get_if<TaskEnded>(&note)) {
      TaskLife& life = of(ended->task);
      end_wait(life);
      life.end = *ended;
      life.ended_at = now_;
    }
  }

  TaskLife::Moment now_;
  std::vector<TaskLife> lives_;
};

}  // namespace

std::vector<TaskLife> task_lives(Reader reader) {
  Follower follower;
  StepStories stories([&follower](const StepStory& story) { follower.add(story); });
  each_event(reader, [&stories](Event&& event) { stories.tell(std::move(event)); });
  stories.finish();
  return follower.finish();
}

}  // namespace corosim::traces
