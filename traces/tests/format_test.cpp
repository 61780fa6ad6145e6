// FORMAT.md and the golden traces against what the code does.
#include <corosim/traces/render.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "prediction.hpp"
#include "stories.hpp"

namespace corosim::traces {
namespace {

using namespace testing;

/// The worked example of FORMAT.md.
Bytes worked_example() {
  using std::chrono::milliseconds;
  Writer writer;
  const SiteId birth = writer.intern_site("bank.cpp", 3, "main");
  const SiteId loop = writer.intern_site("bank.cpp", 5, "main");
  writer.run_info({"demo", {}, "fifo", "fifo", 42, "0.1.0", {}});
  writer.task_created(1, kNoTask, "main", birth, 0x1122334455667788U);
  writer.step(make_step(1, StepKind::task_start, 1, milliseconds(0), 0, birth));
  writer.parked(1, loop, "sleep");
  writer.step(make_step(2, StepKind::task_resume, 1, milliseconds(5), 1, loop));
  writer.parked(1, loop, "sleep");
  writer.step(make_step(3, StepKind::task_resume, 1, milliseconds(10), 2, loop));
  writer.parked(1, loop, "sleep");
  writer.step(make_step(4, StepKind::task_resume, 1, milliseconds(10), 1, loop, 3, 2));
  writer.mark("hello");
  writer.task_ended(1, TaskEnd::result, "");
  writer.run_ended(Outcome::completed, "", milliseconds(10), 0xabcdU);
  return writer.take_bytes();
}

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

Bytes as_bytes(const std::string& text) {
  const auto* first = reinterpret_cast<const std::byte*>(text.data());
  return {first, first + text.size()};
}

/// The bytes of the page's hexdump: lines of an offset, bytes, and after two blanks what they mean.
Bytes hexdump_of_the_page(const std::string& page) {
  Bytes bytes;
  std::istringstream lines(page.substr(page.find("```hexdump\n") + 11));
  for (std::string line; std::getline(lines, line) && line != "```";) {
    const std::size_t offset_end = line.find(' ');
    EXPECT_EQ(std::stoul(line.substr(0, offset_end), nullptr, 16), bytes.size()) << line;
    const std::size_t begin = offset_end + 2;
    std::istringstream numbers(line.substr(begin, line.find("  ", begin) - begin));
    for (std::string number; numbers >> number;) bytes.push_back(std::byte(std::stoul(number, nullptr, 16)));
  }
  return bytes;
}

TEST(Format, WorkedExampleOfThePageIsWhatTheWriterWrites) {
  const Bytes page = hexdump_of_the_page(text_of(COROSIM_TRACES_FORMAT));
  const Bytes written = worked_example();
  ASSERT_EQ(page.size(), written.size());
  for (std::size_t i = 0; i < page.size(); ++i) ASSERT_EQ(page[i], written[i]) << "at byte " << i;
}

TEST(Format, ExpectsNothingFromTheChunkBefore) {
  Prediction used;
  Prediction fresh;
  for (Prediction* prediction : {&used, &fresh}) {
    prediction->know_task(2);
    prediction->know_site(5);
  }
  used.begin_chunk(0);
  used.created(1, 4);
  used.stepped(make_step(1, StepKind::task_start, 1, {}, 0, 4, 7, 0), 99, 4);
  used.parked(1, 5, 6);
  used.stepped(make_step(2, StepKind::callback, 0, {}, 0, 3), 100, 3);
  used.parked(0, 2, 1);
  for (Prediction* prediction : {&used, &fresh}) {
    prediction->begin_chunk(2);
    EXPECT_EQ(prediction->last_time(), 0U);
    EXPECT_EQ(prediction->last_task(), kNoTask);
    EXPECT_EQ(prediction->last_ready(), 1U);
    EXPECT_EQ(prediction->next_number(), 3U);
    for (const TaskId task : {0U, 1U, 2U}) {
      EXPECT_EQ(prediction->cause(task), 2U);
      EXPECT_EQ(prediction->site(task), kUnknownSite);
    }
    EXPECT_FALSE(prediction->knows_park());
    prediction->parked(0, 5, 6);
    EXPECT_TRUE(prediction->knows_park()) << "of the unknown site, as no step of this chunk came before";
    prediction->stepped(make_step(3, StepKind::callback, 0, {}, 0, 3), 100, 3);
    EXPECT_FALSE(prediction->knows_park()) << "that the chunk before knew";
    prediction->stepped(make_step(4, StepKind::callback, 0, {}, 0, 0), 100, 0);
    EXPECT_TRUE(prediction->knows_park());
  }
}

TEST(Format, GoldenTracesReadTheSameForEver) {
  std::size_t traces = 0;
  for (const auto& entry : std::filesystem::directory_iterator(COROSIM_TRACES_GOLDEN)) {
    if (entry.path().extension() != ".trace") continue;
    ++traces;
    const Reading reading = read_all(as_bytes(text_of(entry.path())));
    ASSERT_FALSE(reading.error) << entry.path() << ": " << reading.error->what();
    EXPECT_EQ(reading.tail.kind, Tail::Kind::complete);
    std::string lines;
    for (const std::string& line : reading.lines) lines += line + "\n";
    EXPECT_EQ(lines, text_of(std::filesystem::path(entry.path()).replace_extension(".txt"))) << entry.path();
  }
  EXPECT_GE(traces, 3U) << "no golden trace was found";
}

}  // namespace
}  // namespace corosim::traces
