// The traces stand in the page as JSON, a column for each field of steps and notes; traces/html/src/model.js reads
// them. Columns count up where they can, so that most numbers have one digit.
#include <corosim/traces/diff.hpp>
#include <corosim/traces/export.hpp>

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "json_text.hpp"
#include "timeline_page.hpp"

namespace corosim::traces {

namespace {

constexpr std::size_t kMostDifferences = 1000;

/// Appends the elements of a JSON array, and closes it.
class JsonArray {
 public:
  explicit JsonArray(std::string& to) : to_(to) { to_ += '['; }
  JsonArray(const JsonArray&) = delete;
  JsonArray& operator=(const JsonArray&) = delete;
  ~JsonArray() { to_ += ']'; }
  void add(std::uint64_t number) { fmt::format_to(std::back_inserter(next()), "{}", number); }
  void add(std::string_view text) { append_json(next(), text); }
  /// For an element that the caller appends.
  std::string& next() {
    if (!is_first_) to_ += ',';
    is_first_ = false;
    return to_;
  }

 private:
  std::string& to_;
  bool is_first_ = true;
};

void key(std::string& to, std::string_view name) {
  if (to.back() != '{') to += ',';
  append_json(to, name);
  to += ':';
}
void field(std::string& to, std::string_view name, std::string_view text) {
  key(to, name);
  append_json(to, text);
}
void field(std::string& to, std::string_view name, std::uint64_t number) {
  key(to, name);
  fmt::format_to(std::back_inserter(to), "{}", number);
}

class TraceWriter {
 public:
  TraceWriter(const Trace& trace, std::string& to) : trace_(trace), to_(to) { intern(""); }

  void write() {
    to_ += '{';
    write_run();
    field(to_, "first", trace_.steps().empty() ? 1 : trace_.steps().front().number);
    write_names();
    write_steps();
    write_notes();
    column("texts", [this](JsonArray& array) {
      for (const std::string_view text : texts_) array.add(text);
    });
    to_ += '}';
  }

 private:
  template <typename Function>
  void column(std::string_view name, Function function) {
    key(to_, name);
    JsonArray array(to_);
    function(array);
  }

  /// A column of the steps.
  template <typename Function>
  void steps(std::string_view name, Function value) {
    column(name, [&](JsonArray& array) {
      for (const Step& step : trace_.steps()) array.add(static_cast<std::uint64_t>(value(step)));
    });
  }

  void write_run() {
    const RunInfo& run = trace_.run();
    key(to_, "run");
    to_ += '{';
    field(to_, "path", trace_.path());
    field(to_, "program", run.program);
    column("arguments", [&run](JsonArray& array) {
      for (const std::string& argument : run.arguments) array.add(argument);
    });
    field(to_, "order", run.order);
    field(to_, "strategy", run.strategy);
    field(to_, "seed", fmt::format("{:#x}", run.seed));
    field(to_, "version", run.version);
    column("facts", [&run](JsonArray& array) {
      for (const auto& [name, value] : run.extra) {
        JsonArray pair(array.next());
        pair.add(name);
        pair.add(value);
      }
    });
    field(to_, "outcome", trace_.end() ? to_string(trace_.end()->outcome) : "cut short");
    field(to_, "text", trace_.end() ? trace_.end()->text : trace_.tail().text);
    if (trace_.end()) field(to_, "endTime", static_cast<std::uint64_t>(trace_.end()->time.count()));
    to_ += '}';
  }

  void write_names() {
    column("tasks", [this](JsonArray& array) {
      for (const TaskCreated& task : trace_.tasks()) {
        JsonArray row(array.next());
        row.add(task.name);
        row.add(task.parent);
        row.add(task.site);
      }
    });
    column("sites", [this](JsonArray& array) {
      for (const Site& site : trace_.sites())
        array.add(site.file.empty() ? "" : fmt::format("{}:{}", site.file, site.line));
    });
    column("functions", [this](JsonArray& array) {
      for (const Site& site : trace_.sites()) array.add(site.function);
    });
  }

  void write_steps() {
    std::chrono::nanoseconds before{0};
    steps("time", [&before](const Step& step) { return (step.time - std::exchange(before, step.time)).count(); });
    key(to_, "kind");
    to_ += '"';
    for (const Step& step : trace_.steps()) to_ += static_cast<char>('0' + static_cast<int>(step.kind));
    to_ += '"';
    steps("task", [this](const Step& step) { return step.task <= trace_.tasks().size() ? step.task : kNoTask; });
    steps("cause", [this](const Step& step) {
      return step.cause < trace_.steps().front().number ? 0 : step.number - step.cause;
    });
    steps("site", [](const Step& step) { return step.site; });
    steps("ready", [](const Step& step) { return step.ready; });
    steps("chosen", [](const Step& step) { return step.chosen; });
  }

  std::uint64_t intern(std::string_view text) {
    const auto [entry, is_new] = text_ids_.try_emplace(std::string(text), texts_.size());
    if (is_new) texts_.push_back(entry->first);
    return entry->second;
  }

  /// What model.js calls a note: the meaning of `site` depends on the kind.
  struct Row {
    char kind = '0';
    TaskId task = kNoTask;
    std::uint64_t text = 0;
    std::uint64_t site = 0;
  };
  Row row(const TaskCreated& created) { return {'0', created.task, 0, created.site}; }
  Row row(const Parked& parked) { return {'1', parked.task, intern(parked.wait), parked.site}; }
  Row row(const TaskEnded& ended) {
    return {'2', ended.task, intern(ended.text), static_cast<std::uint64_t>(ended.how)};
  }
  Row row(const CancelRequested& cancel) { return {'3', cancel.task, intern(cancel.message), 0}; }
  Row row(const Mark& mark) { return {'4', kNoTask, intern(mark.text), 0}; }
  Row row(const Draw& draw) { return {'5', kNoTask, intern(fmt::format("{} = {}", draw.stream, draw.value)), 0}; }
  Row row(const LeftReady& left) { return {'6', left.task, 0, 0}; }

  /// Steps are counted from the first of the trace, the set-up is 0; each row tells by how much the count went up.
  void write_notes() {
    std::vector<Row> rows;
    std::vector<std::uint64_t> deltas;
    std::uint64_t before = 0;
    const auto add = [&](StepNumber number, std::uint64_t count) {
      for (const Note& note : trace_.notes(number)) {
        rows.push_back(std::visit([this](const auto& happened) { return row(happened); }, note));
        deltas.push_back(count - std::exchange(before, count));
      }
    };
    add(kBeforeFirstStep, 0);
    std::uint64_t count = 0;
    for (const Step& step : trace_.steps()) add(step.number, ++count);
    key(to_, "notes");
    to_ += '{';
    column("step", [&](JsonArray& array) {
      for (const std::uint64_t delta : deltas) array.add(delta);
    });
    field(to_, "kind", [&] {
      std::string kinds;
      for (const Row& row : rows) kinds += row.kind;
      return kinds;
    }());
    const auto fields = [&](std::string_view name, auto Row::* member) {
      column(name, [&](JsonArray& array) {
        for (const Row& row : rows) array.add(std::uint64_t{row.*member});
      });
    };
    fields("task", &Row::task);
    fields("text", &Row::text);
    fields("site", &Row::site);
    to_ += '}';
  }

  const Trace& trace_;
  std::string& to_;
  std::map<std::string, std::uint64_t, std::less<>> text_ids_;
  std::vector<std::string_view> texts_;  // by id, in text_ids_
};

void write_diff(const Diff& diff, std::string& to) {
  key(to, "diff");
  to += '{';
  field(to, "verdict", diff.verdict);
  if (diff.first) {
    key(to, "first");
    JsonArray steps(to);
    steps.add(diff.first->left.step);
    steps.add(diff.first->right.step);
  }
  std::uint64_t all = 0;
  std::string counts;
  for (std::size_t kind = 0; kind < kDifferenceKinds; ++kind) {
    all += diff.counts[kind];
    if (diff.counts[kind] == 0) continue;
    counts += fmt::format("{}{} {}", counts.empty() ? "" : ", ", diff.counts[kind],
                          to_string(static_cast<DifferenceKind>(kind)));
  }
  field(to, "counts", counts);
  field(to, "more", all - diff.differences.size());
  key(to, "differences");
  JsonArray rows(to);
  for (const Difference& difference : diff.differences) {
    JsonArray row(rows.next());
    row.add(to_string(difference.kind));
    row.add(difference.task);
    row.add(difference.left.step);
    row.add(difference.right.step);
    row.add(difference.left.text);
    row.add(difference.right.text);
  }
}

void write_page(const std::vector<const Trace*>& traces, const Sink& sink, const ExportOptions& options) {
  std::string data = "{";
  field(data, "axis", options.axis == ExportAxis::time ? "time" : "step");
  key(data, "traces");
  {
    JsonArray array(data);
    for (const Trace* trace : traces) TraceWriter(*trace, array.next()).write();
  }
  if (traces.size() == 2) {
    DiffOptions diff_options;
    diff_options.max_differences = kMostDifferences;
    write_diff(diff(*traces[0], *traces[1], diff_options), data);
    data += '}';
  }
  data += '}';
  const std::string_view page = timeline_page();
  const std::size_t place = page.find(kTimelineData);
  sink(page.substr(0, place));
  sink(data);
  sink(page.substr(place + kTimelineData.size()));
}

}  // namespace

void export_html(const Trace& trace, const Sink& sink, const ExportOptions& options) {
  write_page({&trace}, sink, options);
}

void export_html(const Trace& left, const Trace& right, const Sink& sink, const ExportOptions& options) {
  write_page({&left, &right}, sink, options);
}

}  // namespace corosim::traces
