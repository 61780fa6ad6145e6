#include <corosim/traces/reader.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stories.hpp"

namespace corosim::traces {
namespace {

using namespace testing;

TEST(Reader, ReturnsTheEventsThatWereWritten) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    Writer writer;
    const std::vector<std::string> written = record_random(writer, seed, 20 + 10 * seed, seed % 3 == 0 ? 37 : 0);
    const Reading reading = read_all(writer.take_bytes());
    ASSERT_FALSE(reading.error) << seed << ": " << reading.error->what();
    ASSERT_EQ(reading.lines.size(), written.size()) << seed;
    for (std::size_t i = 0; i < written.size(); ++i) ASSERT_EQ(reading.lines[i], written[i]) << seed << " event " << i;
    EXPECT_EQ(reading.tail.kind, Tail::Kind::complete);
  }
}

TEST(Reader, KeepsExtremeValues) {
  constexpr auto kLongest = std::chrono::nanoseconds::max();
  Writer writer;
  writer.run_info({});
  writer.task_created(1, 0, "", 0, ~std::uint64_t{0});
  writer.step(make_step(1, StepKind::timer, 1, std::chrono::nanoseconds(1), 0, 0, 0xffffffffU, 0xfffffffeU));
  writer.step(make_step(2, StepKind::timer, 0, kLongest, 0, 0, 2, 1));
  writer.step(make_step(3, StepKind::timer, 1, kLongest, 2, 0, 0, 0));
  writer.draw("", ~std::uint64_t{0});
  writer.run_ended(Outcome::diverged, "", kLongest, ~std::uint64_t{0});
  const Bytes bytes = writer.take_bytes();
  const Trace trace = Trace::from_bytes(bytes);
  ASSERT_EQ(trace.steps().size(), 3U);
  EXPECT_EQ(trace.steps()[0].ready, 0xffffffffU);
  EXPECT_EQ(trace.steps()[0].chosen, 0xfffffffeU);
  EXPECT_EQ(trace.steps()[1].time, kLongest);
  EXPECT_EQ(trace.steps()[2].ready, 1U) << "no lane is said as one lane";
  EXPECT_EQ(trace.end()->hash, ~std::uint64_t{0});
}

TEST(Reader, SaysThatATraceWithoutAnEndWasCutShort) {
  Writer writer;
  writer.run_info({});
  writer.step(make_step(1, StepKind::callback, 0, {}, 0, 0));
  const Bytes bytes = writer.take_bytes();
  const Reading reading = read_all(bytes);
  ASSERT_FALSE(reading.error);
  EXPECT_EQ(reading.lines.size(), 2U);
  EXPECT_EQ(reading.tail.kind, Tail::Kind::open);
  EXPECT_EQ(reading.tail.offset, bytes.size());
  EXPECT_EQ(reading.tail.text,
            "the trace has no end: it stops at byte " + std::to_string(bytes.size()) + ", after step 1");
}

TEST(Reader, ReadsTheSameFromAFileAsFromMemory) {
  const std::filesystem::path path = std::filesystem::path(::testing::TempDir()) / "reader_test_file.trace";
  std::filesystem::remove(path);
  std::vector<std::string> written;
  {
    Writer writer(path);
    written = record_random(writer, 5, 60'000);
  }
  Reader reader(path);
  std::size_t index = 0;
  while (const std::optional<Event> event = reader.next()) {
    ASSERT_EQ(to_line(*event, reader.sites()), written.at(index)) << index;
    ++index;
  }
  EXPECT_EQ(index, written.size());
  EXPECT_EQ(reader.version(), 1U);
  EXPECT_EQ(reader.path(), path.string());
  std::filesystem::remove(path);
}

TEST(Reader, NamesAFileThatItCannotOpen) {
  try {
    Reader reader(std::filesystem::path("no/such.trace"));
    FAIL() << "opened a file that is not there";
  } catch (const TraceError& error) {
    EXPECT_STREQ(error.what(), "no/such.trace: byte 0: cannot open the trace: No such file or directory");
    EXPECT_EQ(error.path(), "no/such.trace");
  }
  try {
    Reader reader(std::filesystem::path("/"));
    FAIL() << "opened a directory";
  } catch (const TraceError& error) {
    EXPECT_STREQ(error.what(), "/: byte 0: expected a file, found a directory");
  }
}

}  // namespace
}  // namespace corosim::traces
