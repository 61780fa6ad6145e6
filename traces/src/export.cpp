#include <corosim/traces/export.hpp>

#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "each_event.hpp"
#include "exporter.hpp"

namespace corosim::traces {

namespace {

std::unique_ptr<Exporter> make_exporter(const OpenTrace& open, ExportFormat format, const Sink& sink,
                                        const ExportOptions& options) {
  switch (format) {
    case ExportFormat::jsonl:
      return make_jsonl_exporter(sink);
    case ExportFormat::perfetto:
      return make_perfetto_exporter(sink, options.axis, open());
    case ExportFormat::chrome:
      return make_chrome_exporter(sink, options.axis);
    case ExportFormat::dot:
      return make_dot_exporter(sink);
  }
  return nullptr;
}

}  // namespace

Tail export_trace(const OpenTrace& open, ExportFormat format, const Sink& sink, const ExportOptions& options) {
  Reader reader = open();
  const std::unique_ptr<Exporter> exporter = make_exporter(open, format, sink, options);
  std::vector<TaskCreated> tasks;
  std::optional<RunEnded> end;
  StepStories stories([&](const StepStory& story) {
    exporter->add(story, Names(tasks, reader.sites()));
    exporter->flush_if_full();
  });
  const Tail tail = each_event(reader, [&](Event&& event) {
    if (const auto* const run = std::get_if<RunInfo>(&event)) exporter->begin(*run);
    if (const auto* const created = std::get_if<TaskCreated>(&event)) tasks.push_back(*created);
    if (const auto* const ended = std::get_if<RunEnded>(&event)) end = *ended;
    stories.tell(std::move(event));
  });
  stories.finish();
  exporter->finish(end ? &*end : nullptr, tail);
  exporter->flush();
  return tail;
}

}  // namespace corosim::traces
