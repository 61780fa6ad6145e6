#include <corosim/traces/render.hpp>
#include <corosim/traces/statistics.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "stories.hpp"

namespace corosim::traces {
namespace {

using namespace testing;
using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::SizeIs;

Statistics of(const Bytes& bytes) { return statistics(Reader(bytes, "t.trace")); }

TEST(Statistics, CountWhatHappenedInTheBank) {
  const Bytes bytes = bank_bytes(true);
  const Statistics bank = of(bytes);
  EXPECT_EQ(bank.steps(), 8U);
  EXPECT_THAT(bank.by_kind, ElementsAre(3, 4, 0, 0, 1));
  EXPECT_EQ(bank.decisions(), 3U);
  EXPECT_THAT(bank.by_ready, ElementsAre(Pair(1, 5), Pair(2, 3)));
  EXPECT_EQ(bank.most_ready(), 2U);
  EXPECT_DOUBLE_EQ(bank.mean_ready(), 11.0 / 8);
  EXPECT_EQ(bank.switches, 5U) << "main, then 1, 2, 1, 2 and main again; the timer is no task";
  EXPECT_EQ(bank.tasks_born, 3U);
  EXPECT_EQ(bank.most_tasks_alive, 3U);
  EXPECT_THAT(bank.tasks_ended, ElementsAre(2, 1, 0));
  EXPECT_EQ(bank.tasks_unfinished(), 0U);
  EXPECT_THAT(bank.marks, ElementsAre(Pair("reads balance = 0", 2), Pair("writes balance = 1", 2)));
  ASSERT_THAT(bank.draws, SizeIs(1));
  EXPECT_EQ(bank.draws.at("latency").greatest, 3U);
  EXPECT_EQ(bank.time, 30ms);
}

TEST(Statistics, AddUpTheWaitsOfEachPlaceTheLongestFirst) {
  const Bytes bytes = bank_bytes(true);
  const Statistics bank = of(bytes);
  ASSERT_THAT(bank.waits, SizeIs(3));
  EXPECT_EQ(bank.waits[0].site.line, 31U);
  EXPECT_EQ(bank.waits[0].wait, "sleep");
  EXPECT_EQ(bank.waits[0].total, 30ms);
  EXPECT_EQ(bank.waits[0].longest, 30ms);
  EXPECT_EQ(bank.waits[1].site.line + bank.waits[2].site.line, 14U + 32U);
}

TEST(Statistics, TellCancelledWaitsFromThoseWithoutAnEnd) {
  Writer writer;
  writer.run_info({});
  const SiteId site = writer.intern_site("a.cpp", 1, "f");
  for (TaskId task = 1; task <= 3; ++task) writer.task_created(task, 0, "t", site, task);
  for (TaskId task = 1; task <= 3; ++task) {
    writer.step(make_step(task, StepKind::task_start, task, 1ms, 0, site));
    writer.parked(task, site, "sleep");
  }
  writer.cancel_requested(1, "");
  writer.step(make_step(4, StepKind::task_cancel, 1, 3ms, 3, site));
  writer.task_ended(1, TaskEnd::cancelled, "");
  writer.step(make_step(5, StepKind::task_resume, 2, 6ms, 2, site));
  writer.task_ended(2, TaskEnd::result, "");
  const Bytes bytes = writer.take_bytes();
  const Statistics waits = of(bytes);
  ASSERT_THAT(waits.waits, SizeIs(1));
  EXPECT_EQ(waits.waits[0].waits, 3U);
  EXPECT_EQ(waits.waits[0].cancelled, 1U);
  EXPECT_EQ(waits.waits[0].unfinished, 1U);
  EXPECT_EQ(waits.waits[0].total, 2ms + 5ms + 5ms);
  EXPECT_EQ(waits.waits[0].longest, 5ms);
  EXPECT_EQ(waits.tasks_unfinished(), 1U);
  EXPECT_EQ(waits.cancels_requested, 1U);
}

TEST(Statistics, KeepTheQueueInStretchesThatHoldEveryStep) {
  Writer writer;
  writer.run_info({});
  std::uint64_t ready_sum = 0;
  for (StepNumber number = 1; number <= 10'000; ++number) {
    const auto ready = static_cast<std::uint32_t>(number % 7 + 1);
    ready_sum += ready;
    writer.step(make_step(number, StepKind::callback, 0, (number - 1) * 1ms, 0, 0, ready, 0));
  }
  const Bytes bytes = writer.take_bytes();
  const Statistics run = of(bytes);
  EXPECT_LE(run.queue.size(), Statistics::kMaxStretches);
  EXPECT_GT(run.queue.size(), Statistics::kMaxStretches / 5 - 1);
  std::uint64_t steps = 0;
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < run.queue.size(); ++i) {
    EXPECT_EQ(run.queue[i].begin, run.stretch * static_cast<std::int64_t>(i));
    EXPECT_EQ(run.queue[i].ready_most, 7U);
    steps += run.queue[i].steps;
    sum += run.queue[i].ready_sum;
  }
  EXPECT_EQ(steps, 10'000U);
  EXPECT_EQ(sum, ready_sum);
}

TEST(Statistics, CountADamagedTraceAsFarAsItCanBeRead) {
  Bytes bytes = bank_bytes(true);
  bytes.back() ^= std::byte{0x40};
  const Statistics bank = of(bytes);
  EXPECT_EQ(bank.tail.kind, Tail::Kind::damaged);
  EXPECT_EQ(bank.run.program, "bank_test");
  EXPECT_FALSE(bank.end);
  EXPECT_THROW(of(Bytes(4)), TraceError);
}

TEST(RenderStatistics, IsReadAtAGlance) {
  const Bytes bytes = bank_bytes(true);
  EXPECT_EQ(render_statistics(of(bytes)),
            R"(bank_test --gtest_filter=Bank.*
seed 0x2a · strategy random · order legal · recorded by corosim 0.1.0

steps      8 in 30 ms: 3 started, 4 resumed, 0 cancelled, 0 callbacks, 1 timer
decisions  3, at 38 % of the steps
switches   5 to another task than the one before
tasks      3, at most 3 alive: 2 ended, 1 with an exception, 0 cancelled, 0 unfinished
cancels    0 asked for

ready lanes a step: mean 1.38, at most 2
      lanes      steps
          1          5   62 %  ########################################
          2          3   38 %  ########################

ready lanes over virtual time: the most in each 1 ms, up to 2
  |▄                             █|
  0 ms                        31 ms

waits, the longest in all first: 4 waits at 3 places
         in all      waits        longest  cancelled  unfinished  where
          30 ms          1          30 ms          .           .  bank.cpp:31 for sleep
           0 ms          2           0 ms          .           .  bank.cpp:14 for sleep
           0 ms          1           0 ms          .           .  bank.cpp:32 for gather

draws
      draws  stream
          1  latency, 3 to 3

marks
      times  text
          2  "reads balance = 0"
          2  "writes balance = 1"

failed: balance is 1, expected 2 · 30 ms · 8 steps, 3 decisions, 3 tasks
)");
}

TEST(RenderStatistics, CountsWhatItLeavesOut) {
  const Bytes bytes = bank_bytes(true);
  StatisticsRenderOptions options;
  options.max_rows = 1;
  const std::string text = render_statistics(of(bytes), options);
  EXPECT_THAT(text, HasSubstr("  … and 2 more places\n"));
  EXPECT_THAT(text, HasSubstr("  … and 1 more texts\n"));
}

}  // namespace
}  // namespace corosim::traces
