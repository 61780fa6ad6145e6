// The index of a long trace: what each of its chunks holds, so that a reader may pass over those that it does not need.
#pragma once

#include <corosim/traces/reader.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "file.hpp"
#include "format.hpp"

namespace corosim::traces {

/// What a Writer tells the index of a chunk.
struct ChunkContents {
  std::uint64_t stored_bytes = 0;
  std::uint64_t steps = 0;
  std::uint64_t decisions = 0;
  std::uint64_t last_time = 0;  // in nanoseconds, of the latest step of the run so far
  unsigned flags = 0;           // format::IndexFlag
};

/// The payload of an index chunk; `steps_before` those of the run before the first of the chunks.
std::vector<unsigned char> encode_index(std::span<const ChunkContents> chunks, StepNumber steps_before);

/// The index at the end of the source; nothing where there is none, or where it does not fit the file.
std::optional<std::vector<ChunkSummary>> read_index(ByteSource& source);

}  // namespace corosim::traces
