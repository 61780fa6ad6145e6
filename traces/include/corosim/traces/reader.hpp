// Reads a trace event by event, in bounded memory, and says exactly where and how it is damaged.
#pragma once

#include <corosim/traces/event.hpp>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace corosim::traces {

/// A trace that cannot be read, or not further. what() is for the user: path, byte, expected, found, and up to which
/// step the trace is good, such as `failure.trace: byte 8193: expected chunk checksum 0x1f…, found 0x07…; the trace is
/// readable up to step 412`.
class TraceError : public std::runtime_error {
 public:
  TraceError(const std::string& path, std::uint64_t offset, const std::string& problem);
  const std::string& path() const { return path_; }
  /// Of the chunk or header that could not be read, from the start of the file.
  std::uint64_t offset() const { return offset_; }

 private:
  std::string path_;
  std::uint64_t offset_;
};

/// How a trace ends.
struct Tail {
  enum class Kind : std::uint8_t {
    unread,    // not yet at the end
    complete,  // with RunEnded
    open,      // after a whole chunk, without RunEnded: the process was killed, or still runs
    torn,      // inside a chunk (or the header): the same, while it was writing
    damaged,   // at an error, where the caller asked to keep what is readable (see Trace)
  };
  Kind kind = Kind::unread;
  std::uint64_t offset = 0;  // first byte that was not read
  std::string text;          // one sentence for the user; empty where complete
};

/// What the index of a trace says of one chunk.
struct ChunkSummary {
  std::uint64_t offset = 0;  // in the file
  std::uint64_t bytes = 0;   // there, with its header
  StepNumber steps_before = 0;
  std::uint64_t steps = 0;
  std::uint64_t decisions = 0;        // of these
  std::chrono::nanoseconds since{0};  // time of the last step before it, and of its own last step
  std::chrono::nanoseconds until{0};
  bool defines = false;     // texts, sites, tasks or the RunInfo
  bool ends = false;        // LeftReady or RunEnded
  bool loop_steps = false;  // steps of no task
};

/// Reads one trace from the front.
///
/// A chunk is verified before the first of its events is handed out, so no event is ever made up: damage ends the
/// reading with a TraceError after the events of every whole chunk before it. A file that ends too early is not an
/// error but a tail. Memory is bounded by the largest chunk (16 MiB) and the trace's own sites, texts and number of
/// tasks, whatever the bytes claim.
class Reader {
 public:
  /// Opens a file. Throws TraceError: not there, not a regular file, not a trace, or from a newer corosim.
  explicit Reader(const std::filesystem::path& path);
  /// Reads bytes that the caller keeps alive; `name` stands for the path in errors.
  explicit Reader(std::span<const std::byte> bytes, std::string name = "<memory>");
  ~Reader();
  Reader(Reader&&) noexcept;
  Reader& operator=(Reader&&) noexcept;

  /// One a chunk, in order; empty where the trace has no index: it is short, or was cut short.
  const std::vector<ChunkSummary>& index() const;
  /// From here on, chunks that `wanted` refuses are passed over, but for those that define what others may need. It is
  /// not asked where there is no index. To be called before next().
  void choose_chunks(std::function<bool(const ChunkSummary&)> wanted);

  /// The next event, or nothing at the end (then see tail()). Throws TraceError at damage, again and again.
  std::optional<Event> next();

  /// Sites met so far, by SiteId; [kUnknownSite] is empty.
  const std::vector<Site>& sites() const;
  /// Kind::unread until next() has returned nothing.
  const Tail& tail() const;
  const std::string& path() const;
  /// Of the file, as its header says.
  unsigned version() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Reads a trace from its beginning, each time that it is called.
using OpenTrace = std::function<Reader()>;

}  // namespace corosim::traces
