#include <corosim/traces/render.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "stories.hpp"

namespace corosim::traces {
namespace {

using namespace testing;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

Trace bank(bool is_racy) { return Trace::from_bytes(bank_bytes(is_racy), is_racy ? "failing.trace" : "passing.trace"); }

std::string story(const std::vector<std::byte>& bytes, const StoryOptions& options = {}) {
  const auto open = [&bytes] { return Reader(bytes); };
  std::string text;
  render_story(open, read_outline(open()), [&text](std::string_view part) { text += part; }, options);
  return text;
}

std::string tree(const std::vector<std::byte>& bytes, const TreeOptions& options = {}) {
  const auto open = [&bytes] { return Reader(bytes); };
  return render_tree(open, read_outline(open()), options);
}

std::string causes(const std::vector<std::byte>& bytes, StepNumber number) {
  const auto open = [&bytes] { return Reader(bytes); };
  return render_causes(open, read_outline(open()), number);
}

TEST(RenderStory, TellsARunStepByStep) {
  EXPECT_EQ(story(bank_bytes(true)),
            R"(bank_test --gtest_filter=Bank.*
seed 0x2a · strategy random · order legal · recorded by corosim 0.1.0

   step         time  task            what
                      (loop)          creates main at bank.cpp:30
      1         0 ms  main            started at bank.cpp:30, parked for sleep at bank.cpp:31
      2        30 ms  (loop)          timer at bank.cpp:31
      3        30 ms  main            resumed at bank.cpp:31, creates main/deposit#1 at bank.cpp:32, creates main/deposit#2 at bank.cpp:32, parked for gather at bank.cpp:32
      4        30 ms  main/deposit#1  started at bank.cpp:32, "reads balance = 0", parked for sleep at bank.cpp:14, [1 of 2 ready]
      5        30 ms  main/deposit#2  started at bank.cpp:32, "reads balance = 0", drew latency = 3, parked for sleep at bank.cpp:14, [1 of 2 ready]
      6        30 ms  main/deposit#1  resumed at bank.cpp:14, "writes balance = 1", ended, [1 of 2 ready]
      7        30 ms  main/deposit#2  resumed at bank.cpp:14, "writes balance = 1", ended
      8        30 ms  main            resumed at bank.cpp:32, ended with an exception: balance is 1

failed: balance is 1, expected 2 · 30 ms · 8 steps, 3 decisions, 3 tasks
)");
}

TEST(RenderStory, ShowsOnlyWhatWasAskedFor) {
  StoryOptions options;
  options.task = "deposit#1";
  const std::string one_task = story(bank_bytes(true), options);
  EXPECT_THAT(one_task, HasSubstr("main/deposit#1  started"));
  EXPECT_THAT(one_task, HasSubstr("creates main/deposit#1"));
  EXPECT_THAT(one_task, Not(HasSubstr("main/deposit#2  started")));
  EXPECT_THAT(one_task, HasSubstr("5 of 8 steps not shown\n"));
  options = {};
  options.first_step = 5;
  options.last_step = 6;
  const std::string two_steps = story(bank_bytes(true), options);
  EXPECT_THAT(two_steps, HasSubstr("\n      5  "));
  EXPECT_THAT(two_steps, Not(HasSubstr("\n      4  ")));
  EXPECT_THAT(two_steps, HasSubstr("6 of 8 steps not shown\n"));
}

/// The numbers of the steps that a story shows.
std::vector<int> shown(const StoryOptions& options) {
  std::istringstream lines(story(bank_bytes(true), options));
  std::vector<int> numbers;
  for (std::string line; std::getline(lines, line);) {
    if (line.size() > 7 && line.starts_with("  ") && line[6] != 'p' && line[6] != ' ')
      numbers.push_back(std::stoi(line));
  }
  return numbers;
}

StoryOptions of_kinds(std::vector<std::string> kinds) {
  StoryOptions options;
  options.kinds = std::move(kinds);
  return options;
}

TEST(RenderStory, ShowsTheKindsAskedForAndTheStepsInWhichTheyHappened) {
  EXPECT_THAT(shown(of_kinds({"timer"})), ElementsAre(2));
  EXPECT_THAT(shown(of_kinds({"timer", "task_start"})), ElementsAre(1, 2, 4, 5));
  EXPECT_THAT(shown(of_kinds({"decision"})), ElementsAre(4, 5, 6));
  EXPECT_THAT(shown(of_kinds({"draw"})), ElementsAre(5));
  EXPECT_THAT(shown(of_kinds({"mark"})), ElementsAre(4, 5, 6, 7));
  EXPECT_THAT(shown(of_kinds({"task_created"})), ElementsAre(3));
  EXPECT_THAT(shown(of_kinds({"task_ended"})), ElementsAre(6, 7, 8));
  EXPECT_THAT(shown(of_kinds({"parked"})), ElementsAre(1, 3, 4, 5));
  for (const std::string_view kind : story_kinds()) {
    const bool is_in_the_bank = kind != "callback" && kind != "task_cancel" && kind != "cancel_requested";
    EXPECT_EQ(shown(of_kinds({std::string(kind)})).empty(), !is_in_the_bank) << kind;
  }
}

TEST(RenderStory, ShowsThePlacesAndTimesAskedFor) {
  StoryOptions options;
  options.site = "bank.cpp:14";
  EXPECT_THAT(shown(options), ElementsAre(4, 5, 6, 7));
  options.site = "deposit";
  EXPECT_THAT(shown(options), ElementsAre(4, 5, 6, 7)) << "a function";
  options.task = "#2";
  EXPECT_THAT(shown(options), ElementsAre(5, 7)) << "all filters at once";
  options = {};
  options.since = std::chrono::milliseconds(1);
  EXPECT_THAT(shown(options), ElementsAre(2, 3, 4, 5, 6, 7, 8));
  options.since = {};
  options.until = std::chrono::milliseconds(29);
  EXPECT_THAT(shown(options), ElementsAre(1));
}

TEST(RenderStory, GivesEachTaskAColumn) {
  StoryOptions options;
  options.layout = StoryLayout::columns;
  options.task = "deposit";
  options.first_step = 4;
  options.last_step = 5;
  EXPECT_THAT(story(bank_bytes(true), options),
              HasSubstr(
                  R"(   step         time  main/deposit#1                main/deposit#2
      4        30 ms  started at bank.cpp:32
                      "reads balance = 0"
                      parked for sleep at bank.cpp:14
                      [1 of 2 ready]
      5        30 ms  .                             started at bank.cpp:32
                      .                             "reads balance = 0"
)"));
}

TEST(RenderStory, ColoursOnlyWhenTold) {
  StoryOptions options;
  EXPECT_THAT(story(bank_bytes(true), options), Not(HasSubstr("\x1b")));
  options.color = true;
  EXPECT_THAT(story(bank_bytes(true), options), HasSubstr("\x1b[36m[1 of 2 ready]\x1b[0m"));
}

TEST(RenderStory, NeverPassesControlCharactersOn) {
  Writer writer;
  writer.run_info({"p\x1b[2J", {"a\nb"}, "", "", 0, "", {{"k\x07", "v\t"}}});
  writer.task_created(1, 0, "t\x1b[31m", 0, 0);
  writer.step(make_step(1, StepKind::task_start, 1, {}, 0, 0));
  writer.mark("two\nlines");
  const std::string told = story(writer.take_bytes());
  EXPECT_THAT(told, Not(HasSubstr("\x1b")));
  EXPECT_THAT(told, HasSubstr("\"two\\nlines\""));
  EXPECT_THAT(told, HasSubstr("p\\x1b[2J a\\nb\n"));
  EXPECT_THAT(told, HasSubstr("cut short: the trace has no end"));
}

TEST(RenderStory, ListsWhatWasLeftReady) {
  Writer writer;
  writer.run_info({});
  writer.task_created(1, 0, "main", 0, 0);
  writer.step(make_step(1, StepKind::task_start, 1, {}, 0, 0));
  writer.left_ready(1, 1);
  writer.run_ended(Outcome::step_limit, "1 step", {}, 0);
  const std::string told = story(writer.take_bytes());
  EXPECT_THAT(told, HasSubstr("main was ready since step 1 and never ran\n"));
  EXPECT_THAT(told, HasSubstr("step_limit: 1 step"));
}

TEST(RenderTree, ShowsWhoCreatedWhomAndHowEachEnded) {
  EXPECT_EQ(tree(bank_bytes(true)),
            R"(bank_test --gtest_filter=Bank.*
seed 0x2a · strategy random · order legal · recorded by corosim 0.1.0

task          born in                  steps    waits       waited  end
main          set-up at bank.cpp:30        3        2        30 ms  exception in step 8, 30 ms: balance is 1
├─ deposit#1  step 3 at bank.cpp:32        2        1         0 ms  result in step 6, 30 ms
└─ deposit#2  step 3 at bank.cpp:32        2        1         0 ms  result in step 7, 30 ms

failed: balance is 1, expected 2 · 30 ms · 8 steps, 3 decisions, 3 tasks
)");
}

TEST(RenderTree, ShowsTheTasksAskedForAndWhatLeadsToThem) {
  TreeOptions options;
  options.task = "deposit#2";
  const std::string told = tree(bank_bytes(true), options);
  EXPECT_THAT(told, HasSubstr("\nmain "));
  EXPECT_THAT(told, HasSubstr("└─ deposit#2"));
  EXPECT_THAT(told, Not(HasSubstr("deposit#1")));
}

TEST(RenderTree, SaysWhatAnUnfinishedTaskWaitsFor) {
  Writer writer;
  writer.run_info({});
  const SiteId site = writer.intern_site("a.cpp", 7, "f");
  writer.task_created(1, 0, "main", site, 1);
  writer.task_created(2, 1, "other", site, 2);
  writer.step(make_step(1, StepKind::task_start, 1, std::chrono::milliseconds(5), 0, site));
  writer.parked(1, site, "Lock 'db'");
  const std::string told = tree(writer.take_bytes());
  EXPECT_THAT(told, HasSubstr("parked for Lock 'db' at a.cpp:7 since step 1, 5 ms\n"));
  EXPECT_THAT(told, HasSubstr("└─ other"));
  EXPECT_THAT(told, HasSubstr("never started\n"));
}

TEST(RenderTree, DrawsTasksAsDeepAsTheyAre) {
  Writer writer;
  writer.run_info({});
  constexpr TaskId kDepth = 20'000;
  for (TaskId task = 1; task <= kDepth; ++task) writer.task_created(task, task - 1, "t", 0, task);
  EXPECT_THAT(tree(writer.take_bytes()), HasSubstr("… 19999 deep: t "));
}

TEST(RenderCauses, WalksFromAStepBackToTheStart) {
  EXPECT_EQ(causes(bank_bytes(true), 7),
            R"(Why step 7 ran: the chain of what made it ready, 5 steps, back to the start of the run

  step   time  task            kind         site         made ready     did
     7  30 ms  main/deposit#2  task_resume  bank.cpp:14  by step 5      "writes balance = 1", ended
     5  30 ms  main/deposit#2  task_start   bank.cpp:32  by step 3      "reads balance = 0", drew latency = 3
     3  30 ms  main            task_resume  bank.cpp:31  by step 2      creates main/deposit#1 at bank.cpp:32, creates main/deposit#2 at bank.cpp:32
     2  30 ms  (loop)          timer        bank.cpp:31  by step 1
     1   0 ms  main            task_start   bank.cpp:30  by the set-up
)");
  EXPECT_EQ(causes(bank_bytes(true), 9), "");
  EXPECT_EQ(causes(bank_bytes(true), 0), "");
}

TEST(RenderCauses, FollowsALongTraceInParts) {
  Writer writer;
  writer.run_info({});
  writer.task_created(1, 0, "main", 0, 0);
  constexpr StepNumber kSteps = 600'001;
  constexpr StepNumber kEach = 1'000;
  for (StepNumber number = 1; number <= kSteps; ++number) {
    writer.step(make_step(number, number == 1 ? StepKind::task_start : StepKind::task_resume, 1, {},
                          number > kEach ? number - kEach : kBeforeFirstStep, 0));
    if (number == kEach + 1) writer.mark("the second");
  }
  const std::string told = causes(writer.take_bytes(), kSteps);
  EXPECT_THAT(told, HasSubstr("601 steps, back to the start of the run\n"));
  EXPECT_THAT(told, HasSubstr("by step 300001\n"));
  EXPECT_THAT(told, HasSubstr("by step 1       \"the second\"\n"));
  EXPECT_EQ(std::count(told.begin(), told.end(), '\n'), 601 + 3);
}

TEST(RenderDiff, PutsTheVerdictFirst) {
  EXPECT_EQ(
      render_diff(diff(bank(false), bank(true))),
      R"(The runs part at step 5, where left chose `main/deposit#1` (bank.cpp:14) and right `main/deposit#2` (bank.cpp:32); left completed, right failed: balance is 1, expected 2.

left   passing.trace · seed 0x7 · random · legal · 8 steps · completed
right  failing.trace · seed 0x2a · random · legal · 8 steps · failed: balance is 1, expected 2

first decision that differs
  left   step 5 at 30 ms, 2 ready
    -> main/deposit#1  bank.cpp:14
       main/deposit#2  bank.cpp:32
  right  step 5 at 30 ms, 2 ready
       main/deposit#1  bank.cpp:14
    -> main/deposit#2  bank.cpp:32

5 differences (1 order, 2 value, 2 outcome)
  order    main/deposit#1
             left   step 5, 30 ms: resumed at bank.cpp:14; before main/deposit#2 (started at bank.cpp:32)
             right  step 6, 30 ms: resumed at bank.cpp:14; after main/deposit#2 (started at bank.cpp:32)
  value    main/deposit#2
             left   step 6, 30 ms: "reads balance = 1"
             right  step 5, 30 ms: "reads balance = 0"
  value    main/deposit#2
             left   step 7, 30 ms: "writes balance = 2"
             right  step 7, 30 ms: "writes balance = 1"
  outcome  main
             left   step 8, 30 ms: ended
             right  step 8, 30 ms: ended with an exception: balance is 1
  outcome  (run)
             left   step 8, 30 ms: completed
             right  step 8, 30 ms: failed: balance is 1, expected 2
)");
}

TEST(RenderDiff, IsShortForEqualRuns) {
  EXPECT_EQ(render_diff(diff(bank(false), bank(false))), R"(The two runs are the same: 8 steps, 3 tasks, completed.

left   passing.trace · seed 0x7 · random · legal · 8 steps · completed
right  passing.trace · seed 0x7 · random · legal · 8 steps · completed
)");
}

TEST(RenderDiff, CountsWhatItLeavesOut) {
  DiffRenderOptions options;
  options.max_differences = 2;
  EXPECT_THAT(render_diff(diff(bank(false), bank(true)), options), HasSubstr("  … and 3 more\n"));
}

TEST(RenderTime, UsesTheUnitThatIsExact) {
  using std::chrono::nanoseconds;
  EXPECT_EQ(render_time(nanoseconds(0)), "0 ms");
  EXPECT_EQ(render_time(nanoseconds(17)), "17 ns");
  EXPECT_EQ(render_time(nanoseconds(250'000)), "250 us");
  EXPECT_EQ(render_time(nanoseconds(30'000'000)), "30 ms");
  EXPECT_EQ(render_time(nanoseconds(1'500'000'000)), "1.500 s");
  EXPECT_EQ(render_time(nanoseconds(61'000'000'000)), "61.000 s");
  EXPECT_EQ(render_time(nanoseconds(1'000'000'001)), "1000000001 ns");
}

TEST(ParseTime, ReadsWhatRenderTimeWrites) {
  using std::chrono::nanoseconds;
  for (const std::int64_t count : {0L, 17L, 250'000L, 30'000'000L, 1'500'000'000L, 61'000'000'000L, 1'000'000'001L}) {
    EXPECT_EQ(parse_time(render_time(nanoseconds(count))), nanoseconds(count));
  }
  EXPECT_EQ(parse_time("10ms"), nanoseconds(10'000'000));
  EXPECT_EQ(parse_time("1.5us"), nanoseconds(1'500));
  EXPECT_EQ(parse_time("9223372036854775807ns"), nanoseconds::max());
  for (const char* text : {"", "10", "ms", ".5s", "1.s", "1.2.3s", "-1s", "0.5ns", "1 m", "10000000000s",
                           "9223372036.854775808s", "99999999999999999999ns"}) {
    EXPECT_EQ(parse_time(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace corosim::traces
