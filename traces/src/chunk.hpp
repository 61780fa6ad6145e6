// Chunks: how records become checksummed bytes and back.
#pragma once

#include <corosim/traces/event.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace corosim::traces {

struct ChunkHeader {
  unsigned char kind = 0;
  unsigned char codec = 0;
  std::uint32_t number = 0;
  std::uint32_t stored_bytes = 0;
  std::uint32_t raw_bytes = 0;
  StepNumber steps_before = 0;
  std::uint64_t payload_checksum = 0;
};

/// XXH3-64.
std::uint64_t checksum(std::span<const unsigned char> bytes);

std::vector<unsigned char> file_header();

/// Seals records into chunks, reusing its buffers.
class ChunkSealer {
 public:
  ChunkSealer();
  ~ChunkSealer();
  /// Header and payload of a chunk of events, valid until the next call.
  std::span<const unsigned char> seal(std::span<const unsigned char> records, std::uint32_t number,
                                      StepNumber steps_before);
  /// The same of an index, as it is.
  std::span<const unsigned char> seal_index(std::span<const unsigned char> payload, std::uint32_t number,
                                            StepNumber steps_before);

 private:
  std::span<const unsigned char> put_header(ChunkHeader header);

  struct Compressor;
  std::unique_ptr<Compressor> compressor_;  // made with the first chunk that is worth it
  std::vector<unsigned char> sealed_;
};

/// Reads a header. Returns what is wrong with it, or an empty string. REQUIRES: kChunkHeaderBytes.
std::string parse_chunk_header(std::span<const unsigned char> bytes, ChunkHeader& header);

/// Unpacks payloads, reusing its buffers.
class ChunkOpener {
 public:
  ChunkOpener();
  ~ChunkOpener();
  /// Fills `records`. Returns what is wrong with the payload, or an empty string.
  std::string open(const ChunkHeader& header, std::span<const unsigned char> payload,
                   std::vector<unsigned char>& records);

 private:
  struct Decompressor;
  std::unique_ptr<Decompressor> decompressor_;
};

}  // namespace corosim::traces
