#include <corosim/sim/scheduler.hpp>

#include <algorithm>
#include <utility>

#include <corosim/runtime/assert.hpp>
#include <corosim/runtime/task_state.hpp>
#include <corosim/sim/recorder.hpp>

#include <fmt/format.h>

namespace corosim::sim {

namespace {
// A handle that waits behind another of its lane has no place of its own.
constexpr std::uint64_t kBehind = static_cast<std::uint64_t>(-1);

// Who stands in which order in a lane, which new handles and withdrawn ones change; and who stands in front, which
// taking the first one reads and withdrawing any one writes. Taking one and adding another can be swapped.
detail::ObjectId line_of(const Lane& lane) { return lane.name; }
detail::ObjectId front_of(const Lane& lane) { return ~lane.name; }

constexpr std::uint64_t kStepsPerLookAtTheClock = 4096;
}  // namespace

void Scheduler::begin(Order order, Strategy& strategy, Seed seed, const Limits& limits,
                      const std::vector<std::uint32_t>* decisions) {
  order_ = order;
  strategy_ = &strategy;
  strategy.begin(seed);
  followed_ = decisions;
  limits_ = limits;
  real_deadline_ = std::chrono::steady_clock::now() + limits.real_time();
  last_steps_.begin();
  counted_from_ = limits.steps() / 2;
  counted_since_ = TimePoint(limits.virtual_time() / 2);
  next_look_at_limits_ = 0;
  picks_always_ = strategy.picks_always();
  watchers_.clear();
  log_.clear();
  current_.running = false;
  queue_.clear();
  ready_.clear();
  steps_ = 0;
  hash_ = mix(seed + 1);
  trail_.clear();
  decisions_.clear();
  divergence_.reset();
  end_ = End::kNone;
}

void Scheduler::watch(std::vector<StepWatcher*> watchers, bool detailed) {
  watchers_ = std::move(watchers);
  names_actors_ = strategy_->sees_actors() || !watchers_.empty();
  if (watchers_.empty()) return;
  log_.begin(detailed);
  detail::access_log = &log_;
  steps_of_.assign(actors_.size(), 0);
}

void Scheduler::finish() {
  finish_step();
  trail_.add(steps_, hash_);
  if (end_ == End::kNone && !watchers_.empty()) {
    left_.clear();
    for (std::size_t place = 0; place < ready_.size(); ++place) left_.push_back(pending(ready_[place]));
    for (StepWatcher* watcher : watchers_) watcher->ended(left_);
  }
  watchers_.clear();
  detail::access_log = nullptr;
}

void Scheduler::finish_step() {
  if (!current_.running) {  // what was touched before the first step is nobody's
    log_.clear();
    return;
  }
  current_.running = false;
  current_.step.touches = log_.touches();
  current_.step.details = log_.details();
  current_.step.names = log_.names();
  for (StepWatcher* watcher : watchers_) watcher->executed(current_.step);
  log_.clear();
}

// Handles of a promised order are one actor: under `legal` the callbacks of the loop. Tasks that a lock wakes in order
// stay themselves.
void Scheduler::name_actor(detail::Runnable& handle) {
  const bool is_lane = handle.lane != nullptr && handle.kind() == HandleKind::kCallback;
  Actor& actor = actors_[is_lane ? handle.lane->name : handle.identity()];
  if (actor == 0) actor = static_cast<Actor>(actors_.size());
  handle.actor = actor - 1;
}

void Scheduler::push(detail::Runnable& handle) {
  if (order_ == Order::kAny) handle.lane = nullptr;
  if (names_actors_ && handle.actor == detail::Runnable::kNoActor) name_actor(handle);
  if (order_ == Order::kFifo) {
    queue_.push(handle);
    return;
  }
  handle.lane_next = nullptr;
  if (handle.lane != nullptr) detail::touch_write(line_of(*handle.lane), "schedule");
  Lane* const lane = handle.lane;
  if (lane == nullptr) {
    ready_.push(handle);
  } else if (lane->first == nullptr) {
    lane->first = lane->last = &handle;
    ready_.push(handle);
  } else {
    handle.position = kBehind;
    lane->last->lane_next = &handle;
    lane->last = &handle;
  }
}

detail::Runnable* Scheduler::pop() {
  if (!watchers_.empty()) finish_step();
  if (!within_limits()) return nullptr;
  if (order_ == Order::kFifo) {
    const detail::Runnable* const next = queue_.front();
    return next == nullptr || account(*next, 1, 0) ? queue_.pop() : nullptr;
  }
  const std::size_t ready = ready_.size();
  const std::size_t chosen = ready > 1 || picks_always_ ? choose(ready) : 0;
  if (chosen >= ready) [[unlikely]] {
    if (chosen == Strategy::kAbandon) {
      end_ = End::kStopped;
    } else {
      diverge({steps_ + 1, fmt::format("a choice of place {} among the ready lanes", chosen),
               fmt::format("{} ready lanes", ready)});
    }
    return nullptr;
  }
  detail::Runnable& handle = ready_[chosen];
  if (!account(handle, ready, chosen)) return nullptr;
  take(handle, chosen);
  return &handle;
}

std::size_t Scheduler::choose(std::size_t ready) {
  std::size_t chosen = 0;
  if (followed_ == nullptr) {
    chosen = strategy_->pick(ready_);
    if (chosen == Strategy::kAbandon) return chosen;
    COROSIM_ASSERT_CMP(chosen, <, ready);
  } else if (ready > 1 && decisions_.size() < followed_->size()) {
    chosen = (*followed_)[decisions_.size()];
  }
  if (ready > 1) decisions_.push_back(static_cast<std::uint32_t>(chosen));
  return chosen;
}

// The next handle of the lane, if there is one, stands where its predecessor stood.
void Scheduler::take(detail::Runnable& handle, std::size_t place) {
  Lane* const lane = handle.lane;
  if (lane == nullptr) {
    ready_.remove(place);
    return;
  }
  COROSIM_ASSERT(lane->first == &handle);
  lane->first = handle.lane_next;
  if (lane->first != nullptr) {
    ready_.replace(place, *lane->first);
  } else {
    lane->last = nullptr;
    ready_.remove(place);
  }
}

Pending Scheduler::pending(const detail::Runnable& handle) {
  return {handle.actor, handle.kind(), handle.identity(), handle.cause, handle.position != kBehind};
}

void Scheduler::withdraw(detail::Runnable& handle) {
  for (StepWatcher* watcher : watchers_) watcher->withdrawn(pending(handle));
  if (handle.lane != nullptr) {
    detail::touch_write(line_of(*handle.lane), "withdraw");
    detail::touch_write(front_of(*handle.lane), "withdraw");
  }
  if (order_ == Order::kFifo) {
    queue_.withdraw(handle);
  } else if (handle.position != kBehind) {
    ready_.note_withdrawal();
    take(handle, ready_.place_of(handle));
  } else {
    COROSIM_ASSERT(handle.lane != nullptr);
    detail::Runnable* before = handle.lane->first;
    while (before->lane_next != &handle) before = before->lane_next;
    before->lane_next = handle.lane_next;
    if (handle.lane->last == &handle) handle.lane->last = before;
  }
}

bool Scheduler::look_at_limits() {
  if (end_ != End::kNone) return false;
  if (steps_ >= limits_.steps()) {
    end_ = End::kStepLimit;
  } else if (stop_after_ && steps_ >= *stop_after_) {
    end_ = End::kStopped;
  } else if (steps_ % kStepsPerLookAtTheClock == kStepsPerLookAtTheClock - 1) {
    const auto now = std::chrono::steady_clock::now();
    if (now > real_deadline_) end_ = End::kRealTimeLimit;
    if (now > real_deadline_ - limits_.real_time() / 2) counted_from_ = std::min(counted_from_, steps_);
  }
  const std::uint64_t next_look_at_clock = steps_ + kStepsPerLookAtTheClock - (steps_ + 1) % kStepsPerLookAtTheClock;
  next_look_at_limits_ = std::min({next_look_at_clock, limits_.steps(), stop_after_.value_or(limits_.steps())});
  return end_ == End::kNone;
}

// At half of the limit of steps they are counted anew, so that what is said of a run that comes to that limit does not
// depend on real time.
void Scheduler::count_last_steps(const detail::Runnable& handle) {
  if (steps_ == limits_.steps() / 2 + 1) last_steps_.begin();
  last_steps_.add(steps_, handle, clock_.now());
}

bool Scheduler::account(const detail::Runnable& handle, std::size_t ready, std::size_t chosen) {
  trail_.add(steps_, hash_);
  ++steps_;
  const detail::TaskState* const task = handle.task();
  const std::uint64_t who = task != nullptr ? task->path_hash() : 0;
  const TimePoint now = clock_.now();
  const auto when = static_cast<std::uint64_t>(now.time_since_epoch().count());
  const HandleKind kind = handle.kind();
  add_to_hash(who + when * 31 + (static_cast<std::uint64_t>(kind) << 8) + (ready << 16));
  if (steps_ > counted_from_ || now > counted_since_) [[unlikely]] {
    count_last_steps(handle);
  }
  if (!watchers_.empty()) tell_watchers_of(handle, ready);
  if (observer_ == nullptr && recorder_ == nullptr) return true;
  const StepTaken taken{
      steps_, handle, task, kind, now, static_cast<std::uint32_t>(ready), static_cast<std::uint32_t>(chosen)};
  if (observer_ != nullptr && !tell_observer(taken)) return false;
  if (recorder_ != nullptr) recorder_->step(taken);
  return true;
}

void Scheduler::tell_watchers_of(const detail::Runnable& handle, std::size_t ready) {
  const detail::TaskState* const task = handle.task();
  if (handle.actor >= steps_of_.size()) steps_of_.resize(handle.actor + 1);
  if (handle.lane != nullptr) detail::touch_read(front_of(*handle.lane), "run");
  current_.running = true;
  Executed& step = current_.step;
  step.number = steps_;
  step.actor = handle.actor;
  step.nth = ++steps_of_[handle.actor];
  step.kind = handle.kind();
  step.name = handle.identity();
  step.site = handle.site();
  step.task = task != nullptr ? task->id() : 0;
  step.cause = handle.cause;
  step.follows = handle.lane != nullptr ? std::exchange(handle.lane->last_taken, steps_) : 0;
  step.time = clock_.now();
  step.ready = static_cast<std::uint32_t>(ready);
}

bool Scheduler::tell_observer(const StepTaken& taken) {
  auto divergence = observer_->step(taken);
  if (!divergence) return true;
  diverge(std::move(*divergence));
  return false;
}

void Scheduler::diverge(Divergence divergence) {
  divergence_ = std::move(divergence);
  end_ = End::kDiverged;
}

}  // namespace corosim::sim
