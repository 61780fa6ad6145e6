#include <corosim/sim/world.hpp>

#include <utility>

#include <fmt/format.h>

namespace corosim::sim {

namespace {

constinit thread_local World* current_world = nullptr;
constexpr std::size_t kMostOrigins = 16;  // more failing tasks than that are told apart no more

std::vector<StackLine> stack_lines(const detail::TaskState& task) {
  std::vector<StackLine> lines;
  for (const StackFrame& frame : task.stack()) {
    lines.push_back({std::string(frame.function.function()), frame.awaiting.text()});
  }
  return lines;
}

}  // namespace

World* World::current() { return current_world; }

World::Scope::Scope(World& world) : previous_(std::exchange(current_world, &world)) {}
World::Scope::~Scope() { current_world = previous_; }

void World::begin(Seed seed, Recorder* recorder, Injector* injector) {
  recorder_ = recorder;
  injector_ = injector;
  tasks_.clear();
  seed_ = seed;
  draws_.clear();
  failure_.reset();
  origins_.clear();
  closed_ = false;
}

void World::task_created(const detail::TaskState& task) {
  tasks_.add(task);
  if (closed_) return;
  if (recorder_ != nullptr) recorder_->task_created(task, tasks_);
  if (injector_ != nullptr) injector_->task_created(task);
}

void World::task_resumed(const detail::TaskState& task) {
  if (injector_ != nullptr && !closed_) injector_->task_resumed(task);
}

void World::task_parked(const detail::TaskState& task) {
  if (closed_) return;
  if (recorder_ != nullptr) recorder_->task_parked(task);
  if (injector_ != nullptr) injector_->task_parked(task);
}

void World::step_ended() {
  if (injector_ != nullptr && !closed_) injector_->step_ended();
}

void World::task_ended(const detail::TaskState& task) {
  if (closed_) return;
  if (injector_ != nullptr) injector_->task_ended(task);
  if (recorder_ != nullptr) recorder_->task_ended(task);
  const std::exception_ptr& exception = task.future().peek_exception();
  if (exception && origins_.size() < kMostOrigins) {
    Failed failure = failure_here(describe(exception));
    failure.task = tasks_.path(task.id());
    origins_.push_back({exception, std::move(failure)});
  }
}

void World::cancel_requested(const detail::TaskState& task) {
  if (recorder_ != nullptr && !closed_) recorder_->cancel_requested(task);
}

void World::mark(std::string_view text) {
  if (recorder_ != nullptr && !closed_) recorder_->mark(text);
}

bool World::unhandled(const ExceptionContext& context) {
  if (!closed_ && !failure_) {
    Failed failure = context.exception ? failure_of(context.exception) : failure_here("");
    failure.what =
        context.exception ? fmt::format("{}: {}", context.message, describe(context.exception)) : context.message;
    if (context.site.known()) failure.what += fmt::format(" (made at {})", context.site.text());
    failure_ = std::move(failure);
    scheduler_.stop_failed();
  }
  return true;
}

void World::check_failed(std::string what, std::string place) {
  if (closed_ || failure_) return;
  failure_ = failure_here(std::move(what));
  failure_->place = std::move(place);
  scheduler_.stop_failed();
}

std::uint64_t World::draw(std::uint64_t bound) {
  // Each task has a stream of its own, so that what it draws does not depend on how the tasks are interleaved.
  const std::uint64_t drawer = detail::origin().name;
  Random random(mix(seed_ + 1) ^ drawer, kProgramStream + (std::uint64_t{++draws_[drawer]} << 8));
  const std::uint64_t value = bound == 0 ? random.next() : random.below(bound);
  if (closed_) return value;
  scheduler_.add_to_hash(value);
  if (recorder_ != nullptr) recorder_->draw("random", value);
  return value;
}

Failed World::failure_here(std::string what) const {
  Failed failure;
  failure.what = std::move(what);
  failure.step = scheduler_.steps();
  failure.time = clock_.now().time_since_epoch();
  if (detail::running_loop != nullptr) {
    if (const detail::TaskState* task = detail::running_loop->current_task()) {
      failure.task = tasks_.path(task->id());
      failure.stack = stack_lines(*task);
    }
  }
  return failure;
}

Failed World::failure_of(const std::exception_ptr& exception) const {
  for (const Origin& origin : origins_) {
    if (origin.exception == exception) return origin.failure;
  }
  return failure_here(describe(exception));
}

std::vector<StoppedTask> World::stopped_tasks(const EventLoop& loop) const {
  std::vector<StoppedTask> stopped;
  for (const detail::TaskState* task = loop.first_task(); task != nullptr; task = loop.next_task(*task)) {
    StoppedTask entry;
    entry.path = tasks_.path(task->id());
    entry.stack = stack_lines(*task);
    if (const detail::Waiter* waiter = task->parked()) {
      const WaitInfo info = waiter->info();
      entry.waits_for = std::string(info.what);
      if (info.holder != nullptr) {
        const std::string holder = tasks_.path(info.holder->id());
        entry.waits_for += info.what == "Task" ? " " + holder : ", held by " + holder;
      }
    } else {
      entry.waits_for = "nothing: ready to run";
    }
    stopped.push_back(std::move(entry));
  }
  return stopped;
}

}  // namespace corosim::sim
