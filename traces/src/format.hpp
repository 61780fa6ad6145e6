// The numbers of FORMAT.md, once.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace corosim::traces::format {

inline constexpr std::size_t kMagicBytes = 8;
inline constexpr std::array<unsigned char, kMagicBytes> kMagic = {0x89, 'C', 'S', 'I', 'M', '\r', '\n', 0x1a};
inline constexpr std::uint16_t kVersion = 1;
inline constexpr std::size_t kFileHeaderBytes = 16;
inline constexpr std::size_t kChunkHeaderBytes = 40;

/// A chunk kind in lower case may be skipped by a reader that does not know it, as in PNG.
inline constexpr unsigned char kEventsChunk = 'E';
inline constexpr unsigned char kIndexChunk = 'i';
enum class Codec : unsigned char { raw = 0, zstd = 1 };

inline constexpr std::size_t kMaxRawBytes = std::size_t{16} << 20U;
inline constexpr std::size_t kMaxStoredBytes = kMaxRawBytes;
inline constexpr std::size_t kCompressFromBytes = 256;
inline constexpr std::size_t kFirstChunkBytes = std::size_t{1} << 10U;
inline constexpr std::size_t kFullChunkBytes = std::size_t{64} << 10U;
inline constexpr std::size_t kMaxRunInfoBytes = std::size_t{8} << 20U;
inline constexpr std::size_t kMaxRunInfoTexts = kMaxRunInfoBytes / 10;
inline constexpr std::uint64_t kMaxSteps = std::uint64_t{1} << 62U;

/// A trace of fewer chunks is read as fast without an index.
inline constexpr std::size_t kIndexFromChunks = 16;
inline constexpr std::array<unsigned char, 4> kIndexMagic = {'c', 'i', 'd', 'x'};
inline constexpr std::size_t kIndexTrailerBytes = sizeof(std::uint32_t) + kIndexMagic.size();
enum IndexFlag : unsigned {
  kDefines = 1,    // run_info, texts, sites, tasks
  kEnds = 2,       // left_ready, run_ended
  kLoopSteps = 4,  // steps of no task
};

/// First byte of a step: kind + kStepKinds * flags. Every larger byte is a Tag.
inline constexpr unsigned kStepKinds = 5;
enum StepFlag : unsigned {
  kTimeMoved = 1,
  kSiteGiven = 2,
  kDecision = 4,
  kCauseGiven = 8,
  kParkedAsExpected = 16,
};
inline constexpr unsigned kStepHeads = kStepKinds * 32;

enum class Tag : unsigned char {
  define_text = 160,
  define_site = 161,
  run_info = 162,
  task_created = 163,
  parked = 164,
  parked_task = 165,
  task_ended = 166,
  cancel_requested = 167,
  mark = 168,
  draw = 169,
  left_ready = 170,
  run_ended = 171,
  first_skippable = 192,  // from here on: a length and that many bytes, for readers that do not know the tag
  pasts = 192,
};
static_assert(kStepHeads == static_cast<unsigned>(Tag::define_text));

/// Units of the time between two steps, in nanoseconds.
inline constexpr std::array<std::uint64_t, 4> kTimeUnits = {1, 1'000, 1'000'000, 1'000'000'000};
inline constexpr std::uint64_t kTimeEscape = 3;  // "0 s": the nanoseconds follow as a number of their own

/// How the number of ready lanes compares with that of the last decision of the chunk.
enum class ReadyCode : unsigned char { same = 0, one_less = 1, one_more = 2, given = 3 };

}  // namespace corosim::traces::format
