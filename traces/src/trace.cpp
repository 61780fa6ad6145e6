#include <corosim/traces/trace.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <type_traits>
#include <utility>

#include "names.hpp"

namespace corosim::traces {

Trace Trace::open(const std::filesystem::path& path, OnDamage on_damage) { return read(Reader(path), on_damage, {}); }

Trace Trace::from_bytes(std::span<const std::byte> bytes, std::string name, OnDamage on_damage) {
  return read(Reader(bytes, std::move(name)), on_damage, {});
}

Trace Trace::part(Reader reader, const StepRange& range) {
  // Pasts come behind all steps.
  reader.choose_chunks([&range](const ChunkSummary& chunk) {
    return chunk.steps == 0 || chunk.ends ||
           (chunk.steps_before <= range.last && chunk.steps_before + chunk.steps >= range.first);
  });
  return read(std::move(reader), OnDamage::keep_readable, range);
}

Trace Trace::read(Reader reader, OnDamage on_damage, const StepRange& range) {
  Trace trace;
  trace.path_ = reader.path();
  trace.notes_begin_.push_back(0);
  bool is_empty = true;
  try {
    while (std::optional<Event> event = reader.next()) {
      is_empty = false;
      trace.add(std::move(*event), range);
    }
    trace.tail_ = reader.tail();
  } catch (const TraceError& error) {
    if (on_damage == OnDamage::fail || is_empty) throw;
    trace.tail_ = {Tail::Kind::damaged, error.offset(), error.what()};
  }
  if (is_empty) {
    const std::string& why = trace.tail_.text;
    throw TraceError(trace.path_, trace.tail_.offset, fmt::format("expected a run, found none: {}", why));
  }
  trace.sites_ = reader.sites();
  trace.notes_begin_.push_back(trace.notes_.size());
  return trace;
}

void Trace::add(Event&& event, const StepRange& range) {
  std::visit(
      [this, &range]<typename Kind>(Kind& happened) {
        if constexpr (std::is_same_v<Kind, RunInfo>) {
          run_ = std::move(happened);
        } else if constexpr (std::is_same_v<Kind, Pasts>) {
          add_pasts(happened);
        } else if constexpr (std::is_same_v<Kind, RunEnded>) {
          end_ = std::move(happened);
        } else if constexpr (std::is_same_v<Kind, Step>) {
          latest_ = happened.number;
          if (!range.contains(latest_)) return;
          steps_.push_back(happened);
          notes_begin_.push_back(notes_.size());
        } else {
          if constexpr (std::is_same_v<Kind, TaskCreated>) tasks_.push_back(happened);
          // Before a recorder's first step there is the run's set-up.
          if (latest_ == kBeforeFirstStep ? range.first > 1 : !range.contains(latest_)) return;
          notes_.emplace_back(std::move(happened));
        }
      },
      event);
}

// One after the other; what is out of order is as good as not told.
void Trace::add_pasts(const Pasts& pasts) {
  for (std::size_t i = 0; i < pasts.hashes.size() && !steps_.empty(); ++i) {
    if (pasts.first + i == steps_.front().number + pasts_.size() && pasts_.size() < steps_.size()) {
      pasts_.push_back(pasts.hashes[i]);
    }
  }
}

const Step* Trace::step(StepNumber number) const {
  if (steps_.empty() || number < steps_.front().number) return nullptr;
  const StepNumber index = number - steps_.front().number;
  return index < steps_.size() ? &steps_[static_cast<std::size_t>(index)] : nullptr;
}

std::span<const Note> Trace::notes(StepNumber number) const {
  std::size_t slot = 0;  // of notes_begin_: 0 before the first step, then one a step
  if (number != kBeforeFirstStep) {
    const Step* found = step(number);
    if (found == nullptr) return {};
    slot = static_cast<std::size_t>(found - steps_.data()) + 1;
  }
  const std::size_t begin = notes_begin_[slot];
  return std::span(notes_).subspan(begin, notes_begin_[slot + 1] - begin);
}

const Parked* Trace::park(StepNumber number) const {
  const Step* found = step(number);
  if (found == nullptr) return nullptr;
  for (const Note& note : notes(number)) {
    const Parked* parked = std::get_if<Parked>(&note);
    if (parked != nullptr && parked->task == found->task) return parked;
  }
  return nullptr;
}

std::string Trace::task_name(TaskId task) const { return Names(*this).task(task); }

std::string Trace::site_name(SiteId site) const { return Names(*this).site(site); }

std::vector<ReadyHandle> ready_before(const Trace& trace, StepNumber number) {
  std::vector<ReadyHandle> ready;
  const Step* chosen = trace.step(number);
  if (chosen == nullptr) return ready;
  const Step* const end = trace.steps().data() + trace.steps().size();
  for (const Step* step = chosen; step != end; ++step) {
    if (step->cause >= number) continue;
    if (step->kind == StepKind::timer && step->time != chosen->time) continue;
    ready.push_back({step->task, step->cause, step->number, step->kind, step->site});
  }
  for (const Note& note : trace.notes(trace.steps().back().number)) {
    const LeftReady* left = std::get_if<LeftReady>(&note);
    if (left == nullptr || left->cause >= number) continue;
    const StepKind guess = left->task == kNoTask ? StepKind::callback : StepKind::task_resume;
    ready.push_back({left->task, left->cause, 0, guess, kUnknownSite});
  }
  return ready;
}

}  // namespace corosim::traces
