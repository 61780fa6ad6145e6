// What the two timeline formats share: a track a task, with slices for its steps and its waits.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "exporter.hpp"

namespace corosim::traces {

/// Nanoseconds on the axis.
struct Span {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

/// Derived classes say how tracks, slices and arrows are written. The spans of one task do not overlap; each is told
/// once it is over.
class TimelineExporter : public Exporter {
 public:
  TimelineExporter(const Sink& sink, ExportAxis axis) : Exporter(sink), axis_(axis) {}
  void add(const StepStory& story, const Names& names) final;

 protected:
  virtual void put_track(TaskId task, const std::string& name) = 0;
  virtual void put_step(const StepStory& story, Span span, const Names& names) = 0;
  /// `what` is "sleep", `site` is "bank.cpp:14".
  virtual void put_wait(TaskId task, const std::string& what, const std::string& site, Span span) = 0;
  virtual void put_mark(TaskId task, std::uint64_t at, const std::string& text) = 0;
  /// Only where the number changes.
  virtual void put_ready(std::uint64_t at, std::uint32_t lanes) = 0;
  /// Waits that have no end yet go to the end of the axis. To be called by finish().
  void finish_waits();

  /// Everything but marks that happened in the step, in words.
  static std::string did(const StepStory& story, const Names& names);

 private:
  struct Wait {
    bool is_open = false;
    std::string what;
    std::string site;
    std::uint64_t begin = 0;
  };
  Span span_of(const Step& step) const;
  void add_track(TaskId task, const Names& names);
  void end_wait(TaskId task, std::uint64_t at);

  ExportAxis axis_;
  std::uint64_t end_ = 0;  // of what was told so far
  std::uint32_t ready_ = 0;
  std::vector<Wait> waits_;      // by task
  std::vector<bool> has_track_;  // by task
};

}  // namespace corosim::traces
