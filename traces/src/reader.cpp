#include <corosim/traces/reader.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "chunk.hpp"
#include "chunk_index.hpp"
#include "decoder.hpp"
#include "file.hpp"
#include "format.hpp"
#include "varint.hpp"

namespace corosim::traces {

TraceError::TraceError(const std::string& path, std::uint64_t offset, const std::string& problem)
    : std::runtime_error(fmt::format("{}: byte {}: {}", path, offset, problem)), path_(path), offset_(offset) {}

struct Reader::State {
  explicit State(ByteSource bytes) : source_(std::move(bytes)) {
    read_file_header();
    if (auto index = read_index(source_)) index_ = std::move(*index);
  }

  void read_file_header();
  std::optional<Event> next();
  /// Unpacks the next chunk of events. False at the end, with the tail set.
  bool next_chunk();
  void pass_over_chunks();
  void end(Tail::Kind kind, std::uint64_t offset, const std::string& text) { tail_ = {kind, offset, text}; }
  std::string readable() const { return fmt::format("the trace is readable up to step {}", decoder_.last_step()); }
  [[noreturn]] void fail(std::uint64_t offset, const std::string& problem) {
    throw damage_.emplace(source_.name(), offset, fmt::format("{}; {}", problem, readable()));
  }

  ByteSource source_;
  unsigned version_ = 0;
  std::uint64_t offset_ = 0;        // of the next chunk
  std::uint64_t chunk_offset_ = 0;  // of the one being read
  std::uint32_t chunks_ = 0;
  std::optional<StepNumber> steps_passed_over_;  // since the latest chunk that was read: up to this one
  std::vector<ChunkSummary> index_;
  std::function<bool(const ChunkSummary&)> wanted_;
  std::vector<unsigned char> records_;
  ChunkOpener opener_;
  Decoder decoder_;
  Tail tail_;
  std::optional<TraceError> damage_;  // met before: there is nothing behind it
};

void Reader::State::read_file_header() {
  const std::size_t count = static_cast<std::size_t>(std::min<std::uint64_t>(source_.size(), format::kFileHeaderBytes));
  const std::span<const unsigned char> bytes = source_.read(0, count);
  const std::size_t comparable = std::min(count, format::kMagicBytes);
  if (!std::equal(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(comparable), format::kMagic.begin())) {
    throw TraceError(source_.name(), 0,
                     fmt::format("not a corosim trace: expected magic {:02x}, found {:02x}",
                                 fmt::join(format::kMagic, " "), fmt::join(bytes.first(comparable), " ")));
  }
  if (count < format::kFileHeaderBytes) {
    end(Tail::Kind::torn, count,
        count == 0
            ? std::string("the file is empty")
            : fmt::format("the file ends at byte {}, inside its header of {} bytes", count, format::kFileHeaderBytes));
    return;
  }
  constexpr std::size_t kCovered = format::kFileHeaderBytes - sizeof(std::uint32_t);
  const std::uint32_t expected = static_cast<std::uint32_t>(checksum(bytes.first(kCovered)));
  const std::uint32_t found = get_fixed<std::uint32_t>(bytes.data() + kCovered);
  if (found != expected) {
    throw TraceError(source_.name(), kCovered,
                     fmt::format("expected file header checksum {:#010x}, found {:#010x}", expected, found));
  }
  version_ = get_fixed<std::uint16_t>(bytes.data() + format::kMagicBytes);
  if (version_ > format::kVersion) {
    throw TraceError(
        source_.name(), format::kMagicBytes,
        fmt::format("written by a newer corosim: version {}, this one reads up to {}", version_, format::kVersion));
  }
  if (version_ == 0) throw TraceError(source_.name(), format::kMagicBytes, "expected a version from 1 on, found 0");
  offset_ = format::kFileHeaderBytes;
}

std::optional<Event> Reader::State::next() {
  if (tail_.kind != Tail::Kind::unread) return std::nullopt;
  if (damage_) throw *damage_;
  try {
    for (;;) {
      if (std::optional<Event> event = decoder_.next()) return event;
      if (!next_chunk()) return std::nullopt;
    }
  } catch (const RecordError& error) {
    fail(chunk_offset_, fmt::format("record at byte {} of the unpacked chunk: {}", error.offset(), error.what()));
  }
}

void Reader::State::pass_over_chunks() {
  while (chunks_ < index_.size() && !index_[chunks_].defines && !wanted_(index_[chunks_])) {
    const ChunkSummary& chunk = index_[chunks_++];
    steps_passed_over_ = chunk.steps_before + chunk.steps;
    offset_ = chunk.offset + chunk.bytes;
  }
}

bool Reader::State::next_chunk() {
  for (;;) {
    if (wanted_) pass_over_chunks();
    const std::uint64_t left = source_.size() - offset_;
    if (left == 0) {
      if (decoder_.has_ended()) {
        end(Tail::Kind::complete, offset_, "");
      } else {
        end(Tail::Kind::open, offset_,
            fmt::format("the trace has no end: it stops at byte {}, after step {}", offset_, decoder_.last_step()));
      }
      return false;
    }
    const auto torn = [this](std::uint64_t missing) {
      end(Tail::Kind::torn, offset_,
          fmt::format("the trace is torn: the chunk at byte {} lacks its last {} bytes; {}", offset_, missing,
                      readable()));
      return false;
    };
    if (left < format::kChunkHeaderBytes) return torn(format::kChunkHeaderBytes - left);
    ChunkHeader header;
    if (const std::string problem = parse_chunk_header(source_.read(offset_, format::kChunkHeaderBytes), header);
        !problem.empty()) {
      fail(offset_, problem);
    }
    if (header.number != chunks_) fail(offset_, fmt::format("expected chunk {}, found {}", chunks_, header.number));
    if (left - format::kChunkHeaderBytes < header.stored_bytes) {
      return torn(header.stored_bytes - (left - format::kChunkHeaderBytes));
    }
    chunk_offset_ = offset_;
    offset_ += format::kChunkHeaderBytes + header.stored_bytes;
    ++chunks_;
    if (header.kind != format::kEventsChunk && header.kind != format::kIndexChunk) continue;

    const StepNumber steps = steps_passed_over_.value_or(decoder_.last_step());
    if (decoder_.has_started() && header.steps_before != steps) {
      fail(chunk_offset_,
           fmt::format("expected a chunk after step {}, found one after step {}", steps, header.steps_before));
    }
    const std::string problem =
        opener_.open(header, source_.read(chunk_offset_ + format::kChunkHeaderBytes, header.stored_bytes), records_);
    if (!problem.empty()) fail(chunk_offset_, problem);
    if (header.kind == format::kIndexChunk) continue;
    steps_passed_over_.reset();
    decoder_.begin_chunk(records_, header.steps_before);
    return true;
  }
}

Reader::Reader(const std::filesystem::path& path) : state_(std::make_unique<State>(ByteSource(path))) {}
Reader::Reader(std::span<const std::byte> bytes, std::string name)
    : state_(std::make_unique<State>(ByteSource(bytes, std::move(name)))) {}
Reader::~Reader() = default;
Reader::Reader(Reader&&) noexcept = default;
Reader& Reader::operator=(Reader&&) noexcept = default;

const std::vector<ChunkSummary>& Reader::index() const { return state_->index_; }
void Reader::choose_chunks(std::function<bool(const ChunkSummary&)> wanted) { state_->wanted_ = std::move(wanted); }
std::optional<Event> Reader::next() { return state_->next(); }
const std::vector<Site>& Reader::sites() const { return state_->decoder_.sites(); }
const Tail& Reader::tail() const { return state_->tail_; }
const std::string& Reader::path() const { return state_->source_.name(); }
unsigned Reader::version() const { return state_->version_; }

}  // namespace corosim::traces
