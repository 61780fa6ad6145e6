#include <corosim/traces/trace.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "stories.hpp"

namespace corosim::traces {
namespace {

using namespace testing;

TEST(Trace, FindsStepsNotesAndNames) {
  const Trace trace = Trace::from_bytes(bank_bytes(true), "bank.trace");
  EXPECT_EQ(trace.path(), "bank.trace");
  EXPECT_EQ(trace.run().seed, 0x2aU);
  ASSERT_EQ(trace.steps().size(), 8U);
  EXPECT_EQ(trace.step(0), nullptr);
  EXPECT_EQ(trace.step(9), nullptr);
  ASSERT_NE(trace.step(5), nullptr);
  EXPECT_EQ(trace.step(5)->task, 3U);
  EXPECT_EQ(trace.step(5)->time, std::chrono::milliseconds(30));
  EXPECT_EQ(trace.task_name(3), "main/deposit#2");
  EXPECT_EQ(trace.task_name(kNoTask), "(loop)");
  EXPECT_EQ(trace.task_name(9), "task 9");
  EXPECT_EQ(trace.site_name(trace.step(6)->site), "bank.cpp:14");
  EXPECT_EQ(trace.site_name(kUnknownSite), "");
  EXPECT_EQ(trace.notes(kBeforeFirstStep).size(), 1U);
  EXPECT_EQ(trace.notes(3).size(), 3U);
  EXPECT_TRUE(trace.notes(9).empty());
  ASSERT_NE(trace.park(5), nullptr);
  EXPECT_EQ(trace.park(5)->wait, "sleep");
  EXPECT_EQ(trace.park(8), nullptr);
  EXPECT_EQ(trace.end()->outcome, Outcome::failed);
}

std::vector<StepNumber> ran(const std::vector<ReadyHandle>& handles) {
  std::vector<StepNumber> numbers;
  for (const ReadyHandle& handle : handles) numbers.push_back(handle.ran);
  return numbers;
}

TEST(ReadyBefore, ListsWhatRanLaterButWasReadyAlready) {
  const Trace trace = Trace::from_bytes(bank_bytes(false));
  EXPECT_THAT(ran(ready_before(trace, 1)), ::testing::ElementsAre(1));
  EXPECT_THAT(ran(ready_before(trace, 2)), ::testing::ElementsAre(2));
  EXPECT_THAT(ran(ready_before(trace, 4)), ::testing::ElementsAre(4, 6));
  EXPECT_THAT(ran(ready_before(trace, 5)), ::testing::ElementsAre(5, 6));
  EXPECT_THAT(ran(ready_before(trace, 8)), ::testing::ElementsAre(8));
  EXPECT_TRUE(ready_before(trace, 9).empty());
  EXPECT_TRUE(ready_before(trace, 0).empty());
}

TEST(ReadyBefore, CountsATimerFromItsTimeOn) {
  using std::chrono::milliseconds;
  Writer writer;
  writer.run_info({});
  writer.step(make_step(1, StepKind::callback, 0, milliseconds(0), 0, 0));
  writer.step(make_step(2, StepKind::callback, 0, milliseconds(0), 1, 0));
  writer.step(make_step(3, StepKind::timer, 0, milliseconds(5), 1, 0));
  writer.step(make_step(4, StepKind::timer, 0, milliseconds(5), 1, 0));
  const Trace trace = Trace::from_bytes(writer.take_bytes());
  EXPECT_THAT(ran(ready_before(trace, 2)), ::testing::ElementsAre(2));
  EXPECT_THAT(ran(ready_before(trace, 3)), ::testing::ElementsAre(3, 4));
}

TEST(ReadyBefore, EndsWithTheHandlesThatNeverRan) {
  Writer writer;
  writer.run_info({});
  writer.task_created(1, 0, "main", 0, 0);
  writer.step(make_step(1, StepKind::task_start, 1, {}, 0, 0));
  writer.step(make_step(2, StepKind::callback, 0, {}, 1, 0));
  writer.left_ready(1, 1);
  writer.left_ready(kNoTask, 2);
  writer.run_ended(Outcome::step_limit, "", {}, 0);
  const Trace trace = Trace::from_bytes(writer.take_bytes());
  EXPECT_THAT(ran(ready_before(trace, 2)), ::testing::ElementsAre(2, 0));
  EXPECT_EQ(ready_before(trace, 2)[1], (ReadyHandle{1, 1, 0, StepKind::task_resume, kUnknownSite}));
  EXPECT_THAT(ran(ready_before(trace, 1)), ::testing::ElementsAre(1));
}

}  // namespace
}  // namespace corosim::traces
