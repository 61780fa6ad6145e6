// The JSON of chrome://tracing ("Trace Event Format", Google): complete events for steps and waits, flow events for
// causes, a counter for the ready lanes. Times are microseconds.
#include <fmt/format.h>

#include <iterator>
#include <string_view>
#include <vector>

#include "describe.hpp"
#include "export_timeline.hpp"
#include "json_text.hpp"

namespace corosim::traces {

namespace {

class ChromeExporter : public TimelineExporter {
 public:
  using TimelineExporter::TimelineExporter;

  void begin(const RunInfo& run) override {
    text() += "{\"displayTimeUnit\":\"ns\",\"otherData\":{\"program\":";
    append_json(text(), run.program);
    text() += ",\"order\":";
    append_json(text(), run.order);
    text() += ",\"strategy\":";
    append_json(text(), run.strategy);
    add(",\"seed\":\"{:#x}\"}},\n\"traceEvents\":[\n", run.seed);
    text() += R"({"ph":"M","name":"process_name","pid":1,"args":{"name":)";
    append_json(text(), run.program);
    text() += "}}";
  }

  void finish(const RunEnded* end, const Tail& tail) override {
    finish_waits();
    text() += "\n],\n\"outcome\":";
    append_json(text(), end == nullptr ? std::string_view("cut short") : to_string(end->outcome));
    text() += ",\"outcomeText\":";
    append_json(text(), end == nullptr ? tail.text : end->text);
    text() += "}\n";
  }

 protected:
  void put_track(TaskId task, const std::string& name) override {
    event("M", "thread_name", task);
    text() += ",\"args\":{\"name\":";
    append_json(text(), name);
    text() += "}}";
    event("M", "thread_sort_index", task);
    add(",\"args\":{{\"sort_index\":{}}}}}", task);
  }

  void put_step(const StepStory& story, Span span, const Names& names) override {
    const Step& step = story.step;
    event("X", describe(names, step), step.task);
    put_span(span);
    add(",\"cat\":\"step\",\"args\":{{\"step\":{},\"virtual_time_ns\":{},\"kind\":", step.number, step.time.count());
    append_json(text(), to_string(step.kind));
    add(",\"cause\":{},\"ready\":{},\"chosen\":{},\"did\":", step.cause, step.ready, step.chosen);
    append_json(text(), did(story, names));
    text() += "}}";
    if (places_.empty()) first_step_ = step.number;
    places_.push_back({step.task, span.begin});
    if (step.cause >= first_step_) put_arrow(places_[static_cast<std::size_t>(step.cause - first_step_)]);
  }

  void put_wait(TaskId task, const std::string& what, const std::string& site, Span span) override {
    event("X", what, task);
    put_span(span);
    text() += ",\"cat\":\"wait\",\"args\":{\"site\":";
    append_json(text(), site);
    text() += "}}";
  }

  void put_mark(TaskId task, std::uint64_t at, const std::string& mark) override {
    event("i", mark, task);
    text() += ",\"ts\":";
    put_time(at);
    text() += ",\"s\":\"t\",\"cat\":\"mark\"}";
  }

  void put_ready(std::uint64_t at, std::uint32_t lanes) override {
    event("C", "ready lanes", kNoTask);
    text() += ",\"ts\":";
    put_time(at);
    add(",\"args\":{{\"lanes\":{}}}}}", lanes);
  }

 private:
  /// Where a step stands, for the arrows to its effects.
  struct Place {
    TaskId task = kNoTask;
    std::uint64_t at = 0;
  };

  using TimelineExporter::add;
  template <typename... Arguments>
  void add(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
    fmt::format_to(std::back_inserter(text()), format, std::forward<Arguments>(arguments)...);
  }

  void event(std::string_view phase, std::string_view name, TaskId task) {
    add(",\n{{\"ph\":\"{}\",\"pid\":1,\"tid\":{},\"name\":", phase, task);
    append_json(text(), name);
  }
  void put_time(std::uint64_t nanoseconds) {
    if (nanoseconds % 1000 == 0) {
      add("{}", nanoseconds / 1000);
    } else {
      add("{}.{:03}", nanoseconds / 1000, nanoseconds % 1000);
    }
  }
  void put_span(Span span) {
    text() += ",\"ts\":";
    put_time(span.begin);
    text() += ",\"dur\":";
    put_time(span.end - span.begin);
  }

  /// To the latest step.
  void put_arrow(const Place& from) {
    const Place& to = places_.back();
    event("s", "cause", from.task);
    add(",\"cat\":\"cause\",\"id\":{},\"ts\":", first_step_ + places_.size() - 1);
    put_time(from.at);
    text() += '}';
    event("f", "cause", to.task);
    add(",\"cat\":\"cause\",\"bp\":\"e\",\"id\":{},\"ts\":", first_step_ + places_.size() - 1);
    put_time(to.at);
    text() += '}';
  }

  StepNumber first_step_ = kBeforeFirstStep;
  std::vector<Place> places_;  // by step from first_step_ on
};

}  // namespace

std::unique_ptr<Exporter> make_chrome_exporter(const Sink& sink, ExportAxis axis) {
  return std::make_unique<ChromeExporter>(sink, axis);
}

}  // namespace corosim::traces
