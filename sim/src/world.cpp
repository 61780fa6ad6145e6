#include <corosim/sim/world.hpp>

#include <algorithm>
#include <array>
#include <utility>

#include <corosim/sim/check.hpp>
#include <corosim/sim/marks.hpp>

#include <fmt/format.h>

namespace corosim::sim {

namespace {

constinit thread_local World* current_world = nullptr;
// An object that is only ever read: who fails depends on nobody for it.
constexpr detail::ObjectId kFailedCheck = detail::mix_name(4);
constexpr std::size_t kMostOrigins = 16;  // more failing tasks than that are told apart no more

std::vector<StackLine> stack_lines(const detail::TaskState& task) {
  std::vector<StackLine> lines;
  for (const StackFrame& frame : task.stack()) {
    if (frame.function.function().starts_with("corosim_")) continue;  // what a test framework puts around a test
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
  faults_stopped_ = false;
  monitors_.clear();
  latest_task_ = 0;
  marks_.clear();
  origins_.clear();
  closed_ = false;
  set_looks_at_steps(injector != nullptr);  // and as soon as there is a monitor
  set_looks_at_waits(recorder != nullptr || injector != nullptr);
}

void World::task_created(const detail::TaskState& task) {
  tasks_.add(task);
  if (closed_) return;
  if (recorder_ != nullptr) recorder_->task_created(task, tasks_);
  if (injector_ != nullptr) injector_->task_created(task);
}

void World::task_resumed(const detail::TaskState& task) {
  latest_task_ = task.id();
  if (injector_ != nullptr && !closed_) injector_->task_resumed(task);
}

void World::task_parked(const detail::TaskState& task) {
  if (closed_) return;
  if (recorder_ != nullptr) recorder_->task_parked(task);
  if (injector_ != nullptr) injector_->task_parked(task);
}

void World::step_ended() {
  if (!monitors_.empty()) ask_monitors();
  if (injector_ != nullptr && !closed_) injector_->step_ended();
  latest_task_ = 0;
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
    if (!closed_) {
      Failed here = failure_here(context.message);
      warn({std::move(here.what), context.site.known() ? context.site.text() : "", std::move(here.task), here.step,
            here.time});
    }
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

void World::warn(Warning warning) {
  if (recorder_ != nullptr) recorder_->mark("warning: " + summary(warning));
  if (warnings_left_ == 0 && !failure_) {
    failure_ = failure_here(summary(warning));
    if (failure_->task.empty()) failure_->task = warning.task;
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

void World::warn_of_pending(const EventLoop& loop) {
  for (const detail::TaskState* task = loop.first_task(); task != nullptr; task = loop.next_task(*task)) {
    const detail::Waiter* const waiter = task->parked();
    const std::string wait =
        waiter != nullptr ? fmt::format("in its wait for {}", waiter->waits_for()) : "ready to run";
    const Site made = task->future().made_at();
    warn({fmt::format("task '{}'{} was still pending when the program ended, {}{}", task->function().function(),
                      made.known() ? fmt::format(", made at {},", made.text()) : "",
                      task->cancelling() > 0 ? "cancelled and " : "", wait),
          task->site().known() ? task->site().text() : "", tasks_.path(task->id()), scheduler_.steps(),
          clock_.now().time_since_epoch()});
  }
}

void World::check_failed(std::string what, std::string place, std::string details) {
  detail::touch_read(kFailedCheck, detail::kFail);
  if (closed_ || failure_) return;
  failure_ = failure_here(std::move(what));
  failure_->place = std::move(place);
  failure_->details = std::move(details);
  scheduler_.stop_failed();
}

std::uint64_t World::watch(Watched watched) {
  if (!looks_at_steps()) {
    set_looks_at_steps(true);
    const EventLoop* const loop = detail::running_loop;
    const detail::TaskState* const task = loop != nullptr ? loop->current_task() : nullptr;
    latest_task_ = task != nullptr ? task->id() : 0;
  }
  std::optional<MonitorList::Violation> violation;
  const std::uint64_t id = monitors_.add(std::move(watched), violation);
  if (violation) violated(*violation);
  return id;
}

// A run that is taken down is nobody's to judge.
void World::unwatch(std::uint64_t id) {
  const auto violation = monitors_.remove(id);
  if (violation && !closed_ && !scheduler_.ended()) violated(*violation);
}

void World::ask_monitors() {
  if (closed_ || failure_) return;
  if (const auto violation = monitors_.step_ended()) violated(*violation);
}

// The step is over, and its task perhaps as well.
void World::violated(const MonitorList::Violation& violation) {
  const bool is_known = failure_.has_value() || latest_task_ == 0;
  check_failed(violation.what, violation.where.text());
  if (is_known || !failure_ || !failure_->task.empty()) return;
  failure_->task = tasks_.path(latest_task_);
  const EventLoop* const loop = detail::running_loop;
  if (loop == nullptr) return;
  for (const detail::TaskState* task = loop->first_task(); task != nullptr; task = loop->next_task(*task)) {
    if (task->id() == latest_task_) failure_->stack = stack_lines(*task);
  }
}

void World::stop_faults() {
  faults_stopped_ = true;
  if (injector_ != nullptr) injector_->stop();
}

void World::reach_mark(std::uint32_t number) {
  if (closed_ || std::find(marks_.begin(), marks_.end(), number) != marks_.end()) return;
  marks_.push_back(number);
  if (recorder_ != nullptr) recorder_->mark("reached: " + declared_marks()[number].name);
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
  const bool is_fault = drawn.kind == DrawKind::kChance || drawn.kind == DrawKind::kJitter;
  if (plain_draws_ || (faults_stopped_ && is_fault)) drawn.value = 0;
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
      entry.waits_for = std::string(waiter->waits_for());
      if (const detail::TaskState* const holder = waiter->holder()) {
        entry.holder = tasks_.path(holder->id());
        entry.waits_for += (waiter->awaited_future() != nullptr ? " " : ", held by ") + entry.holder;
      }
    } else {
      entry.waits_for = "nothing: ready to run";
    }
    stopped.push_back(std::move(entry));
  }
  return stopped;
}

}  // namespace corosim::sim
