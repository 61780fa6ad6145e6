#include <corosim/sim/recorder.hpp>

#include <algorithm>
#include <span>
#include <vector>

#include <string>
#include <type_traits>

#include <corosim/runtime/errors.hpp>

namespace corosim::sim {

namespace {

Duration since_start(TimePoint now) { return now.time_since_epoch(); }

std::uint32_t id_of(const detail::TaskState* task) { return task != nullptr ? task->id() : traces::kNoTask; }

traces::Outcome outcome_of(const RunEnd& end) {
  struct Visitor {
    traces::Outcome operator()(const Completed&) const { return traces::Outcome::completed; }
    traces::Outcome operator()(const Failed&) const { return traces::Outcome::failed; }
    traces::Outcome operator()(const Deadlock&) const { return traces::Outcome::deadlock; }
    traces::Outcome operator()(const StepLimit&) const { return traces::Outcome::step_limit; }
    traces::Outcome operator()(const TimeLimit&) const { return traces::Outcome::time_limit; }
    traces::Outcome operator()(const Diverged&) const { return traces::Outcome::diverged; }
    traces::Outcome operator()(const Stopped&) const { return traces::Outcome::step_limit; }
  };
  return std::visit(Visitor(), end);
}

}  // namespace

traces::StepKind step_kind(const detail::Runnable& handle) {
  switch (handle.kind()) {
    case HandleKind::kTaskStart:
      return handle.task()->delivers_cancellation() ? traces::StepKind::task_cancel : traces::StepKind::task_start;
    case HandleKind::kTaskResume:
      return handle.task()->delivers_cancellation() ? traces::StepKind::task_cancel : traces::StepKind::task_resume;
    case HandleKind::kCallback:
      return traces::StepKind::callback;
    case HandleKind::kTimer:
      return traces::StepKind::timer;
  }
  return traces::StepKind::callback;
}

void Recorder::begin(const traces::RunInfo& info) {
  if (order_) order_->begin();
  writer_.run_info(info);
}

void Recorder::task_created(const detail::TaskState& task, const TaskTable& tasks) {
  writer_.task_created(task.id(), task.parent_id(), tasks.path(task.id()), site(task.future().made_at()),
                       task.path_hash());
}

void Recorder::step(const StepTaken& taken, TimePoint now) {
  traces::Step step;
  step.number = taken.number;
  step.time = since_start(now);
  step.kind = step_kind(taken.handle);
  step.task = id_of(taken.handle.task());
  step.cause = taken.handle.cause;
  step.site = site(taken.handle.site());
  step.ready = taken.ready;
  step.chosen = taken.chosen;
  writer_.step(step);
}

void Recorder::task_parked(const detail::TaskState& task) {
  const detail::Waiter* const waiter = task.parked();
  writer_.parked(task.id(), site(task.site()), waiter != nullptr ? waiter->info().what : "yield");
}

void Recorder::task_ended(const detail::TaskState& task) {
  const detail::FutureState& future = task.future();
  if (future.cancelled()) {
    writer_.task_ended(task.id(), traces::TaskEnd::cancelled, "");
  } else if (future.peek_exception()) {
    writer_.task_ended(task.id(), traces::TaskEnd::exception, describe(future.peek_exception()));
  } else {
    writer_.task_ended(task.id(), traces::TaskEnd::result, "");
  }
}

void Recorder::cancel_requested(const detail::TaskState& task) {
  const CancelMessage& message = task.future().cancel_message();
  writer_.cancel_requested(task.id(), message ? message.text() : std::string());
}

void Recorder::left_ready(const detail::TaskState* task, std::uint64_t cause) {
  writer_.left_ready(id_of(task), cause);
}

void Recorder::write_pasts() {
  const std::span<const std::uint64_t> all = order_->steps();
  std::vector<std::uint32_t> some;
  for (std::size_t from = 0; from < all.size(); from += traces::Writer::kMaxPasts) {
    const auto part = all.subspan(from, std::min(all.size() - from, traces::Writer::kMaxPasts));
    some.clear();
    for (const std::uint64_t hash : part) some.push_back(static_cast<std::uint32_t>(hash));
    writer_.pasts(from + 1, some);
  }
}

void Recorder::end(const RunEnd& end, TimePoint now, std::uint64_t hash) {
  if (order_) write_pasts();
  const std::string text = std::holds_alternative<Completed>(end) ? std::string() : summary(end);
  writer_.run_ended(outcome_of(end), text, since_start(now), hash);
}

traces::SiteId Recorder::site(const Site& where) {
  if (!where.known()) return traces::kUnknownSite;
  const char* const file = where.location().file_name();
  const std::uint32_t line = where.line();
  // The address only chooses a place in the cache; what is written does not depend on it.
  CachedSite& cached = sites_[(reinterpret_cast<std::uintptr_t>(file) / 16 + line) % sites_.size()];
  if (cached.file != file || cached.line != line) {
    cached = {file, line, writer_.intern_site(where.file(), line, where.function())};
  }
  return cached.id;
}

}  // namespace corosim::sim
