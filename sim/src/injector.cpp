#include <corosim/sim/injector.hpp>

#include <utility>

#include <corosim/runtime/event_loop.hpp>

namespace corosim::sim {

namespace {
constexpr std::uint32_t kMainTask = 1;
constexpr std::uint32_t kNotCounted = static_cast<std::uint32_t>(-1);
}  // namespace

void Injector::begin(const std::vector<Injection>& plan, WaitObserver* observer) {
  observer_ = observer;
  planned_.clear();
  for (const Injection& injection : plan) planned_.push_back({{injection, 0, 0, false, {}}, nullptr, false});
  waits_.clear();
  requested_ = false;
  stopped_ = false;
}

void Injector::task_created(const detail::TaskState& task) {
  // What is made outside of any step, but for main, is asyncio's own: the tasks that shut the loop down.
  const bool of_program = task.id() == kMainTask || detail::current_origin() != nullptr;
  waits_.push_back(of_program ? 0 : kNotCounted);
  COROSIM_ASSERT_CMP(waits_.size(), ==, task.id());
  if (!of_program) return;
  for (Planned& planned : planned_) {
    Injection& injection = planned.outcome.injection;
    if (planned.task != nullptr || planned.outcome.requests > 0) continue;
    if (!tasks_.is_named(task, injection.task())) continue;
    injection.set_task(TaskName(tasks_.path(task.id()), task.path_hash()));
    planned.task = &task;
  }
  notice_wait(task, 0, false);
}

void Injector::task_parked(const detail::TaskState& task) {
  if (waits_[task.id() - 1] == kNotCounted) return;
  const detail::Waiter* const waiter = task.parked();
  notice_wait(task, ++waits_[task.id() - 1], waiter != nullptr && waiter->waits_for() == kShieldWait);
}

void Injector::notice_wait(const detail::TaskState& task, std::uint32_t wait, bool shielded) {
  for (Planned& planned : planned_) {
    if (planned.task != &task) continue;
    Injected& outcome = planned.outcome;
    const bool again = outcome.injection.moment() == Moment::kAgain && outcome.requests == 1;
    planned.armed = outcome.injection.wait() == wait || again;
    if (!planned.armed || again) continue;
    outcome.stack = task.stack();
    outcome.shielded = shielded;
  }
  if (observer_ != nullptr) observer_->reached({task, wait, shielded, tasks_});
}

void Injector::task_resumed(const detail::TaskState& task) {
  for (Planned& planned : planned_) {
    if (planned.task != &task || !std::exchange(planned.armed, false)) continue;
    if (planned.outcome.injection.moment() == Moment::kResumed) request(planned);
  }
}

void Injector::task_ended(const detail::TaskState& task) {
  for (Planned& planned : planned_) {
    if (planned.task != &task) continue;
    planned.task = nullptr;
    planned.armed = false;
  }
}

void Injector::step_ended() {
  for (Planned& planned : planned_) {
    if (!planned.armed) continue;
    switch (planned.outcome.injection.moment()) {
      case Moment::kUnstarted:
      case Moment::kAgain:
        planned.armed = false;
        request(planned);
        break;
      case Moment::kTwice:
        planned.armed = false;
        request(planned);
        request(planned);
        break;
      case Moment::kParked:
        planned.armed = false;
        if (planned.task->parked() != nullptr) request(planned);
        break;
      case Moment::kWoken:
        if (!planned.task->ready()) break;
        planned.armed = false;
        request(planned);
        break;
      case Moment::kIdle:
      case Moment::kResuming:
      case Moment::kResumed:
        break;
    }
  }
}

void Injector::before_step(const detail::Runnable& handle) {
  for (Planned& planned : planned_) {
    if (!planned.armed || static_cast<const detail::Runnable*>(planned.task) != &handle) continue;
    const Moment moment = planned.outcome.injection.moment();
    // No step has ended before the first task starts.
    if (moment != Moment::kResuming && moment != Moment::kUnstarted) continue;
    planned.armed = false;
    request(planned);
  }
}

bool Injector::idle() {
  for (Planned& planned : planned_) {
    if (!planned.armed || planned.outcome.injection.moment() != Moment::kIdle) continue;
    planned.armed = false;
    request(planned);
  }
  return scheduler_.pass_length() > 0;
}

void Injector::request(Planned& planned) {
  if (stopped_) return;
  Injected& outcome = planned.outcome;
  if (outcome.requests++ == 0) outcome.step = scheduler_.steps();
  requested_ = true;
  scheduler_.add_to_hash(mix(outcome.injection.task().path_hash()) + outcome.injection.wait() * 31 +
                         static_cast<std::uint64_t>(outcome.injection.moment()));
  detail::FutureState& future = planned.task->future();
  try {
    future.cancel(CancelMessage());
  } catch (...) {  // tasks that await each other in a cycle
    future.loop().call_exception_handler(
        {"Exception in a cancellation", std::current_exception(), planned.task->site()});
  }
}

std::vector<Injected> Injector::take_outcomes() {
  std::vector<Injected> outcomes;
  for (Planned& planned : planned_) outcomes.push_back(std::move(planned.outcome));
  planned_.clear();
  observer_ = nullptr;
  return outcomes;
}

}  // namespace corosim::sim
