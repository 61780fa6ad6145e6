// One JSON object a line: what each field means is said in docs/traces.md. Numbers that use all 64 bits (seed, hashes)
// are hexadecimal texts, as most readers of JSON round them.
#include <fmt/format.h>

#include <cstdint>
#include <iterator>
#include <string_view>

#include "exporter.hpp"
#include "json_text.hpp"

namespace corosim::traces {

namespace {

class JsonlExporter : public Exporter {
 public:
  using Exporter::Exporter;

  void begin(const RunInfo& run) override {
    open("run");
    field("program", run.program);
    key("arguments");
    text() += '[';
    for (const std::string& argument : run.arguments) {
      if (text().back() != '[') text() += ',';
      append_json(text(), argument);
    }
    text() += ']';
    field("order", run.order);
    field("strategy", run.strategy);
    field("seed", fmt::format("{:#x}", run.seed));
    field("version", run.version);
    key("facts");
    text() += '{';
    for (const auto& [name, value] : run.extra) {
      if (text().back() != '{') text() += ',';
      append_json(text(), name);
      text() += ':';
      append_json(text(), value);
    }
    text() += '}';
    close();
  }

  void add(const StepStory& story, const Names& names) override {
    step_ = story.step.number;
    if (step_ != kBeforeFirstStep) put(story.step, names);
    for (const Note& note : story.notes) {
      std::visit([&](const auto& happened) { put(happened, names); }, note);
    }
  }

  void finish(const RunEnded* end, const Tail& tail) override {
    if (end != nullptr) {
      open("run_ended");
      field("outcome", to_string(end->outcome));
      field("text", end->text);
      field("steps", end->steps);
      field("time_ns", static_cast<std::uint64_t>(end->time.count()));
      field("hash", fmt::format("{:#018x}", end->hash));
    } else {
      open("cut_short");
      field("byte", tail.offset);
      field("text", tail.text);
    }
    close();
  }

 private:
  void open(std::string_view event) {
    text() += "{\"event\":";
    append_json(text(), event);
  }
  void open_in_step(std::string_view event) {
    open(event);
    field("step", step_);
  }
  void close() { text() += "}\n"; }
  void key(std::string_view name) { text().append(",\"").append(name).append("\":"); }
  void field(std::string_view name, std::string_view value) {
    key(name);
    append_json(text(), value);
  }
  void field(std::string_view name, std::uint64_t value) {
    key(name);
    fmt::format_to(std::back_inserter(text()), "{}", value);
  }
  void task(TaskId id, const Names& names) {
    field("task", names.task(id));
    field("id", id);
  }
  void site(SiteId id, const Names& names) {
    if (id == kUnknownSite) return;
    const Site& whole = names.whole_site(id);
    field("file", whole.file);
    field("line", whole.line);
    field("function", whole.function);
  }

  void put(const Step& step, const Names& names) {
    open("step");
    field("step", step.number);
    field("time_ns", static_cast<std::uint64_t>(step.time.count()));
    field("kind", to_string(step.kind));
    task(step.task, names);
    field("cause", step.cause);
    site(step.site, names);
    field("ready", step.ready);
    field("chosen", step.chosen);
    close();
  }
  void put(const TaskCreated& created, const Names& names) {
    open_in_step("task_created");
    task(created.task, names);
    field("parent", created.parent);
    site(created.site, names);
    field("path_hash", fmt::format("{:#018x}", created.path_hash));
    close();
  }
  void put(const Parked& parked, const Names& names) {
    open_in_step("parked");
    task(parked.task, names);
    site(parked.site, names);
    field("for", parked.wait);
    close();
  }
  void put(const TaskEnded& ended, const Names& names) {
    open_in_step("task_ended");
    task(ended.task, names);
    field("how", to_string(ended.how));
    field("text", ended.text);
    close();
  }
  void put(const CancelRequested& cancel, const Names& names) {
    open_in_step("cancel_requested");
    task(cancel.task, names);
    field("message", cancel.message);
    close();
  }
  void put(const Mark& mark, const Names&) {
    open_in_step("mark");
    field("text", mark.text);
    close();
  }
  void put(const Draw& draw, const Names&) {
    open_in_step("draw");
    field("stream", draw.stream);
    field("value", draw.value);
    close();
  }
  void put(const LeftReady& left, const Names& names) {
    open("left_ready");
    task(left.task, names);
    field("cause", left.cause);
    close();
  }

  StepNumber step_ = kBeforeFirstStep;
};

}  // namespace

std::unique_ptr<Exporter> make_jsonl_exporter(const Sink& sink) { return std::make_unique<JsonlExporter>(sink); }

}  // namespace corosim::traces
