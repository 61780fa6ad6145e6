// What each export format implements.
#pragma once

#include <corosim/traces/export.hpp>
#include <cstddef>
#include <memory>
#include <string>

#include "names.hpp"
#include "step_story.hpp"

namespace corosim::traces {

/// Is told a run from its head to its end, and writes it down. Derived classes append to text().
class Exporter {
 public:
  explicit Exporter(const Sink& sink) : sink_(sink) {}
  Exporter(const Exporter&) = delete;
  Exporter& operator=(const Exporter&) = delete;
  virtual ~Exporter() = default;

  /// `names` knows everything that was read up to the story's end.
  virtual void begin(const RunInfo& run) = 0;
  virtual void add(const StepStory& story, const Names& names) = 0;
  /// `end` is null where the trace was cut short.
  virtual void finish(const RunEnded* end, const Tail& tail) = 0;

  void flush() {
    if (!text_.empty()) sink_(text_);
    text_.clear();
  }
  void flush_if_full() {
    constexpr std::size_t kFull = std::size_t{1} << 16U;
    if (text_.size() >= kFull) flush();
  }

 protected:
  std::string& text() { return text_; }

 private:
  const Sink& sink_;
  std::string text_;
};

std::unique_ptr<Exporter> make_jsonl_exporter(const Sink& sink);
std::unique_ptr<Exporter> make_dot_exporter(const Sink& sink);
std::unique_ptr<Exporter> make_chrome_exporter(const Sink& sink, ExportAxis axis);
/// Reads `trace` for the effects of each step.
std::unique_ptr<Exporter> make_perfetto_exporter(const Sink& sink, ExportAxis axis, Reader trace);

}  // namespace corosim::traces
