#include <corosim/traces/export.hpp>

#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

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

/// Cuts the events into the stories of steps.
class Teller {
 public:
  Teller(Exporter& exporter, const Reader& reader) : exporter_(exporter), reader_(reader) {}

  void tell(Event&& event) {
    std::visit(
        [this]<typename Kind>(Kind& happened) {
          if constexpr (std::is_same_v<Kind, RunInfo>) {
            exporter_.begin(happened);
          } else if constexpr (std::is_same_v<Kind, RunEnded>) {
            end_ = std::move(happened);
          } else if constexpr (std::is_same_v<Kind, Step>) {
            put();
            story_.step = happened;
            story_.notes.clear();
          } else if constexpr (!std::is_same_v<Kind, Pasts>) {  // these compare runs, and tell nothing of one
            if constexpr (std::is_same_v<Kind, TaskCreated>) tasks_.push_back(happened);
            story_.notes.emplace_back(std::move(happened));
          }
        },
        event);
  }

  void finish(const Tail& tail) {
    put();
    exporter_.finish(end_ ? &*end_ : nullptr, tail);
    exporter_.flush();
  }

 private:
  void put() {
    exporter_.add(story_, Names(tasks_, reader_.sites()));
    exporter_.flush_if_full();
  }

  Exporter& exporter_;
  const Reader& reader_;
  std::vector<TaskCreated> tasks_;
  StepStory story_;
  std::optional<RunEnded> end_;
};

}  // namespace

Tail export_trace(const OpenTrace& open, ExportFormat format, const Sink& sink, const ExportOptions& options) {
  Reader reader = open();
  const std::unique_ptr<Exporter> exporter = make_exporter(open, format, sink, options);
  Teller teller(*exporter, reader);
  const Tail tail = each_event(reader, [&teller](Event&& event) { teller.tell(std::move(event)); });
  teller.finish(tail);
  return tail;
}

}  // namespace corosim::traces
