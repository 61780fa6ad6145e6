// The insides of a Writer: the open chunk and the way of a record into it.
#pragma once

#include <algorithm>
#include <corosim/traces/writer.hpp>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "chunk.hpp"
#include "chunk_index.hpp"
#include "file.hpp"
#include "format.hpp"
#include "interner.hpp"
#include "prediction.hpp"
#include "varint.hpp"

namespace corosim::traces {

using format::Tag;

inline constexpr std::size_t kMaxStepBytes = 1 + 7 * kMaxVarintBytes;
inline constexpr std::size_t kMaxNumbersBytes = 1 + 5 * kMaxVarintBytes;  // of a record, besides its texts

/// Throws std::logic_error in the Writer's name.
[[noreturn]] void misuse(const std::string& what);

/// The front of a text that is too long, and a note that it was cut.
std::string cut_text(std::string_view text);

/// What a Writer records into: the open chunk, what is expected of the next step, and the sink.
struct Writer::State {
  static constexpr std::size_t kNowhere = static_cast<std::size_t>(-1);
  enum class Phase : std::uint8_t { empty, running, ended, failed };

  State() : records_(format::kFullChunkBytes + kMaxStepBytes + kMaxNumbersBytes) { restart(); }
  explicit State(FileSink sink) : State() {
    sink.write(file_header());
    file_.emplace(std::move(sink));
  }

  /// Forgets the trace, keeps the buffers and what is interned.
  void restart();
  /// So many steps of the run are left out.
  void begin_after(StepNumber steps);
  /// Ends the open chunk and begins the next. In a file it is there from now on; in memory it waits uncompressed until
  /// 64 KiB have gathered, as most traces in memory are thrown away.
  void close_chunk();
  /// Seals the closed chunks and gives them to the sink. REQUIRES: the open one is empty, and only restart() or
  /// begin_chunk() follow.
  void write_out();

  /// Where the trace is long, and all of it written out.
  void write_index();

  /// Every record but a definition begins here.
  void begin_record() {
    if (phase_ != Phase::running) refuse();
    if (used_ >= limit_) close_chunk();
  }
  /// Room for a record, which finish() then closes.
  unsigned char* room(std::size_t bytes) {
    if (records_.size() - used_ < bytes) records_.resize(std::max(2 * records_.size(), used_ + bytes));
    return records_.data() + used_;
  }
  void finish(const unsigned char* end) { used_ = static_cast<std::size_t>(end - records_.data()); }

  static unsigned char* put_tag(unsigned char* out, Tag tag) {
    *out++ = static_cast<unsigned char>(tag);
    return out;
  }
  static unsigned char* put_text(unsigned char* out, std::string_view text) {
    out = put_varint(out, text.size());
    if (!text.empty()) std::memcpy(out, text.data(), text.size());
    return out + text.size();
  }

  /// `numbers` writes the record up to the text, into room that is enough; long texts are cut.
  template <typename Numbers>
  void record_with_text(std::string_view text, const Numbers& numbers) {
    if (text.size() > kMaxTextBytes) return record_with_text(cut_text(text), numbers);
    unsigned char* out = room(kMaxNumbersBytes + text.size());
    finish(put_text(numbers(out), text));
  }

  void check_task(TaskId task) const {
    if (task > tasks_) misuse(fmt::format("task {} was not created; there are {}", task, tasks_));
  }
  /// Whether `step` may come next. One branch for all conditions.
  bool is_possible(const Step& step) const {
    return static_cast<bool>(
        static_cast<unsigned>(step.task <= tasks_) & static_cast<unsigned>(step.number == steps_ + 1) &
        static_cast<unsigned>(step.cause < step.number) &
        static_cast<unsigned>(static_cast<std::uint64_t>(step.time.count()) >= time_) &
        static_cast<unsigned>(step.time.count() >= 0) & static_cast<unsigned>(step.chosen < std::max(step.ready, 1U)) &
        static_cast<unsigned>(static_cast<unsigned>(step.kind) < format::kStepKinds));
  }
  [[noreturn]] void refuse_step(const Step& step) const;
  /// The numbers that ids have in the trace; a definition is written where they have none yet.
  SiteId site_in_trace(SiteId site) {
    const SiteId known = names_.knows_site(site) ? names_.site_in_trace(site) : 0;
    return known != 0 ? known : define_site(site);
  }
  std::uint32_t text_in_trace(TextId text) {
    const std::uint32_t known = names_.knows_text(text) ? names_.text_in_trace(text) : 0;
    return known != 0 ? known : define_text(text);
  }

  Phase phase_ = Phase::empty;
  struct ClosedChunk {
    std::size_t begin = 0;  // in records_
    std::size_t end = 0;
    StepNumber steps_before = 0;
    ChunkContents contents;
  };
  std::vector<unsigned char> records_;  // the closed chunks and the open one, and room for more
  std::size_t used_ = 0;                // of records_
  std::size_t chunk_begin_ = 0;         // of the open chunk
  std::size_t limit_ = 0;               // where the open chunk is full
  std::vector<ClosedChunk> closed_;
  ChunkContents contents_;            // of the open chunk
  std::vector<ChunkContents> index_;  // of the chunks that were sealed
  std::uint64_t raw_total_ = 0;       // bytes of records in closed chunks
  std::uint32_t next_chunk_ = 0;      // number of the next one to be sealed
  StepNumber first_steps_ = 0;        // steps before the first chunk
  StepNumber chunk_steps_ = 0;        // steps before the open chunk
  StepNumber steps_ = 0;
  TaskId tasks_ = 0;
  std::uint64_t time_ = 0;
  Prediction prediction_;
  std::size_t step_head_ = 0;        // of the latest step, in records_
  std::size_t step_end_ = kNowhere;  // used_ as long as nothing follows that step
  Interner names_;
  ChunkSealer sealer_;
  std::optional<FileSink> file_;
  std::vector<std::byte> memory_;  // the trace so far where there is no file

 private:
  void begin_chunk();
  SiteId define_site(SiteId site);
  std::uint32_t define_text(TextId text);
  void emit(std::span<const unsigned char> bytes);
  [[noreturn]] void refuse() const;
};

}  // namespace corosim::traces
