// Records back into events.
#pragma once

#include <corosim/traces/event.hpp>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "format.hpp"
#include "prediction.hpp"

namespace corosim::traces {

/// A record that no writer writes; what() says what was expected and found, `offset` where in the records of its chunk.
class RecordError : public std::runtime_error {
 public:
  RecordError(std::size_t offset, const std::string& problem) : std::runtime_error(problem), offset_(offset) {}
  std::size_t offset() const { return offset_; }

 private:
  std::size_t offset_;
};

/// Decodes the chunks of one trace in order. Believes no number before it has compared it with what the trace defined.
class Decoder {
 public:
  /// Starts on the records of the next chunk, which must stay valid while they are read.
  void begin_chunk(const std::vector<unsigned char>& records, StepNumber steps_before);
  /// The next event of the chunk, or nothing at its end. Throws RecordError.
  std::optional<Event> next();

  const std::vector<Site>& sites() const { return sites_; }
  /// The number of the latest step, or of the one before the first.
  StepNumber last_step() const { return last_step_; }
  bool has_started() const { return started_; }
  bool has_ended() const { return ended_; }

 private:
  using Tag = format::Tag;

  [[noreturn]] void fail(const std::string& problem) const;
  std::uint64_t number(const char* what, std::uint64_t max);
  std::string text(const char* what);
  std::uint64_t fixed64(const char* what);
  std::size_t left() const { return static_cast<std::size_t>(end_ - in_); }
  TaskId task(std::uint64_t limit) { return static_cast<TaskId>(number("a task", limit)); }
  SiteId site() { return static_cast<SiteId>(number("a site", sites_.size() - 1)); }
  std::chrono::nanoseconds time(std::uint64_t earliest);
  std::uint64_t elapsed();

  Step step(unsigned head);
  void decide(Step& step);
  Event parked_as_expected();
  std::optional<Event> other(Tag tag);
  void define_text();
  void define_site();
  RunInfo run_info();
  TaskCreated task_created();
  Parked parked(TaskId task);
  Pasts pasts();
  RunEnded run_ended();

  const unsigned char* begin_ = nullptr;
  const unsigned char* record_ = nullptr;  // the one being read
  const unsigned char* in_ = nullptr;
  const unsigned char* end_ = nullptr;
  bool park_follows_ = false;
  bool started_ = false;
  bool ended_ = false;
  StepNumber last_step_ = 0;
  std::uint64_t run_time_ = 0;  // of the latest step of the run, whichever chunk it was in
  TaskId tasks_ = 0;
  std::vector<std::string> texts_{std::string()};
  std::vector<Site> sites_{Site{}};
  Prediction prediction_;
};

}  // namespace corosim::traces
