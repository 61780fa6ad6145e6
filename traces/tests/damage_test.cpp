// Whatever happens to the bytes, a reader tells the true story up to the damage and then where and what it is.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "chunk.hpp"
#include "stories.hpp"
#include "varint.hpp"

namespace corosim::traces {
namespace {

using namespace testing;
using ::testing::HasSubstr;

/// A trace of many small chunks, some compressed, and where each of them ends.
struct Sample {
  Bytes bytes;
  std::vector<std::string> lines;
  std::vector<std::size_t> chunk_ends{16};
};

Sample make_sample(std::uint64_t seed, std::size_t events, std::size_t flush_every) {
  Sample sample;
  Writer writer;
  sample.lines = record_random(writer, seed, events, flush_every);
  sample.bytes = writer.take_bytes();
  const auto* data = reinterpret_cast<const unsigned char*>(sample.bytes.data());
  while (sample.chunk_ends.back() < sample.bytes.size()) {
    const std::size_t at = sample.chunk_ends.back();
    sample.chunk_ends.push_back(at + 40 + get_fixed<std::uint32_t>(data + at + 8));
  }
  return sample;
}

bool is_prefix(const std::vector<std::string>& lines, const std::vector<std::string>& of) {
  return lines.size() <= of.size() && std::equal(lines.begin(), lines.end(), of.begin());
}

/// Lines of the whole chunks of every prefix that ends with a chunk.
std::vector<std::size_t> lines_by_chunk(const Sample& sample) {
  std::vector<std::size_t> lines;
  for (const std::size_t end : sample.chunk_ends) {
    lines.push_back(read_all(std::span(sample.bytes).first(end)).lines.size());
  }
  return lines;
}

TEST(Reader, StopsAtTheLastWholeChunkOfATornFile) {
  const Sample sample = make_sample(1, 400, 60);
  ASSERT_GE(sample.chunk_ends.size(), 6U);
  const std::vector<std::size_t> lines = lines_by_chunk(sample);
  EXPECT_EQ(lines.back(), sample.lines.size());
  for (std::size_t length = 0; length <= sample.bytes.size(); ++length) {
    const Reading reading = read_all(std::span(sample.bytes).first(length));
    ASSERT_FALSE(reading.error) << length << ": " << reading.error->what();
    ASSERT_TRUE(is_prefix(reading.lines, sample.lines)) << length;
    const auto whole = std::upper_bound(sample.chunk_ends.begin(), sample.chunk_ends.end(), length);
    const auto chunks = static_cast<std::size_t>(whole - sample.chunk_ends.begin());
    ASSERT_EQ(reading.lines.size(), chunks == 0 ? 0 : lines[chunks - 1]) << length;
    const bool ends_with_chunk = chunks != 0 && sample.chunk_ends[chunks - 1] == length;
    const Tail::Kind kind = length == sample.bytes.size() ? Tail::Kind::complete
                            : ends_with_chunk             ? Tail::Kind::open
                                                          : Tail::Kind::torn;
    ASSERT_EQ(reading.tail.kind, kind) << length;
    if (kind == Tail::Kind::torn) {
      EXPECT_EQ(reading.tail.offset, chunks == 0 ? length : sample.chunk_ends[chunks - 1]);
      EXPECT_FALSE(reading.tail.text.empty());
    }
  }
}

TEST(Reader, FindsEveryFlippedByteAndNamesItsChunk) {
  Sample sample = make_sample(2, 400, 60);
  const std::vector<std::size_t> lines = lines_by_chunk(sample);
  for (std::size_t at = 0; at < sample.bytes.size(); ++at) {
    for (const unsigned flip : {0x01U, 0xf0U}) {
      sample.bytes[at] ^= static_cast<std::byte>(flip);
      const Reading reading = read_all(sample.bytes);
      sample.bytes[at] ^= static_cast<std::byte>(flip);
      ASSERT_TRUE(reading.error) << "byte " << at << " flipped by " << flip << " went unnoticed";
      ASSERT_TRUE(is_prefix(reading.lines, sample.lines)) << at;
      if (at < 16) {
        EXPECT_TRUE(reading.lines.empty());
        continue;
      }
      const auto chunk = std::upper_bound(sample.chunk_ends.begin(), sample.chunk_ends.end(), at) - 1;
      EXPECT_EQ(reading.error->offset(), *chunk) << at;
      EXPECT_EQ(reading.lines.size(), lines[static_cast<std::size_t>(chunk - sample.chunk_ends.begin())]) << at;
      EXPECT_THAT(reading.error->what(), HasSubstr("; the trace is readable up to step ")) << at;
    }
  }
}

TEST(Reader, NoticesChunksThatAreLostRepeatedOrSwapped) {
  const Sample sample = make_sample(3, 400, 60);
  const auto chunk = [&](std::size_t index) {
    return std::span(sample.bytes)
        .subspan(sample.chunk_ends[index], sample.chunk_ends[index + 1] - sample.chunk_ends[index]);
  };
  const auto made_of = [&](const std::vector<std::size_t>& chunks) {
    Bytes bytes(sample.bytes.begin(), sample.bytes.begin() + 16);
    for (const std::size_t index : chunks) bytes.insert(bytes.end(), chunk(index).begin(), chunk(index).end());
    return read_all(bytes);
  };
  EXPECT_FALSE(made_of({0, 1, 2, 3}).error);
  for (const auto& chunks : {std::vector<std::size_t>{1, 2, 3}, {0, 2, 3}, {0, 1, 1, 2}, {0, 2, 1, 3}}) {
    const Reading reading = made_of(chunks);
    ASSERT_TRUE(reading.error);
    EXPECT_THAT(reading.error->what(), HasSubstr("expected chunk "));
    EXPECT_TRUE(is_prefix(reading.lines, sample.lines));
  }
}

TEST(Reader, SurvivesRandomBytes) {
  const Sample sample = make_sample(4, 200, 40);
  Dice dice(4);
  for (int round = 0; round < 20'000; ++round) {
    Bytes bytes = sample.bytes;
    switch (round % 3) {
      case 0:  // noise, behind a valid header in every other case
        bytes.resize(dice.below(600));
        for (std::size_t i = dice.one_in(2) ? 16 : 0; i < bytes.size(); ++i) bytes[i] = std::byte(dice.any() & 0xffU);
        break;
      case 1:  // a stretch overwritten
        for (std::uint64_t i = dice.below(bytes.size()), end = std::min(bytes.size(), i + dice.below(60)); i < end;
             ++i) {
          bytes[i] = std::byte(dice.any() & 0xffU);
        }
        break;
      default:  // a stretch lost
        const auto first = bytes.begin() + static_cast<std::ptrdiff_t>(dice.below(bytes.size()));
        bytes.erase(first,
                    first + static_cast<std::ptrdiff_t>(dice.below(static_cast<std::uint64_t>(bytes.end() - first))));
    }
    const Reading reading = read_all(bytes);
    if (round % 3 == 0) continue;
    ASSERT_TRUE(is_prefix(reading.lines, sample.lines)) << round;
  }
}

/// A trace of one chunk with these records, correctly sealed: what a broken or malicious writer could make.
Reading read_records(const std::vector<unsigned char>& records, StepNumber steps_before = 0) {
  ChunkSealer sealer;
  std::vector<unsigned char> bytes = file_header();
  const std::span<const unsigned char> sealed = sealer.seal(records, 0, steps_before);
  bytes.insert(bytes.end(), sealed.begin(), sealed.end());
  return read_all(std::as_bytes(std::span(bytes)));
}

std::vector<unsigned char> with_run_info(const std::vector<unsigned char>& more) {
  std::vector<unsigned char> records{162, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0};
  for (const unsigned char byte : more) records.push_back(byte);
  return records;
}

TEST(Reader, RefusesImpossibleRecordsInASoundChunk) {
  EXPECT_EQ(read_records(with_run_info({})).lines.size(), 1U);
  const auto problem = [](const std::vector<unsigned char>& more) -> std::string {
    const Reading reading = read_records(with_run_info(more));
    return reading.error ? reading.error->what() : "accepted";
  };
  const std::string at = "t.trace: byte 16: record at byte 15 of the unpacked chunk: ";
  const std::string end = "; the trace is readable up to step 0";
  EXPECT_EQ(problem({0}), at + "expected a task, found no whole number" + end);
  EXPECT_EQ(problem({0, 2}), at + "expected a task up to 0, found 1" + end);
  EXPECT_EQ(problem({10, 0, 9}), at + "expected a site up to 0, found 9" + end);
  EXPECT_EQ(problem({40, 0, 0}), at + "expected a cause before step 1, found itself" + end);
  EXPECT_EQ(problem({20, 0, 0}), at + "expected a choice among at least 2 lanes, found 0 of 1" + end);
  EXPECT_EQ(problem({168, 0xff, 0xff, 0xff, 0xff, 0x0f}),
            at + "expected a mark of 4294967295 bytes, found 0 left in the chunk" + end);
  EXPECT_EQ(problem({172}), at + "expected a record, found 0xac" + end);
  EXPECT_EQ(problem({163, 2}), at + "expected the birth of task 1, found 2" + end);
  EXPECT_EQ(problem({169, 1, 0}), at + "expected a text up to 0, found 1" + end);
  EXPECT_EQ(problem({160, 7, 0}), at + "expected the definition of text 1, found 7" + end);
  EXPECT_EQ(problem({162}), at + "expected one description of the run, found a second" + end);
  EXPECT_THAT(problem({200, 5, 1}), HasSubstr("expected a record of 5 bytes, found 1 left in the chunk"));
  EXPECT_THAT(problem({200, 0x81, 0}), HasSubstr("expected a record of 1 bytes, found 0 left in the chunk"));
  EXPECT_EQ(problem({200, 2, 1, 1}), "accepted") << "records of a later minor version are skipped";
  EXPECT_THAT(problem({80, 0}), HasSubstr("expected a step that parks as an earlier one did"));
  EXPECT_EQ(read_records({168, 0}).error->what(),
            std::string("t.trace: byte 16: record at byte 0 of the unpacked chunk: expected the run's description "
                        "first, found record 0xa8; the trace is readable up to step 0"));
  EXPECT_THAT(read_records(with_run_info({}), ~StepNumber{0}).error->what(), HasSubstr("steps, found"));
}

TEST(Reader, SurvivesRandomRecordsInASoundChunk) {
  Dice dice(5);
  for (int round = 0; round < 100'000; ++round) {
    std::vector<unsigned char> records = with_run_info({163, 1, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 1, 'a', 160, 1, 1, 'b'});
    for (std::uint64_t more = dice.below(40); more > 0; --more) {
      records.push_back(static_cast<unsigned char>(dice.one_in(2) ? dice.below(4) : dice.below(256)));
    }
    const Reading reading = read_records(records);
    EXPECT_GE(reading.lines.size(), 1U);
  }
}

TEST(Reader, RefusesForeignAndNewerFiles) {
  const auto what = [](const std::vector<unsigned char>& bytes) -> std::string {
    const Reading reading = read_all(std::as_bytes(std::span(bytes)));
    return reading.error ? reading.error->what() : "accepted";
  };
  EXPECT_EQ(what({'#', '!', '/', 'b', 'i', 'n', '/', 's', 'h', '\n'}),
            "t.trace: byte 0: not a corosim trace: expected magic 89 43 53 49 4d 0d 0a 1a, found 23 21 2f 62 69 6e 2f "
            "73");
  std::vector<unsigned char> header = file_header();
  const auto with_version = [&](std::uint16_t version) {
    unsigned char* out = put_fixed(header.data() + 8, version);
    put_fixed(out + 2, static_cast<std::uint32_t>(checksum({header.data(), 12})));
    return what(header);
  };
  EXPECT_EQ(with_version(7), "t.trace: byte 8: written by a newer corosim: version 7, this one reads up to 1");
  EXPECT_EQ(with_version(0), "t.trace: byte 8: expected a version from 1 on, found 0");
  EXPECT_EQ(with_version(1), "accepted");
}

TEST(Reader, RefusesSizesThatNoWriterMakes) {
  std::vector<unsigned char> bytes = file_header();
  std::vector<unsigned char> chunk(40 + 8);
  chunk[0] = 'E';
  const auto what = [&](unsigned codec, std::uint32_t stored, std::uint32_t raw) -> std::string {
    chunk[1] = static_cast<unsigned char>(codec);
    put_fixed(put_fixed(chunk.data() + 8, stored), raw);
    put_fixed(chunk.data() + 24, checksum(std::span<const unsigned char>(chunk).subspan(40)));
    put_fixed(chunk.data() + 32, checksum(std::span<const unsigned char>(chunk).first(32)));
    std::vector<unsigned char> file = bytes;
    file.insert(file.end(), chunk.begin(), chunk.end());
    const Reading reading = read_all(std::as_bytes(std::span(file)));
    return reading.error ? reading.error->what() : reading.tail.text;
  };
  EXPECT_THAT(what(1, 8, 0xffffffffU), HasSubstr("expected a chunk of at most 16777216 bytes, found 8 stored and "
                                                 "4294967295 unpacked"));
  EXPECT_THAT(what(0, 0xffffffffU, 8), HasSubstr("expected a chunk of at most 16777216 bytes"));
  EXPECT_THAT(what(1, 8, 1U << 20U), HasSubstr("expected zstd data, found damage"));
  EXPECT_THAT(what(0, 8, 9), HasSubstr("expected 9 bytes of records, found 8"));
  EXPECT_THAT(what(9, 8, 8), HasSubstr("expected a chunk codec up to 1, found 9"));
  EXPECT_THAT(what(0, 100, 100), HasSubstr("the trace is torn: the chunk at byte 16 lacks its last 92 bytes"));
}

TEST(Trace, KeepsWhatIsReadableWhereAsked) {
  Sample sample = make_sample(6, 400, 60);
  const std::size_t chunk = sample.chunk_ends[3];
  sample.bytes[chunk + 50] ^= std::byte{1};
  EXPECT_THROW(Trace::from_bytes(sample.bytes), TraceError);
  const Trace trace = Trace::from_bytes(sample.bytes, "t.trace", OnDamage::keep_readable);
  EXPECT_EQ(trace.tail().kind, Tail::Kind::damaged);
  EXPECT_EQ(trace.tail().offset, chunk);
  EXPECT_THAT(trace.tail().text, HasSubstr("t.trace: byte " + std::to_string(chunk) + ": expected chunk checksum 0x"));
  EXPECT_FALSE(trace.steps().empty());
}

TEST(Trace, RefusesAFileWithoutARun) {
  const Bytes bytes = bank_bytes(true);
  const auto what = [&](std::size_t length) -> std::string {
    try {
      Trace::from_bytes(std::span(bytes).first(length), "t.trace");
    } catch (const TraceError& error) {
      return error.what();
    }
    return "accepted";
  };
  EXPECT_EQ(what(0), "t.trace: byte 0: expected a run, found none: the file is empty");
  EXPECT_EQ(what(7),
            "t.trace: byte 7: expected a run, found none: the file ends at byte 7, inside its header of 16 bytes");
  EXPECT_THAT(what(16), HasSubstr("expected a run, found none"));
  EXPECT_THAT(what(50), HasSubstr("expected a run, found none"));
  EXPECT_EQ(what(bytes.size()), "accepted");
}

}  // namespace
}  // namespace corosim::traces
