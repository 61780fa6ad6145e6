#include "chunk.hpp"

#include <fmt/format.h>
#include <xxhash.h>
#include <zstd.h>

#include <algorithm>
#include <cctype>
#include <new>

#include "format.hpp"
#include "varint.hpp"

namespace corosim::traces {

using format::Codec;

std::uint64_t checksum(std::span<const unsigned char> bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

std::vector<unsigned char> file_header() {
  std::vector<unsigned char> bytes(format::kFileHeaderBytes);
  unsigned char* out = std::copy(format::kMagic.begin(), format::kMagic.end(), bytes.data());
  out = put_fixed<std::uint16_t>(out, format::kVersion);
  out = put_fixed<std::uint16_t>(out, 0);
  const std::size_t covered = static_cast<std::size_t>(out - bytes.data());
  put_fixed(out, static_cast<std::uint32_t>(checksum({bytes.data(), covered})));
  return bytes;
}

struct ChunkSealer::Compressor {
  Compressor() : context(ZSTD_createCCtx()) {
    if (context == nullptr) throw std::bad_alloc();
  }
  ~Compressor() { ZSTD_freeCCtx(context); }
  Compressor(const Compressor&) = delete;
  Compressor& operator=(const Compressor&) = delete;
  ZSTD_CCtx* context;
};

ChunkSealer::ChunkSealer() = default;
ChunkSealer::~ChunkSealer() = default;

std::span<const unsigned char> ChunkSealer::seal(std::span<const unsigned char> records, std::uint32_t number,
                                                 StepNumber steps_before) {
  const std::size_t room = std::max(records.size(), ZSTD_compressBound(records.size()));
  if (sealed_.size() < format::kChunkHeaderBytes + room) sealed_.resize(format::kChunkHeaderBytes + room);
  unsigned char* payload = sealed_.data() + format::kChunkHeaderBytes;

  Codec codec = Codec::raw;
  std::size_t stored = records.size();
  if (records.size() >= format::kCompressFromBytes) {
    if (!compressor_) compressor_ = std::make_unique<Compressor>();
    const std::size_t compressed =
        ZSTD_compressCCtx(compressor_->context, payload, room, records.data(), records.size(), 1);
    if (ZSTD_isError(compressed) == 0U && compressed < records.size()) {
      codec = Codec::zstd;
      stored = compressed;
    }
  }
  if (codec == Codec::raw) std::copy(records.begin(), records.end(), payload);
  return put_header({format::kEventsChunk, static_cast<unsigned char>(codec), number,
                     static_cast<std::uint32_t>(stored), static_cast<std::uint32_t>(records.size()), steps_before,
                     checksum({payload, stored})});
}

std::span<const unsigned char> ChunkSealer::seal_index(std::span<const unsigned char> payload, std::uint32_t number,
                                                       StepNumber steps_before) {
  const auto size = static_cast<std::uint32_t>(payload.size());
  if (sealed_.size() < format::kChunkHeaderBytes + size) sealed_.resize(format::kChunkHeaderBytes + size);
  std::copy(payload.begin(), payload.end(), sealed_.data() + format::kChunkHeaderBytes);
  return put_header({format::kIndexChunk, static_cast<unsigned char>(Codec::raw), number, size, size, steps_before,
                     checksum(payload)});
}

std::span<const unsigned char> ChunkSealer::put_header(ChunkHeader header) {
  unsigned char* out = sealed_.data();
  *out++ = header.kind;
  *out++ = header.codec;
  out = put_fixed<std::uint16_t>(out, 0);
  out = put_fixed(out, header.number);
  out = put_fixed(out, header.stored_bytes);
  out = put_fixed(out, header.raw_bytes);
  out = put_fixed(out, header.steps_before);
  out = put_fixed(out, header.payload_checksum);
  put_fixed(out, checksum({sealed_.data(), static_cast<std::size_t>(out - sealed_.data())}));
  return {sealed_.data(), format::kChunkHeaderBytes + header.stored_bytes};
}

std::string parse_chunk_header(std::span<const unsigned char> bytes, ChunkHeader& header) {
  const unsigned char* in = bytes.data();
  constexpr std::size_t kCovered = format::kChunkHeaderBytes - sizeof(std::uint64_t);
  const std::uint64_t expected = checksum(bytes.first(kCovered));
  const std::uint64_t found = get_fixed<std::uint64_t>(in + kCovered);
  if (found != expected) {
    return fmt::format("expected chunk header checksum {:#018x}, found {:#018x}", expected, found);
  }
  header.kind = in[0];
  header.codec = in[1];
  header.number = get_fixed<std::uint32_t>(in + 4);
  header.stored_bytes = get_fixed<std::uint32_t>(in + 8);
  header.raw_bytes = get_fixed<std::uint32_t>(in + 12);
  header.steps_before = get_fixed<std::uint64_t>(in + 16);
  header.payload_checksum = get_fixed<std::uint64_t>(in + 24);

  const bool skippable = std::islower(header.kind) != 0;
  if (header.kind != format::kEventsChunk && !skippable) {
    return fmt::format("expected a chunk of events (0x{:02x}), found kind 0x{:02x}", format::kEventsChunk, header.kind);
  }
  if (skippable) return "";
  if (header.codec > static_cast<unsigned char>(Codec::zstd)) {
    return fmt::format("expected a chunk codec up to 1, found {}", header.codec);
  }
  if (header.raw_bytes > format::kMaxRawBytes || header.stored_bytes > format::kMaxStoredBytes) {
    return fmt::format("expected a chunk of at most {} bytes, found {} stored and {} unpacked", format::kMaxRawBytes,
                       header.stored_bytes, header.raw_bytes);
  }
  if (header.steps_before > format::kMaxSteps) {
    return fmt::format("expected at most {} steps, found {}", format::kMaxSteps, header.steps_before);
  }
  return "";
}

struct ChunkOpener::Decompressor {
  Decompressor() : context(ZSTD_createDCtx()) {
    if (context == nullptr) throw std::bad_alloc();
  }
  ~Decompressor() { ZSTD_freeDCtx(context); }
  Decompressor(const Decompressor&) = delete;
  Decompressor& operator=(const Decompressor&) = delete;
  ZSTD_DCtx* context;
};

ChunkOpener::ChunkOpener() = default;
ChunkOpener::~ChunkOpener() = default;

std::string ChunkOpener::open(const ChunkHeader& header, std::span<const unsigned char> payload,
                              std::vector<unsigned char>& records) {
  const std::uint64_t found = checksum(payload);
  if (found != header.payload_checksum) {
    return fmt::format("expected chunk checksum {:#018x}, found {:#018x}", header.payload_checksum, found);
  }
  if (header.codec == static_cast<unsigned char>(Codec::raw)) {
    if (payload.size() != header.raw_bytes) {
      return fmt::format("expected {} bytes of records, found {}", header.raw_bytes, payload.size());
    }
    records.assign(payload.begin(), payload.end());
    return "";
  }
  if (!decompressor_) decompressor_ = std::make_unique<Decompressor>();
  records.resize(header.raw_bytes);
  const std::size_t unpacked =
      ZSTD_decompressDCtx(decompressor_->context, records.data(), records.size(), payload.data(), payload.size());
  if (ZSTD_isError(unpacked) != 0U) {
    return fmt::format("expected zstd data, found damage: {}", ZSTD_getErrorName(unpacked));
  }
  if (unpacked != records.size()) {
    return fmt::format("expected {} bytes of records, found {}", header.raw_bytes, unpacked);
  }
  return "";
}

}  // namespace corosim::traces
