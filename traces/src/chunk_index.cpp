#include "chunk_index.hpp"

#include <algorithm>

#include "chunk.hpp"
#include "varint.hpp"

namespace corosim::traces {

namespace {

constexpr std::size_t kNumbersOfAChunk = 5;

std::optional<std::vector<ChunkSummary>> decode(std::span<const unsigned char> payload, std::uint64_t events_end) {
  const unsigned char* in = payload.data();
  const unsigned char* const end = in + payload.size() - format::kIndexTrailerBytes;
  const auto number = [&in, end](std::uint64_t& value) {
    in = in == nullptr ? nullptr : get_varint(in, end, value);
    return in != nullptr;
  };
  std::uint64_t chunks = 0;
  StepNumber steps = 0;
  if (!number(chunks) || chunks > payload.size() / kNumbersOfAChunk) return std::nullopt;
  if (!number(steps) || steps > format::kMaxSteps) return std::nullopt;
  std::vector<ChunkSummary> index;
  index.reserve(static_cast<std::size_t>(chunks));
  std::uint64_t offset = format::kFileHeaderBytes;
  std::uint64_t time = 0;
  for (; chunks > 0; --chunks) {
    std::uint64_t stored = 0;
    std::uint64_t taken = 0;
    std::uint64_t decisions = 0;
    std::uint64_t passed = 0;
    std::uint64_t flags = 0;
    if (!number(stored) || !number(taken) || !number(decisions) || !number(passed) || !number(flags)) {
      return std::nullopt;
    }
    if (stored > format::kMaxStoredBytes || taken > format::kMaxSteps - steps || decisions > taken) return std::nullopt;
    ChunkSummary chunk;
    chunk.offset = offset;
    chunk.bytes = format::kChunkHeaderBytes + stored;
    chunk.steps_before = steps;
    chunk.steps = taken;
    chunk.decisions = decisions;
    chunk.since = std::chrono::nanoseconds(static_cast<std::int64_t>(time));
    time += passed;
    chunk.until = std::chrono::nanoseconds(static_cast<std::int64_t>(time));
    chunk.defines = (flags & format::kDefines) != 0;
    chunk.ends = (flags & format::kEnds) != 0;
    chunk.loop_steps = (flags & format::kLoopSteps) != 0;
    index.push_back(chunk);
    offset += chunk.bytes;
    steps += taken;
  }
  if (in != end || offset != events_end) return std::nullopt;
  return index;
}

}  // namespace

std::vector<unsigned char> encode_index(std::span<const ChunkContents> chunks, StepNumber steps_before) {
  std::vector<unsigned char> payload((2 + kNumbersOfAChunk * chunks.size()) * kMaxVarintBytes +
                                     format::kIndexTrailerBytes);
  unsigned char* out = put_varint(put_varint(payload.data(), chunks.size()), steps_before);
  std::uint64_t time = 0;
  for (const ChunkContents& chunk : chunks) {
    out = put_varint(put_varint(put_varint(out, chunk.stored_bytes), chunk.steps), chunk.decisions);
    out = put_varint(put_varint(out, chunk.last_time - time), chunk.flags);
    time = chunk.last_time;
  }
  const auto size = static_cast<std::size_t>(out - payload.data()) + format::kIndexTrailerBytes;
  out = put_fixed(out, static_cast<std::uint32_t>(size));
  std::copy(format::kIndexMagic.begin(), format::kIndexMagic.end(), out);
  payload.resize(size);
  return payload;
}

std::optional<std::vector<ChunkSummary>> read_index(ByteSource& source) {
  constexpr std::uint64_t kLeast = format::kFileHeaderBytes + format::kChunkHeaderBytes + format::kIndexTrailerBytes;
  if (source.size() < kLeast) return std::nullopt;
  const auto trailer = source.read(source.size() - format::kIndexTrailerBytes, format::kIndexTrailerBytes);
  if (!std::equal(format::kIndexMagic.begin(), format::kIndexMagic.end(), trailer.data() + sizeof(std::uint32_t))) {
    return std::nullopt;
  }
  const std::uint64_t size = get_fixed<std::uint32_t>(trailer.data());
  if (size < format::kIndexTrailerBytes || size > format::kMaxRawBytes ||
      size > source.size() - format::kFileHeaderBytes - format::kChunkHeaderBytes) {
    return std::nullopt;
  }
  const std::uint64_t offset = source.size() - size - format::kChunkHeaderBytes;
  ChunkHeader header;
  if (!parse_chunk_header(source.read(offset, format::kChunkHeaderBytes), header).empty()) return std::nullopt;
  if (header.kind != format::kIndexChunk || header.stored_bytes != size) return std::nullopt;
  const auto payload = source.read(offset + format::kChunkHeaderBytes, static_cast<std::size_t>(size));
  if (checksum(payload) != header.payload_checksum) return std::nullopt;
  return decode(payload, offset);
}

}  // namespace corosim::traces
