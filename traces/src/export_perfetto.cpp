// The protobuf of https://ui.perfetto.dev (protos/perfetto/trace in its repository; the numbers below are those of its
// fields). A step names the flows that leave it, so its effects are read ahead. Packets need not come in order of time.
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "describe.hpp"
#include "each_event.hpp"
#include "export_timeline.hpp"
#include "protobuf.hpp"

namespace corosim::traces {

namespace {

enum Trace : std::uint32_t { kPacket = 1 };
enum TracePacket : std::uint32_t {
  kTimestamp = 8,
  kSequenceId = 10,
  kTrackEvent = 11,
  kSequenceFlags = 13,
  kTrackDescriptor = 60
};
enum TrackDescriptor : std::uint32_t {
  kUuid = 1,
  kTrackName = 2,
  kParentUuid = 5,
  kCounter = 8,
  kChildOrdering = 11,
  kSiblingOrderRank = 12
};
enum TrackEvent : std::uint32_t {
  kAnnotation = 4,
  kType = 9,
  kTrackUuid = 11,
  kCategory = 22,
  kName = 23,
  kCounterValue = 30,
  kFlow = 47,
  kTerminatingFlow = 48
};
enum DebugAnnotation : std::uint32_t { kUint = 3, kString = 6, kAnnotationName = 10 };
enum EventType : std::uint32_t { kSliceBegin = 1, kSliceEnd = 2, kInstant = 3, kCounterEvent = 4 };

constexpr std::uint64_t kRunTrack = 1;
constexpr std::uint64_t kReadyTrack = 2;
constexpr std::uint64_t kFirstTaskTrack = 3;  // of task 0
constexpr std::uint64_t kExplicitOrder = 3;   // TrackDescriptor.ChildTracksOrdering

/// By step, the steps that it made ready.
class Effects {
 public:
  explicit Effects(Reader trace) {
    std::vector<StepNumber> causes;
    each_event(trace, [&](Event&& event) {
      const Step* step = std::get_if<Step>(&event);
      if (step == nullptr) return;
      if (causes.empty()) first_step_ = step->number;
      causes.push_back(step->cause);
    });
    begins_.assign(causes.size() + 2, 0);
    const auto slot = [&](StepNumber cause) { return static_cast<std::size_t>(cause - first_step_); };
    for (const StepNumber cause : causes) {
      if (cause >= first_step_) ++begins_[slot(cause) + 2];
    }
    for (std::size_t i = 2; i < begins_.size(); ++i) begins_[i] += begins_[i - 1];
    effects_.resize(begins_.back());
    for (std::size_t i = 0; i < causes.size(); ++i) {
      if (causes[i] >= first_step_) effects_[begins_[slot(causes[i]) + 1]++] = first_step_ + i;
    }
  }

  std::span<const StepNumber> of(StepNumber step) const {
    if (step < first_step_ || step - first_step_ + 1 >= begins_.size()) return {};
    const auto at = static_cast<std::size_t>(step - first_step_);
    return std::span(effects_).subspan(begins_[at], begins_[at + 1] - begins_[at]);
  }
  bool holds(StepNumber step) const { return step != kBeforeFirstStep && step >= first_step_; }

 private:
  StepNumber first_step_ = kBeforeFirstStep;
  std::vector<std::size_t> begins_;  // by step: where its effects begin; one more at the end
  std::vector<StepNumber> effects_;
};

class PerfettoExporter : public TimelineExporter {
 public:
  PerfettoExporter(const Sink& sink, ExportAxis axis, Reader trace)
      : TimelineExporter(sink, axis), effects_(std::move(trace)) {}

  void begin(const RunInfo& run) override {
    ProtobufMessage track;
    track.add(kUuid, kRunTrack);
    track.add(kTrackName, run.program);
    track.add(kChildOrdering, kExplicitOrder);
    put_descriptor(track);
    ProtobufMessage ready;
    ready.add(kUuid, kReadyTrack);
    ready.add(kTrackName, "ready lanes");
    ready.add(kParentUuid, kRunTrack);
    ready.add(kCounter, ProtobufMessage());
    ready.add(kSiblingOrderRank, std::uint64_t{0});
    put_descriptor(ready);
  }

  void finish(const RunEnded*, const Tail&) override { finish_waits(); }

 protected:
  void put_track(TaskId task, const std::string& name) override {
    ProtobufMessage track;
    track.add(kUuid, kFirstTaskTrack + task);
    track.add(kTrackName, name);
    track.add(kParentUuid, kRunTrack);
    track.add(kSiblingOrderRank, task + std::uint64_t{1});
    put_descriptor(track);
  }

  void put_step(const StepStory& story, Span span, const Names& names) override {
    const Step& step = story.step;
    ProtobufMessage event = slice_begin(step.task, "step", describe(names, step));
    annotate(event, "step", step.number);
    annotate(event, "virtual_time_ns", static_cast<std::uint64_t>(step.time.count()));
    annotate(event, "kind", to_string(step.kind));
    annotate(event, "cause", step.cause);
    annotate(event, "ready", step.ready);
    annotate(event, "chosen", step.chosen);
    annotate(event, "did", did(story, names));
    // A flow goes from a cause to one effect, and is called by the effect's number.
    if (effects_.holds(step.cause)) event.add_fixed64(kTerminatingFlow, step.number);
    for (const StepNumber effect : effects_.of(step.number)) event.add_fixed64(kFlow, effect);
    put_event(span.begin, event);
    put_slice_end(step.task, span.end);
  }

  void put_wait(TaskId task, const std::string& what, const std::string& site, Span span) override {
    ProtobufMessage event = slice_begin(task, "wait", what);
    annotate(event, "site", site);
    put_event(span.begin, event);
    put_slice_end(task, span.end);
  }

  void put_mark(TaskId task, std::uint64_t at, const std::string& mark) override {
    ProtobufMessage event = track_event(kInstant, kFirstTaskTrack + task);
    event.add(kCategory, "mark");
    event.add(kName, mark);
    put_event(at, event);
  }

  void put_ready(std::uint64_t at, std::uint32_t lanes) override {
    ProtobufMessage event = track_event(kCounterEvent, kReadyTrack);
    event.add(kCounterValue, lanes);
    put_event(at, event);
  }

 private:
  static ProtobufMessage track_event(EventType type, std::uint64_t track) {
    ProtobufMessage event;
    event.add(kType, type);
    event.add(kTrackUuid, track);
    return event;
  }
  static ProtobufMessage slice_begin(TaskId task, std::string_view category, const std::string& name) {
    ProtobufMessage event = track_event(kSliceBegin, kFirstTaskTrack + task);
    event.add(kCategory, category);
    event.add(kName, name);
    return event;
  }
  void put_slice_end(TaskId task, std::uint64_t at) { put_event(at, track_event(kSliceEnd, kFirstTaskTrack + task)); }

  static void annotate(ProtobufMessage& event, std::string_view name, std::uint64_t value) {
    ProtobufMessage annotation;
    annotation.add(kAnnotationName, name);
    annotation.add(kUint, value);
    event.add(kAnnotation, annotation);
  }
  static void annotate(ProtobufMessage& event, std::string_view name, std::string_view value) {
    if (value.empty()) return;
    ProtobufMessage annotation;
    annotation.add(kAnnotationName, name);
    annotation.add(kString, value);
    event.add(kAnnotation, annotation);
  }

  void put_descriptor(const ProtobufMessage& track) {
    ProtobufMessage packet;
    packet.add(kTrackDescriptor, track);
    put_packet(packet);
  }
  void put_event(std::uint64_t at, const ProtobufMessage& event) {
    ProtobufMessage packet;
    packet.add(kTimestamp, at);
    packet.add(kTrackEvent, event);
    put_packet(packet);
  }
  void put_packet(ProtobufMessage& packet) {
    packet.add(kSequenceId, 1);
    if (std::exchange(is_first_, false)) packet.add(kSequenceFlags, 1);  // SEQ_INCREMENTAL_STATE_CLEARED
    ProtobufMessage trace;
    trace.add(kPacket, packet);
    text() += trace.bytes();
  }

  Effects effects_;
  bool is_first_ = true;
};

}  // namespace

std::unique_ptr<Exporter> make_perfetto_exporter(const Sink& sink, ExportAxis axis, Reader trace) {
  return std::make_unique<PerfettoExporter>(sink, axis, std::move(trace));
}

}  // namespace corosim::traces
