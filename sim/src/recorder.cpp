#include <corosim/sim/recorder.hpp>

#include <algorithm>
#include <span>
#include <vector>

#include <string>
#include <type_traits>
#include <utility>

#include <corosim/runtime/assert.hpp>
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

// The address only chooses a place in the cache; what is written does not depend on it.
inline Recorder::CachedSite& Recorder::cached(const Site& where) {
  CachedSite& entry = sites_[(reinterpret_cast<std::uintptr_t>(where.key()) / 8) % sites_.size()];
  if (entry.key != where.key()) [[unlikely]]
    know(entry, where);
  return entry;
}

Recorder& Recorder::with_pasts() {
  COROSIM_ASSERT(writer_ != nullptr);
  order_.emplace();
  return *this;
}

void Recorder::begin(const traces::RunInfo& info) {
  if (ring_ != nullptr) return ring_->begin(info);
  if (order_) order_->begin();
  writer_->run_info(info);
}

void Recorder::task_created(const detail::TaskState& task, const TaskTable& tasks) {
  if (ring_ != nullptr) return ring_->task_created(task);
  writer_->task_created(task.id(), task.parent_id(), tasks.path(task.id()), cached(task.future().made_at()).id,
                        task.path_hash());
}

void Recorder::write(const StepTaken& taken) {
  const detail::Runnable& handle = taken.handle;
  writer_->step({taken.number, since_start(taken.time), step_kind(taken.kind, taken.task), id_of(taken.task),
                 handle.cause, cached(handle.site()).id, taken.ready, taken.chosen});
}

void Recorder::write_parked(const detail::TaskState& task) {
  const detail::Waiter* const waiter = task.parked();
  const std::string_view what = waiter != nullptr ? waiter->waits_for() : "yield";
  CachedSite& site = cached(task.site());
  if (site.wait_text != what) {
    site.wait_text = what;
    site.wait = writer_->intern_text(what);
  }
  writer_->parked(task.id(), site.id, site.wait);
}

void Recorder::task_ended(const detail::TaskState& task) {
  const detail::FutureState& future = task.future();
  traces::TaskEnd how = traces::TaskEnd::result;
  std::string text;
  if (future.cancelled()) {
    how = traces::TaskEnd::cancelled;
  } else if (future.peek_exception()) {
    how = traces::TaskEnd::exception;
    text = describe(future.peek_exception());
  }
  if (ring_ != nullptr) return ring_->task_ended(task.id(), how, std::move(text));
  writer_->task_ended(task.id(), how, text);
}

void Recorder::cancel_requested(const detail::TaskState& task) {
  const CancelMessage& message = task.future().cancel_message();
  std::string text = message ? message.text() : std::string();
  if (ring_ != nullptr) return ring_->cancel_requested(task.id(), std::move(text));
  writer_->cancel_requested(task.id(), text);
}

void Recorder::mark(std::string_view text) {
  if (ring_ != nullptr) return ring_->mark(text);
  writer_->mark(text);
}

void Recorder::draw(std::string_view stream, std::uint64_t value) {
  if (ring_ != nullptr) return ring_->draw(stream, value);
  writer_->draw(stream, value);
}

void Recorder::left_ready(const detail::TaskState* task, std::uint64_t cause) {
  if (ring_ != nullptr) return ring_->left_ready(id_of(task), cause);
  writer_->left_ready(id_of(task), cause);
}

void Recorder::write_pasts() {
  const std::span<const std::uint64_t> all = order_->steps();
  std::vector<std::uint32_t> some;
  for (std::size_t from = 0; from < all.size(); from += traces::Writer::kMaxPasts) {
    const auto part = all.subspan(from, std::min(all.size() - from, traces::Writer::kMaxPasts));
    some.clear();
    for (const std::uint64_t hash : part) some.push_back(static_cast<std::uint32_t>(hash));
    writer_->pasts(from + 1, some);
  }
}

void Recorder::end(const RunEnd& end, TimePoint now, std::uint64_t hash) {
  std::string text = std::holds_alternative<Completed>(end) ? std::string() : summary(end);
  if (ring_ != nullptr) return ring_->end(outcome_of(end), std::move(text), since_start(now), hash);
  if (order_) write_pasts();
  writer_->run_ended(outcome_of(end), text, since_start(now), hash);
}

void Recorder::know(CachedSite& entry, const Site& where) {
  entry.key = where.key();
  entry.id = where.known() ? writer_->intern_site(where.file(), where.line(), where.function()) : traces::kUnknownSite;
  entry.wait = traces::kNoText;
  entry.wait_text.clear();
}

}  // namespace corosim::sim
