#include <corosim/sim/world.hpp>

#include <algorithm>
#include <array>
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

void World::begin(Seed seed, Recorder* recorder, Injector* injector, std::uint64_t most_warnings) {
  recorder_ = recorder;
  injector_ = injector;
  tasks_.clear();
  seed_ = seed;
  draws_.clear();
  failure_.reset();
  warnings_.clear();
  warnings_left_ = most_warnings;
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
  if (closed_) return;
  scheduler_.mark(text);
  if (recorder_ != nullptr) recorder_->mark(text);
}

bool World::unhandled(const ExceptionContext& context) {
  if (context.severity == Severity::kWarning) {
    if (!closed_) warn(context);
  } else if (!closed_ && !failure_) {
    Failed failure = context.exception ? failure_of(context.exception) : failure_here("");
    failure.what =
        context.exception ? fmt::format("{}: {}", context.message, describe(context.exception)) : context.message;
    if (context.site.known()) failure.what += fmt::format(" (made at {})", context.site.text());
    failure_ = std::move(failure);
    scheduler_.stop_failed();
  }
  return true;
}

void World::warn(const ExceptionContext& context) {
  const Failed here = failure_here(context.message);
  Warning warning{here.what, context.site.known() ? context.site.text() : "", here.task, here.step, here.time};
  if (recorder_ != nullptr) recorder_->mark("warning: " + summary(warning));
  if (warnings_left_ == 0 && !failure_) {
    failure_ = here;
    failure_->what = summary(warning);
  }
  if (warnings_left_ > 0) --warnings_left_;
  const auto same = [&](const Warning& other) { return other.what == warning.what && other.place == warning.place; };
  const auto found = std::find_if(warnings_.begin(), warnings_.end(), same);
  if (found != warnings_.end()) {
    ++found->count;
  } else {
    warnings_.push_back(std::move(warning));
  }
}

void World::check_failed(std::string what, std::string place) {
  if (closed_ || failure_) return;
  failure_ = failure_here(std::move(what));
  failure_->place = std::move(place);
  scheduler_.stop_failed();
}

// Each task has streams of its own, so that what it draws does not depend on how the tasks are interleaved.
Drawn World::begin_draw(DrawKind kind, std::uint64_t bound) {
  const std::uint64_t drawer = detail::origin().name;
  const std::uint64_t key = kind == DrawKind::kRandom ? drawer : drawer ^ mix(static_cast<std::uint64_t>(kind));
  return {kind, drawer, ++draws_[key], bound, 0};
}

Random World::stream_of(const Drawn& drawn) const {
  constexpr std::array<std::uint64_t, kAllDrawKinds.size()> kStreams{kProgramStream, kChanceStream, kLatencyStream,
                                                                     kJitterStream, kExecutorStream};
  const std::uint64_t stream = kStreams[static_cast<std::size_t>(drawn.kind)];
  return Random(mix(seed_ + 1) ^ drawn.drawer, stream + (std::uint64_t{drawn.nth} << 8));
}

std::uint64_t World::decided(Drawn drawn) {
  if (closed_) return drawn.value;
  if (plain_draws_) drawn.value = 0;
  for (Override& each : overrides_) {
    DrawOverride& draw = each.draw;
    if (draw.kind() != drawn.kind || draw.nth() != drawn.nth) continue;
    const EventLoop* const loop = detail::running_loop;
    const detail::TaskState* const task = loop != nullptr ? loop->current_task() : nullptr;
    const bool by_task = task != nullptr && task->path_hash() == drawn.drawer;
    const bool by_path_only = draw.drawer().path_hash() == 0 && !draw.drawer().path().empty();
    const bool named =
        by_path_only ? by_task && tasks_.is_named(*task, draw.drawer()) : draw.drawer().path_hash() == drawn.drawer;
    if (!named) continue;
    draw.set_drawer(by_task ? TaskName(tasks_.path(task->id()), drawn.drawer) : TaskName(drawn.drawer));
    each.taken = true;
    drawn.value = drawn.bound == 0 ? draw.value() : std::min(draw.value(), drawn.bound - 1);
  }
  scheduler_.add_to_hash(drawn.value);
  if (recorder_ != nullptr) recorder_->draw(to_string(drawn.kind), drawn.value);
  if (drawn_ != nullptr) drawn_->push_back(drawn);
  return drawn.value;
}

TimePoint World::draw_due(const TimerJitter& jitter, TimePoint when) {
  const std::uint64_t bound = jitter.bound();
  const auto sample = [bound](Random& random) { return random.below(2) == 0 ? 0 : random.below(bound); };
  const TimePoint due = when + jitter.offset(draw(DrawKind::kJitter, bound, sample));
  return std::max(due, std::min(when, clock_.now()));
}

void World::override_draws(const std::vector<DrawOverride>& overrides, bool plain) {
  plain_draws_ = plain;
  overrides_.clear();
  for (const DrawOverride& draw : overrides) overrides_.push_back({draw, false});
}

std::vector<DrawOverride> World::take_overrides() {
  std::vector<DrawOverride> taken;
  for (Override& each : overrides_) {
    if (each.taken) taken.push_back(std::move(each.draw));
  }
  overrides_.clear();
  drawn_ = nullptr;
  return taken;
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
        entry.holder = tasks_.path(info.holder->id());
        entry.waits_for += (info.what == "Task" ? " " : ", held by ") + entry.holder;
      }
    } else {
      entry.waits_for = "nothing: ready to run";
    }
    stopped.push_back(std::move(entry));
  }
  return stopped;
}

}  // namespace corosim::sim
