#include <corosim/traces/writer.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <stdexcept>
#include <system_error>

#include "stories.hpp"

namespace corosim::traces {
namespace {

using namespace testing;

std::string misuse(const std::function<void(Writer&)>& call) {
  Writer writer;
  writer.run_info({});
  writer.task_created(1, 0, "main", 0, 0);
  writer.step(make_step(1, StepKind::task_start, 1, std::chrono::nanoseconds(10), 0, 0));
  const Bytes before = [] {
    Writer same;
    same.run_info({});
    same.task_created(1, 0, "main", 0, 0);
    same.step(make_step(1, StepKind::task_start, 1, std::chrono::nanoseconds(10), 0, 0));
    return same.take_bytes();
  }();
  try {
    call(writer);
  } catch (const std::logic_error& error) {
    EXPECT_EQ(writer.take_bytes(), before) << "a refused event left traces";
    return error.what();
  }
  return "accepted";
}

Bytes file_bytes(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const auto* first = reinterpret_cast<const std::byte*>(text.data());
  return {first, first + text.size()};
}

std::filesystem::path fresh_path(const char* name) {
  std::filesystem::path path = std::filesystem::path(::testing::TempDir()) / name;
  std::filesystem::remove(path);
  return path;
}

TEST(Writer, RefusesAnImpossibleStory) {
  const auto step = [](StepNumber number, TaskId task, int time, StepNumber cause, std::uint32_t chosen) {
    return [=](Writer& writer) {
      writer.step(make_step(number, StepKind::callback, task, std::chrono::nanoseconds(time), cause, 0, 2, chosen));
    };
  };
  const std::string prefix = "corosim::traces::Writer: ";
  EXPECT_EQ(misuse(step(3, 1, 10, 0, 0)), prefix + "step 3 follows step 1");
  EXPECT_EQ(misuse(step(2, 2, 10, 0, 0)), prefix + "task 2 was not created; there are 1");
  EXPECT_EQ(misuse(step(2, 1, 9, 0, 0)), prefix + "step 2 is at 9 ns, after a step at 10 ns");
  EXPECT_EQ(misuse(step(2, 1, 10, 2, 0)), prefix + "step 2 is caused by step 2");
  EXPECT_EQ(misuse(step(2, 1, 10, 1, 2)), prefix + "step 2 chose 2 of 2 ready lanes");
  EXPECT_EQ(misuse([](Writer& w) { w.run_info({}); }), prefix + "run_info() comes first and once");
  EXPECT_EQ(misuse([](Writer& w) { w.task_created(3, 0, "", 0, 0); }), prefix + "task 3 is created after task 1");
  EXPECT_EQ(misuse([](Writer& w) { w.task_created(2, 2, "", 0, 0); }), prefix + "task 2 was not created; there are 1");
  EXPECT_EQ(misuse([](Writer& w) { w.parked(1, 9, kNoText); }), prefix + "site 9 was not interned");
  EXPECT_EQ(misuse([](Writer& w) { w.parked(1, 0, TextId{9}); }), prefix + "text 9 was not interned");
  EXPECT_EQ(misuse([](Writer& w) { w.left_ready(1, 2); }), prefix + "step 2 has not been");
  EXPECT_EQ(misuse([](Writer& w) { w.run_ended(Outcome::completed, "", std::chrono::nanoseconds(9), 0); }),
            prefix + "the run ends at 9 ns, after a step at 10 ns");
  Writer writer;
  EXPECT_THROW(writer.mark("before run_info()"), std::logic_error);
  writer.run_info({});
  writer.run_ended(Outcome::completed, "", {}, 0);
  EXPECT_THROW(writer.mark("after run_ended()"), std::logic_error);
}

TEST(Writer, GivesTheSameBytesForTheSameEvents) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    Writer one;
    Writer other;
    other.intern_site("unused.cpp", 1, "f");
    other.intern_text("unused");
    record_random(one, seed, 3000);
    record_random(other, seed, 3000);
    EXPECT_EQ(one.take_bytes(), other.take_bytes()) << seed;
  }
}

TEST(Writer, ForgetsEarlierTracesOnRestart) {
  Writer used;
  Writer fresh;
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    record_random(used, seed, 2000);
    if (seed % 2 == 0) used.restart();
    if (seed % 2 == 1) used.take_bytes();
  }
  record_random(used, 99, 2000);
  record_random(fresh, 99, 2000);
  EXPECT_EQ(used.take_bytes(), fresh.take_bytes());
}

TEST(Writer, WritesTheSameToAFileAsToMemory) {
  const std::filesystem::path path = fresh_path("writer_test_same.trace");
  Writer to_file(path);
  Writer to_memory;
  record_random(to_file, 3, 50'000);
  record_random(to_memory, 3, 50'000);
  const Bytes bytes = to_memory.take_bytes();
  EXPECT_TRUE(file_bytes(path) == bytes);
  const std::filesystem::path saved = fresh_path("writer_test_saved.trace");
  write_file(saved, bytes);
  EXPECT_TRUE(file_bytes(saved) == bytes);
  std::filesystem::remove(path);
  std::filesystem::remove(saved);
}

TEST(Writer, DoesNotOverwriteAFileUnasked) {
  const std::filesystem::path path = fresh_path("writer_test_existing.trace");
  std::ofstream(path) << "precious";
  try {
    Writer writer(path);
    FAIL() << "overwrote a file";
  } catch (const std::system_error& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr(path.string() + ": cannot create the trace: File exists"));
  }
  EXPECT_THROW(write_file(path, {}), std::system_error);
  EXPECT_EQ(file_bytes(path).size(), 8U);
  {
    Writer writer(path, Existing::overwrite);
  }
  EXPECT_EQ(file_bytes(path).size(), 16U);
  std::filesystem::remove(path);
}

TEST(Writer, LeavesAReadableFileWhereItIsNeverEnded) {
  const std::filesystem::path path = fresh_path("writer_test_unended.trace");
  Writer writer(path);
  writer.run_info({"p", {}, "fifo", "fifo", 1, "0.1.0", {}});
  StepNumber number = 0;
  std::size_t readable = 0;
  for (int round = 0; round < 100; ++round) {
    for (int i = 0; i < 500; ++i) {
      ++number;
      writer.step(make_step(number, StepKind::callback, 0, std::chrono::nanoseconds(number * number), 0, 0));
    }
    const Trace trace = Trace::open(path);
    EXPECT_EQ(trace.run().program, "p");
    EXPECT_EQ(trace.tail().kind, Tail::Kind::open);
    EXPECT_GE(trace.steps().size(), readable);
    readable = trace.steps().size();
    const StepNumber half = number / 3;
    EXPECT_TRUE(readable + 1000 >= half || number - readable <= 65'536 / 3) << readable << " of " << number;
  }
  EXPECT_GT(readable, 30'000U);
  writer.flush();
  EXPECT_EQ(Trace::open(path).steps().size(), number);
  std::filesystem::remove(path);
}

TEST(Writer, CutsATextThatIsTooLongAndSaysSo) {
  Writer writer;
  writer.run_info({});
  writer.mark(std::string(Writer::kMaxTextBytes, 'x'));
  writer.mark(std::string(Writer::kMaxTextBytes + 1, 'x'));
  writer.draw(std::string(3 * Writer::kMaxTextBytes, 'y'), 1);
  const Trace trace = Trace::from_bytes(writer.take_bytes());
  const auto notes = trace.notes(kBeforeFirstStep);
  ASSERT_EQ(notes.size(), 3U);
  EXPECT_EQ(std::get<Mark>(notes[0]).text, std::string(Writer::kMaxTextBytes, 'x'));
  EXPECT_EQ(std::get<Mark>(notes[1]).text.size(), Writer::kMaxTextBytes);
  EXPECT_TRUE(std::get<Mark>(notes[1]).text.ends_with("xxx [cut: 1048577 bytes]"));
  EXPECT_EQ(std::get<Draw>(notes[2]).stream.size(), Writer::kMaxTextBytes);
}

TEST(Writer, RefusesToHandOutWhatWentToAFile) {
  const std::filesystem::path path = fresh_path("writer_test_no_take.trace");
  Writer writer(path);
  EXPECT_THROW(writer.take_bytes(), std::logic_error);
  EXPECT_THROW(writer.restart(), std::logic_error);
  std::filesystem::remove(path);
}

TEST(Writer, SpendsAtMostThreeBytesOnAStep) {
  constexpr TaskId kTasks = 10;
  constexpr StepNumber kSteps = 20'000;
  Writer writer;
  writer.run_info({});
  const SiteId first = writer.intern_site("a.cpp", 1, "f");
  const SiteId loop = writer.intern_site("a.cpp", 2, "f");
  for (TaskId task = 1; task <= kTasks; ++task) writer.task_created(task, 0, "main/worker", first, task);
  Dice dice(1);
  std::vector<StepNumber> last(kTasks + 1);
  for (StepNumber number = 1; number <= kSteps; ++number) {
    const auto chosen = static_cast<std::uint32_t>(dice.below(kTasks));
    const TaskId task = chosen + 1;
    const bool starts = last[task] == 0;
    writer.step(make_step(number, starts ? StepKind::task_start : StepKind::task_resume, task,
                          std::chrono::milliseconds(number / 50), last[task], starts ? first : loop, kTasks, chosen));
    writer.parked(task, loop, "sleep");
    last[task] = number;
  }
  const Bytes bytes = writer.take_bytes();
  std::size_t raw = 0;
  for (std::size_t at = 16; at < bytes.size();) {
    const auto number = [&](std::size_t offset) {
      std::size_t value = 0;
      for (std::size_t i = 0; i < 4; ++i) value |= std::to_integer<std::size_t>(bytes[at + offset + i]) << (8 * i);
      return value;
    };
    raw += number(12);
    at += 40 + number(8);
  }
  EXPECT_LE(static_cast<double>(raw) / kSteps, 3.1) << "before compression, with its park";
  EXPECT_LE(static_cast<double>(bytes.size()) / kSteps, 1.5) << "in the file";
}

}  // namespace
}  // namespace corosim::traces
