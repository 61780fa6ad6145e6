#include <corosim/traces/diff.hpp>
#include <corosim/traces/render.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "stories.hpp"

namespace corosim::traces {
namespace {

using namespace testing;
using ::testing::HasSubstr;

TEST(Diff, IsEmptyForATraceAndItself) {
  for (std::uint64_t seed = 0; seed < 100; ++seed) {
    Writer writer;
    record_random(writer, seed, 500);
    const Trace trace = Trace::from_bytes(writer.take_bytes());
    const Diff same = diff(trace, trace);
    EXPECT_TRUE(same.equal()) << seed << ": " << same.verdict;
    EXPECT_TRUE(same.differences.empty());
    EXPECT_FALSE(same.first);
    EXPECT_THAT(same.verdict, HasSubstr("The two runs are the same: "));
  }
}

TEST(Diff, IgnoresHowTheSameStoryWasScheduled) {
  const auto record = [](std::uint64_t seed, const char* strategy, std::uint32_t ready) {
    Writer writer;
    writer.run_info({"p", {}, "any", strategy, seed, "0.1.0", {}});
    writer.step(make_step(1, StepKind::callback, 0, {}, 0, 0, ready, ready - 1));
    writer.run_ended(Outcome::completed, "", {}, seed);
    return Trace::from_bytes(writer.take_bytes());
  };
  EXPECT_TRUE(diff(record(1, "random", 5), record(2, "pct", 1)).equal());
}

TEST(Diff, NamesTheDecisionThatDecidesTheRacyBank) {
  const Trace passing = Trace::from_bytes(bank_bytes(false), "passing.trace");
  const Trace failing = Trace::from_bytes(bank_bytes(true), "failing.trace");
  const Diff found = diff(passing, failing);
  EXPECT_EQ(found.verdict,
            "The runs part at step 5, where left chose `main/deposit#1` (bank.cpp:14) and right `main/deposit#2` "
            "(bank.cpp:32); left completed, right failed: balance is 1, expected 2.");
  ASSERT_TRUE(found.first);
  EXPECT_TRUE(found.first->is_decision);
  EXPECT_EQ(found.first->left.step, 5U);
  EXPECT_EQ(found.first->left.ready, (std::vector<FirstDifference::Handle>{{"main/deposit#1", "bank.cpp:14", true},
                                                                           {"main/deposit#2", "bank.cpp:32", false}}));
  EXPECT_EQ(found.first->right.ready, (std::vector<FirstDifference::Handle>{{"main/deposit#1", "bank.cpp:14", false},
                                                                            {"main/deposit#2", "bank.cpp:32", true}}));
  EXPECT_EQ(found.count(DifferenceKind::order), 1U);
  EXPECT_EQ(found.count(DifferenceKind::value), 2U);
  EXPECT_EQ(found.count(DifferenceKind::outcome), 2U);
  EXPECT_EQ(found.count(DifferenceKind::missing), 0U);
  EXPECT_EQ(found.count(DifferenceKind::timing), 0U);
  EXPECT_EQ(found.differences[0].left.text, "resumed at bank.cpp:14; before main/deposit#2 (started at bank.cpp:32)");
  EXPECT_EQ(found.differences[1].left.text, "\"reads balance = 1\"");
  EXPECT_EQ(found.differences[1].right.text, "\"reads balance = 0\"");
}

/// One task that sleeps five times, with a change somewhere.
Trace loop(const std::function<void(Step&, Writer&)>& change, std::uint32_t line = 5) {
  Writer writer;
  writer.run_info({});
  const SiteId birth = writer.intern_site("a.cpp", line - 2, "main");
  const SiteId sleep = writer.intern_site("/another/tree/a.cpp", line, "main");
  writer.task_created(1, 0, "main", birth, 0);
  for (StepNumber number = 1; number <= 5; ++number) {
    Step step = make_step(number, number == 1 ? StepKind::task_start : StepKind::task_resume, 1,
                          std::chrono::milliseconds(number), number - 1, number == 1 ? birth : sleep);
    change(step, writer);
    writer.step(step);
    writer.draw("dice", number);
    writer.parked(1, sleep, "sleep");
  }
  writer.run_ended(Outcome::completed, "", std::chrono::seconds(1), 0);
  return Trace::from_bytes(writer.take_bytes());
}
Trace loop() {
  return loop([](Step&, Writer&) {});
}

TEST(Diff, FollowsSitesWhoseLinesMoved) {
  const Trace moved = loop([](Step&, Writer&) {}, 105);
  EXPECT_TRUE(diff(loop(), moved).equal());
}

TEST(Diff, ReportsAShiftOfTimeOnce) {
  const Trace late = loop([](Step& step, Writer&) {
    if (step.number >= 3) step.time += std::chrono::milliseconds(7);
  });
  const Diff found = diff(loop(), late);
  EXPECT_EQ(found.count(DifferenceKind::timing), 1U);
  ASSERT_EQ(found.differences.size(), 1U);
  EXPECT_EQ(found.differences[0].left.step, 3U);
  EXPECT_EQ(found.differences[0].right.time, std::chrono::milliseconds(10));
  EXPECT_EQ(found.verdict,
            "The same steps in the same order, but at other times from step 3 of `main` on; both completed.");
}

TEST(Diff, NamesAValueThatDiffersBeforeTheStepsDo) {
  const Trace other = loop([](Step& step, Writer& writer) {
    if (step.number == 4) writer.mark("hello");
  });
  const Diff found = diff(loop(), other);
  EXPECT_EQ(found.count(DifferenceKind::missing), 1U);
  ASSERT_EQ(found.differences.size(), 1U);
  EXPECT_EQ(found.differences[0].right.text, "\"hello\"");
  EXPECT_EQ(found.differences[0].right.step, 3U);
  EXPECT_EQ(found.differences[0].left.step, 0U);
}

TEST(Diff, PairsDrawsOfOneStreamByPlace) {
  const auto record = [](std::vector<std::uint64_t> values) {
    Writer writer;
    writer.run_info({});
    for (const std::uint64_t value : values) writer.draw("dice", value);
    writer.run_ended(Outcome::completed, "", {}, 0);
    return Trace::from_bytes(writer.take_bytes());
  };
  const Diff one = diff(record({1, 2, 3, 4}), record({1, 9, 3, 4}));
  ASSERT_EQ(one.differences.size(), 1U);
  EXPECT_EQ(one.differences[0].kind, DifferenceKind::value);
  EXPECT_EQ(one.differences[0].left.text, "drew dice = 2");
  EXPECT_EQ(one.differences[0].right.text, "drew dice = 9");
  const Diff lost = diff(record({1, 2, 3, 4}), record({1, 3, 4}));
  ASSERT_EQ(lost.differences.size(), 1U);
  EXPECT_EQ(lost.differences[0].kind, DifferenceKind::missing);
  EXPECT_EQ(lost.differences[0].left.text, "drew dice = 2");
}

TEST(Diff, TellsATaskThatExistsOnOneSideOnly) {
  const auto record = [](bool has_child) {
    Writer writer;
    writer.run_info({});
    writer.task_created(1, 0, "main", 0, 0);
    if (has_child) writer.task_created(2, 1, "main/child", 0, 0);
    writer.step(make_step(1, StepKind::task_start, 1, {}, 0, 0));
    if (has_child) writer.step(make_step(2, StepKind::task_start, 2, {}, 1, 0));
    writer.run_ended(Outcome::completed, "", {}, 0);
    return Trace::from_bytes(writer.take_bytes());
  };
  const Diff found = diff(record(true), record(false));
  ASSERT_EQ(found.differences.size(), 1U);
  EXPECT_EQ(found.differences[0].task, "main/child");
  EXPECT_EQ(found.differences[0].left.text, "the whole task, 1 step");
  EXPECT_EQ(found.differences[0].right.text, "");
  EXPECT_THAT(found.verdict, HasSubstr("Right has no step 2, where left ran `main/child`"));
}

TEST(Diff, SaysWhereOneSideWasCutShort) {
  const Bytes bytes = bank_bytes(true);
  const Trace whole = Trace::from_bytes(bytes);
  const Trace torn = Trace::from_bytes(std::span(bytes).first(bytes.size() - 1));
  const Diff found = diff(whole, torn);
  EXPECT_FALSE(found.equal());
  EXPECT_THAT(found.verdict, HasSubstr("right cut short: the trace is torn: the chunk at byte "));
}

TEST(Diff, CountsAllButKeepsOnlyWhatWasAskedFor) {
  const Trace passing = Trace::from_bytes(bank_bytes(false));
  const Trace failing = Trace::from_bytes(bank_bytes(true));
  DiffOptions options;
  options.max_differences = 1;
  const Diff found = diff(passing, failing, options);
  EXPECT_EQ(found.differences.size(), 2U) << "one, and the end of the run";
  EXPECT_EQ(found.count(DifferenceKind::value), 2U);
}

TEST(Diff, FindsTheSameFirstDifferenceFromBothSides) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Writer writer;
    record_random(writer, seed, 200);
    const Trace left = Trace::from_bytes(writer.take_bytes());
    record_random(writer, seed + 1000, 300);
    const Trace right = Trace::from_bytes(writer.take_bytes());
    const Diff there = diff(left, right);
    const Diff back = diff(right, left);
    EXPECT_FALSE(there.equal());
    EXPECT_FALSE(back.equal());
    ASSERT_EQ(there.first.has_value(), back.first.has_value());
    if (there.first) {
      EXPECT_EQ(there.first->left, back.first->right);
    }
  }
}

/// What a diff says, in a line.
std::string said(const Diff& found) {
  std::string text = found.verdict;
  for (const Difference& each : found.differences) {
    text +=
        " | " + each.task + " " + std::string(to_string(each.kind)) + " " + each.left.text + " / " + each.right.text;
  }
  return text;
}

OpenTrace open(const Bytes& bytes) {
  return [&bytes] { return Reader(bytes); };
}

Bytes random_bytes(std::uint64_t seed) {
  Writer writer;
  record_random(writer, seed, 600, 30);
  return writer.take_bytes();
}

TEST(Diff, OfLongTracesSaysTheSameAsOfWholeOnes) {
  const std::vector<std::pair<Bytes, Bytes>> pairs = {
      {bank_bytes(true), bank_bytes(false)},
      {bank_bytes(true), bank_bytes(true)},
      {random_bytes(1), random_bytes(1)},
  };
  for (const auto& [left, right] : pairs) {
    const Trace whole_left = Trace::from_bytes(left);
    const Trace whole_right = Trace::from_bytes(right);
    const Diff whole = diff(whole_left, whole_right);
    DiffOptions options;
    options.max_steps = std::max(whole_left.steps().size(), whole_right.steps().size()) - 1;
    const Diff in_part = diff(open(left), open(right), options);
    EXPECT_EQ(said(in_part), said(whole));
    EXPECT_EQ(in_part.first, whole.first);
    EXPECT_EQ(in_part.counts, whole.counts);
    EXPECT_TRUE(in_part.compared);
    EXPECT_FALSE(whole.compared);
  }
}

TEST(Diff, OfLongTracesLooksOnlyAtThePartWhereTheyDiffer) {
  const auto record = [](StepNumber odd) {
    Writer writer;
    const SiteId site = writer.intern_site("loop.cpp", 1, "loop");
    writer.run_info({});
    writer.task_created(1, 0, "main", site, 0);
    for (StepNumber number = 1; number <= 5000; ++number) {
      writer.step(
          make_step(number, number == 1 ? StepKind::task_start : StepKind::task_resume, 1, {}, number - 1, site));
      writer.draw("die", number == odd ? 6 : 1);
      if (number == 4500 && odd != 0) writer.mark("much later");
    }
    writer.run_ended(Outcome::completed, "", {}, 0);
    return writer.take_bytes();
  };
  const Bytes left = record(0);
  const Bytes right = record(2500);
  DiffOptions options;
  options.max_steps = 100;
  const Diff found = diff(open(left), open(right), options);
  EXPECT_EQ(found.compared, std::make_pair(StepRange(2500, 2599), StepRange(2500, 2599)));
  EXPECT_EQ(found.count(DifferenceKind::value), 1U);
  EXPECT_EQ(found.count(DifferenceKind::missing), 0U) << "what lies behind the part is not missing";
  EXPECT_EQ(found.left.steps, 5000U);
  EXPECT_THAT(found.verdict, ::testing::HasSubstr("step 2500"));
  EXPECT_THAT(render_diff(found), ::testing::HasSubstr("compared step by step: 2500 to 2599 of the left"));
}

}  // namespace
}  // namespace corosim::traces
