#include "export_timeline.hpp"

#include <variant>

#include "describe.hpp"

namespace corosim::traces {

void TimelineExporter::add(const StepStory& story, const Names& names) {
  const Step& step = story.step;
  const bool is_set_up = step.number == kBeforeFirstStep;
  const Span span = is_set_up ? Span{end_, end_} : span_of(step);
  if (!is_set_up) {
    add_track(step.task, names);
    if (step.runs_task()) end_wait(step.task, span.begin);
    if (step.ready != ready_) put_ready(span.begin, step.ready);
    ready_ = step.ready;
    put_step(story, span, names);
    end_ = span.end;
  }
  for (const Note& note : story.notes) {
    if (const auto* created = std::get_if<TaskCreated>(&note)) {
      add_track(created->task, names);
    } else if (const auto* parked = std::get_if<Parked>(&note)) {
      add_track(parked->task, names);
      end_wait(parked->task, span.end);
      waits_[parked->task] = {true, parked->wait.empty() ? "parked" : parked->wait, names.site(parked->site), span.end};
    } else if (const auto* mark = std::get_if<Mark>(&note)) {
      add_track(step.task, names);
      put_mark(step.task, span.begin, mark->text);
    } else if (const auto* ended = std::get_if<TaskEnded>(&note)) {
      add_track(ended->task, names);
      end_wait(ended->task, span.end);
    }
  }
}

void TimelineExporter::finish_waits() {
  for (TaskId task = 0; task < waits_.size(); ++task) end_wait(task, end_);
}

std::string TimelineExporter::did(const StepStory& story, const Names& names) {
  std::string text;
  for (const Note& note : story.notes) {
    if (!std::holds_alternative<Mark>(note)) text.append(text.empty() ? "" : ", ").append(describe(names, note));
  }
  return text;
}

Span TimelineExporter::span_of(const Step& step) const {
  constexpr std::uint64_t kStep = 1000;
  if (axis_ == ExportAxis::step) return {step.number * kStep, (step.number + 1) * kStep};
  const auto time = static_cast<std::uint64_t>(step.time.count());
  return {time, time};
}

void TimelineExporter::add_track(TaskId task, const Names& names) {
  if (has_track_.size() <= task) {
    has_track_.resize(task + std::size_t{1});
    waits_.resize(task + std::size_t{1});
  }
  if (has_track_[task]) return;
  has_track_[task] = true;
  put_track(task, names.task(task));
}

void TimelineExporter::end_wait(TaskId task, std::uint64_t at) {
  Wait& wait = waits_[task];
  if (!wait.is_open) return;
  wait.is_open = false;
  put_wait(task, wait.what, wait.site, {wait.begin, at});
}

}  // namespace corosim::traces
