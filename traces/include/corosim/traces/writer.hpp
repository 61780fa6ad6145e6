// Records a run: events in, the bytes of FORMAT.md out.
#pragma once

#include <corosim/traces/event.hpp>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace corosim::traces {

/// A text that a Writer knows; kNoText is the empty one.
using TextId = std::uint32_t;
inline constexpr TextId kNoText = 0;

/// What to do about a file that is already there.
enum class Existing : std::uint8_t { fail, overwrite };

/// Writes one trace, into memory or straight to its final path.
///
/// Events are encoded into a buffer; a full buffer is sealed into a chunk (compressed, checksummed) and given to the
/// sink. The first chunk holds the RunInfo alone, the following ones grow from 1 KiB to 64 KiB, so a process that is
/// killed leaves a readable file and loses at most as much as it had written before, and never more than 64 KiB of
/// records. The bytes depend on nothing but the events, the calls of flush() and the version of zstd.
///
/// The calls must tell a possible story: run_info() first, tasks and steps numbered without gaps, time and run_ended()
/// as in life. A call that does not throws std::logic_error and writes nothing. Where the file cannot be written,
/// std::system_error names its path. A text above kMaxTextBytes is cut and says so.
///
/// Steady state allocates nothing. One thread at a time.
class Writer {
 public:
  static constexpr std::size_t kMaxTextBytes = std::size_t{1} << 20U;

  /// Records into memory; see take_bytes().
  Writer();
  /// Creates the file. Throws std::system_error where it exists (unless told to overwrite) or cannot be made.
  explicit Writer(const std::filesystem::path& path, Existing existing = Existing::fail);
  /// Writes what is buffered, as flush() does, but drops errors. A trace without run_ended() reads as cut short.
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  /// Ids of sites and texts, good for the lifetime of the Writer, restart() included; equal arguments get equal ids.
  /// They cost nothing in the trace until an event uses them, and the trace numbers them by their first use.
  SiteId intern_site(std::string_view file, std::uint32_t line, std::string_view function);
  TextId intern_text(std::string_view text);

  /// Of the run, only what comes after so many steps will be told: the next is number `steps` + 1. Before run_info().
  void begin_after(StepNumber steps);
  void run_info(const RunInfo& info);
  /// REQUIRES: `task` is the next number; `parent` is kNoTask or an earlier task.
  void task_created(TaskId task, TaskId parent, std::string_view name, SiteId site, std::uint64_t path_hash);
  /// REQUIRES: `number` is the next number, `time` not before the last step's, `cause` before `number`, `chosen` below
  /// `ready` (0 counts as 1), `task` known.
  void step(const Step& step);
  void parked(TaskId task, SiteId site, TextId wait);
  void parked(TaskId task, SiteId site, std::string_view wait) { parked(task, site, intern_text(wait)); }
  void task_ended(TaskId task, TaskEnd how, std::string_view text);
  void cancel_requested(TaskId task, std::string_view message);
  void mark(std::string_view text);
  void draw(TextId stream, std::uint64_t value);
  void draw(std::string_view stream, std::uint64_t value) { draw(intern_text(stream), value); }
  void left_ready(TaskId task, StepNumber cause);
  /// At most kMaxPasts at a time. REQUIRES: the steps from `first` on were recorded.
  void pasts(StepNumber first, std::span<const std::uint32_t> hashes);
  static constexpr std::size_t kMaxPasts = 1024;
  /// Ends the trace: fills in `steps` from what was recorded, seals the last chunk and closes the file. Only restart()
  /// may follow.
  void run_ended(Outcome outcome, std::string_view text, std::chrono::nanoseconds time, std::uint64_t hash);

  /// Seals and writes what is buffered. Each call costs about 40 bytes and some compression.
  void flush();
  /// The number of the latest step.
  StepNumber steps() const;

  /// Memory only (std::logic_error otherwise): flushes, hands out the trace and restarts.
  std::vector<std::byte> take_bytes();
  /// Memory only (std::logic_error otherwise): forgets what was recorded and begins a new trace, keeping its buffers
  /// and all interned ids.
  void restart();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Writes a whole trace, as take_bytes() gave it, to a file. Throws std::system_error, naming the path.
void write_file(const std::filesystem::path& path, std::span<const std::byte> bytes,
                Existing existing = Existing::fail);

}  // namespace corosim::traces
