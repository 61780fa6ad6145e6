// A long trace has an index, and with it nothing is read differently, only less of it.
#include <corosim/traces/outline.hpp>
#include <corosim/traces/render.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>

#include "chunk.hpp"
#include "chunk_index.hpp"
#include "stories.hpp"

namespace corosim::traces {
namespace {

using namespace testing;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Bytes long_trace(std::uint64_t seed) {
  Writer writer;
  record_random(writer, seed, 1500, 40);
  return writer.take_bytes();
}

std::size_t index_offset(const Bytes& bytes) {
  const Reader reader(bytes);
  return static_cast<std::size_t>(reader.index().back().offset + reader.index().back().bytes);
}

/// The trace as it was before its index was written.
Bytes without_index(Bytes bytes) {
  bytes.resize(index_offset(bytes));
  return bytes;
}

std::string story(const Bytes& bytes, const StoryOptions& options) {
  const auto open = [&bytes] { return Reader(bytes); };
  std::string text;
  render_story(open, read_outline(open()), [&text](std::string_view part) { text += part; }, options);
  return text;
}

TEST(Index, IsOfLongTracesOnlyAndTellsEachChunk) {
  EXPECT_THAT(Reader(bank_bytes(true)).index(), IsEmpty());
  const Bytes bytes = long_trace(1);
  const Reader reader(bytes);
  ASSERT_GE(reader.index().size(), 16U);
  EXPECT_TRUE(reader.index().front().defines);
  EXPECT_TRUE(reader.index().back().ends);
  const Trace trace = Trace::from_bytes(bytes);
  std::uint64_t decisions = 0;
  for (const ChunkSummary& chunk : reader.index()) {
    decisions += chunk.decisions;
    if (chunk.steps == 0) continue;
    const Step* const last = trace.step(chunk.steps_before + chunk.steps);
    ASSERT_NE(last, nullptr);
    EXPECT_EQ(chunk.until, last->time);
    EXPECT_LE(chunk.since, trace.step(chunk.steps_before + 1)->time);
  }
  EXPECT_EQ(decisions, static_cast<std::uint64_t>(std::count_if(trace.steps().begin(), trace.steps().end(),
                                                                [](const Step& step) { return step.is_decision(); })));
}

TEST(Index, ChangesNothingOfWhatIsRead) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const Bytes with = long_trace(seed);
    const Bytes without = without_index(with);
    EXPECT_EQ(read_all(with).lines, read_all(without).lines);
    const Outline one = read_outline(Reader(with));
    const Outline other = read_outline(Reader(without));
    EXPECT_EQ(one.tasks, other.tasks);
    EXPECT_EQ(one.sites, other.sites);
    EXPECT_EQ(one.left, other.left);
    EXPECT_EQ(one.last_step, other.last_step);
    EXPECT_EQ(one.steps, other.steps);
    EXPECT_EQ(one.decisions, other.decisions);
    EXPECT_EQ(one.loop_steps, other.loop_steps);
    EXPECT_EQ(one.end, other.end);
    EXPECT_EQ(one.tail.kind, other.tail.kind);
  }
}

TEST(Index, LetsAStoryBeginAndEndAnywhere) {
  const Bytes with = long_trace(3);
  const Bytes without = without_index(with);
  const StepNumber steps = read_outline(Reader(with)).steps;
  ASSERT_GT(steps, 300U);
  for (StepNumber first = 0; first <= steps; first += 7) {
    StoryOptions options;
    options.first_step = first;
    options.last_step = first + first % 40;
    ASSERT_EQ(story(with, options), story(without, options)) << first;
  }
  const Trace trace = Trace::from_bytes(with);
  for (std::size_t i = 0; i < trace.steps().size(); i += 11) {
    StoryOptions options;
    options.since = trace.steps()[i].time;
    options.until = trace.steps()[std::min(i + 30, trace.steps().size() - 1)].time;
    ASSERT_EQ(story(with, options), story(without, options)) << i;
  }
}

TEST(Index, SparesTheReaderTheChunksInBetween) {
  Bytes bytes = long_trace(4);
  const std::vector<ChunkSummary> index = Reader(bytes).index();
  const auto spared = std::find_if(index.begin() + 2, index.end(), [](const auto& chunk) { return !chunk.defines; });
  ASSERT_NE(spared, index.end());
  bytes[static_cast<std::size_t>(spared->offset) + 41] ^= std::byte{1};
  EXPECT_TRUE(read_all(bytes).error) << "a reader of everything meets the damage";
  StoryOptions options;
  options.first_step = spared->steps_before + spared->steps + 1;
  EXPECT_EQ(story(bytes, options), story(long_trace(4), options));
}

TEST(Index, IsNotBelievedWhereAByteOfItIsChanged) {
  Bytes bytes = long_trace(5);
  const std::size_t begin = index_offset(bytes);
  const std::vector<std::string> lines = read_all(bytes).lines;
  for (std::size_t at = begin; at < bytes.size(); ++at) {
    bytes[at] ^= std::byte{0x11};
    const Reading reading = read_all(bytes);
    EXPECT_TRUE(Reader(bytes).index().empty()) << at;
    bytes[at] ^= std::byte{0x11};
    ASSERT_TRUE(reading.error) << at;
    EXPECT_EQ(reading.error->offset(), begin);
    EXPECT_THAT(reading.error->what(), HasSubstr("; the trace is readable up to step "));
    EXPECT_EQ(reading.lines, lines) << "all events came before";
  }
}

/// The trace with an index that fits the file, and tells of no chunk behind the first that it defines anything.
Bytes with_hidden_definitions(const Bytes& bytes) {
  const std::vector<ChunkSummary> index = Reader(bytes).index();
  std::vector<ChunkContents> contents;
  for (const ChunkSummary& chunk : index) {
    const unsigned flags = (contents.empty() ? format::kDefines : 0U) | (chunk.ends ? format::kEnds : 0U);
    contents.push_back({chunk.bytes - format::kChunkHeaderBytes, chunk.steps, chunk.decisions,
                        static_cast<std::uint64_t>(chunk.until.count()), flags});
  }
  ChunkSealer sealer;
  const StepNumber steps = index.back().steps_before + index.back().steps;
  const auto sealed =
      std::as_bytes(sealer.seal_index(encode_index(contents, 0), static_cast<std::uint32_t>(index.size()), steps));
  Bytes hidden = without_index(bytes);
  hidden.insert(hidden.end(), sealed.begin(), sealed.end());
  return hidden;
}

TEST(Index, ThatHidesDefinitionsLeavesAStoryWithoutSomeNames) {
  const Bytes bytes = with_hidden_definitions(long_trace(7));
  ASSERT_FALSE(Reader(bytes).index().empty()) << "it is believed";
  EXPECT_LT(read_outline(Reader(bytes)).tasks.size(), read_outline(Reader(without_index(bytes))).tasks.size());
  StoryOptions options;
  EXPECT_THAT(story(bytes, options), HasSubstr("\n   1000  "));
  options.layout = StoryLayout::columns;
  EXPECT_THAT(story(bytes, options), HasSubstr("\n   1000  "));
  options.site = "f1";
  EXPECT_THAT(story(bytes, options), HasSubstr("steps not shown\n"));
}

TEST(Index, OfATornFileIsMissed) {
  const Bytes bytes = long_trace(6);
  const std::size_t lines = read_all(bytes).lines.size();
  for (std::size_t length = index_offset(bytes); length < bytes.size(); ++length) {
    const auto torn = std::span(bytes).first(length);
    EXPECT_TRUE(Reader(torn).index().empty());
    EXPECT_EQ(read_all(torn).lines.size(), lines);
  }
}

}  // namespace
}  // namespace corosim::traces
