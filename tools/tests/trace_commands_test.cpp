// show, diff, stats, and what the command says about itself.
#include <cstdlib>
#include <filesystem>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "command.hpp"

namespace corosim::tools {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

const std::string kBank = COROSIM_BANK;

// Two traces of different schedules, left.trace and right.trace.
class TraceCommands : public ::testing::Test {
 protected:
  TraceCommands() {
    for (const auto& [seed, name] : {std::pair("1", "left.trace"), std::pair("2", "right.trace")}) {
      const Ran ran = here_.corosim({"record", kBank, "fixed_bank", "--seed", seed, "--output", name});
      EXPECT_EQ(ran.exit_code, 0) << ran.err;
    }
  }
  std::string left() const { return here_.read("left.trace"); }

  Workplace here_;
};

class ShowCommand : public TraceCommands {};
class DiffCommand : public TraceCommands {};
class StatsCommand : public TraceCommands {};

TEST_F(ShowCommand, TellsTheStoryWithoutColoursInAPipe) {
  const Ran ran = here_.corosim({"show", "left.trace"});
  EXPECT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_THAT(ran.out, AllOf(StartsWith("fixed_bank\nseed 0x1 · strategy random · order legal"),
                             HasSubstr("main/deposit_locked#2"), HasSubstr("completed"), Not(HasSubstr("\x1b["))));
  EXPECT_EQ(ran.err, "");
}

TEST_F(ShowCommand, PaintsWhereItIsTold) {
  EXPECT_THAT(here_.corosim({"show", "left.trace", "--color", "always"}).out, HasSubstr("\x1b["));
  EXPECT_THAT(here_.corosim({"show", "left.trace", "--color", "never"}).out, Not(HasSubstr("\x1b[")));
  EXPECT_THAT(here_.corosim({"show", "left.trace"}, {"NO_COLOR=1"}).out, Not(HasSubstr("\x1b[")));
  EXPECT_EQ(here_.corosim({"show", "left.trace", "--color", "sometimes"}).exit_code, 2);
}

TEST_F(ShowCommand, ShowsTheStepsAskedFor) {
  const Ran ran = here_.corosim({"show", "left.trace", "--from", "2", "--to", "3"});
  EXPECT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_THAT(ran.out, AllOf(HasSubstr("\n      2 "), HasSubstr("\n      3 "), Not(HasSubstr("\n      1 ")),
                             Not(HasSubstr("\n      4 "))));
  EXPECT_EQ(here_.corosim({"show", "left.trace", "--from", "3", "--to", "2"}).exit_code, 2);
}

TEST_F(ShowCommand, ShowsTheTaskAskedFor) {
  const Ran ran = here_.corosim({"show", "left.trace", "--task", "deposit_locked#2"});
  EXPECT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_THAT(ran.out,
              AllOf(HasSubstr("main/deposit_locked#2  started"), Not(HasSubstr("main/deposit_locked#1  started"))));
  const Ran none = here_.corosim({"show", "left.trace", "--task", "withdraw"});
  EXPECT_EQ(none.exit_code, 0);
  EXPECT_THAT(none.err, StartsWith("note: no task's path contains 'withdraw'; the trace has 3 tasks: main, "));
}

TEST_F(ShowCommand, ShowsTheKindsPlacesAndTimesAskedFor) {
  const Ran marks = here_.corosim({"show", "left.trace", "--kind", "task_start,task_ended"});
  EXPECT_EQ(marks.exit_code, 0) << marks.err;
  EXPECT_THAT(marks.out, AllOf(HasSubstr("  started at"), HasSubstr(" steps not shown\n")));
  const Ran site = here_.corosim({"show", "left.trace", "--site", "nowhere.cpp"});
  EXPECT_THAT(site.out, Not(HasSubstr("\n      1 ")));
  const Ran late = here_.corosim({"show", "left.trace", "--since", "1ms"});
  EXPECT_THAT(late.out, Not(HasSubstr("\n      1 "))) << "all of it is at 0 ms";
  EXPECT_THAT(here_.corosim({"show", "left.trace", "--until", "0.5ms"}).out, HasSubstr("\n      1 "));
}

TEST_F(ShowCommand, RefusesFiltersThatMeanNothing) {
  const Ran kind = here_.corosim({"show", "left.trace", "--kind", "mark,steps"});
  EXPECT_EQ(kind.exit_code, 2);
  EXPECT_THAT(kind.err, StartsWith("error: --kind: 'steps': expected one of task_start, task_resume, "));
  const Ran time = here_.corosim({"show", "left.trace", "--since", "10"});
  EXPECT_EQ(time.exit_code, 2);
  EXPECT_THAT(time.err, StartsWith("error: --since: '10': expected a time, such as 250us, 10ms or 1.5s\n"));
  EXPECT_THAT(here_.corosim({"show", "left.trace", "--since", "2s", "--until", "1s"}).err,
              StartsWith("error: --since 2s --until 1s: expected the first time before the last\n"));
  EXPECT_EQ(here_.corosim({"show", "left.trace", "--tree", "--why", "2"}).exit_code, 2);
  EXPECT_EQ(here_.corosim({"show", "left.trace", "--tree", "--kind", "mark"}).exit_code, 2);
}

TEST_F(ShowCommand, DrawsTheTreeOfTasks) {
  const Ran ran = here_.corosim({"show", "left.trace", "--tree"});
  EXPECT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_THAT(ran.out, AllOf(HasSubstr("\nmain "), HasSubstr("\n├─ deposit_locked#1 "),
                             HasSubstr("\n└─ deposit_locked#2 "), HasSubstr("result in step ")));
}

TEST_F(ShowCommand, SaysWhyAStepRan) {
  const Ran ran = here_.corosim({"show", "left.trace", "--why", "4"});
  EXPECT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_THAT(ran.out, AllOf(StartsWith("Why step 4 ran: "), HasSubstr("\n     1 "), HasSubstr("by the set-up")));
  for (const std::string step : {"0", "1000"}) {
    const Ran none = here_.corosim({"show", "left.trace", "--why", step});
    EXPECT_EQ(none.exit_code, 2);
    EXPECT_EQ(none.out, "");
    EXPECT_THAT(none.err, StartsWith("error: left.trace: --why " + step + ": expected a step of the trace, 1 to "));
  }
}

TEST_F(ShowCommand, PutsTasksInColumns) {
  EXPECT_THAT(here_.corosim({"show", "left.trace", "--columns"}).out,
              HasSubstr("main                          main/deposit_locked#1         main/deposit_locked#2\n"));
}

TEST_F(ShowCommand, ShowsATornTraceAsFarAsItCanBeRead) {
  here_.write("torn.trace", left().substr(0, left().size() - 1));
  const Ran ran = here_.corosim({"show", "torn.trace"});
  EXPECT_EQ(ran.exit_code, 2);
  EXPECT_THAT(ran.out, StartsWith("fixed_bank\nseed 0x1"));
  EXPECT_THAT(ran.err, AllOf(StartsWith("error: torn.trace: byte "), HasSubstr("the trace is torn")));
}

TEST_F(ShowCommand, SaysWhereATraceIsDamaged) {
  std::string bytes = left();
  bytes.back() = static_cast<char>(bytes.back() ^ 0x40);
  here_.write("flipped.trace", bytes);
  const Ran ran = here_.corosim({"show", "flipped.trace"});
  EXPECT_EQ(ran.exit_code, 2);
  EXPECT_THAT(ran.out, StartsWith("fixed_bank\nseed 0x1"));
  EXPECT_THAT(ran.err, AllOf(StartsWith("error: flipped.trace: byte "), HasSubstr("expected")));
}

TEST_F(ShowCommand, EndsWellOrWithAnErrorForEveryPrefixAndEveryFlippedByte) {
  const std::string whole = left();
  for (std::size_t at = 0; at < whole.size(); at += 7) {
    here_.write("prefix.trace", whole.substr(0, at));
    const Ran prefix = here_.corosim({"show", "prefix.trace"});
    EXPECT_EQ(prefix.exit_code, 2) << at;
    EXPECT_THAT(prefix.err, StartsWith("error: prefix.trace: byte ")) << at;

    std::string bytes = whole;
    bytes[at] = static_cast<char>(bytes[at] ^ 0x10);
    here_.write("flipped.trace", bytes);
    const Ran flipped = here_.corosim({"show", "flipped.trace"});
    EXPECT_EQ(flipped.exit_code, 2) << at;
    EXPECT_THAT(flipped.err, StartsWith("error: flipped.trace: byte ")) << at;
  }
}

TEST_F(ShowCommand, RefusesWhatIsNoTrace) {
  here_.write("foreign", "#!/bin/sh\necho this is another kind of file\n");
  const Ran foreign = here_.corosim({"show", "foreign"});
  EXPECT_EQ(foreign.exit_code, 2);
  EXPECT_THAT(foreign.err, StartsWith("error: foreign: byte 0: not a corosim trace"));
  const Ran missing = here_.corosim({"show", "missing"});
  EXPECT_EQ(missing.exit_code, 2);
  EXPECT_EQ(missing.err, "error: missing: byte 0: cannot open the trace: No such file or directory\n");
  EXPECT_EQ(here_.corosim({"show", "."}).exit_code, 2);
}

TEST_F(DiffCommand, FindsATraceEqualToItself) {
  const Ran ran = here_.corosim({"diff", "left.trace", "left.trace"});
  EXPECT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_THAT(ran.out, StartsWith("The two runs are the same"));
}

TEST_F(DiffCommand, SaysWhereTwoRunsPart) {
  const Ran ran = here_.corosim({"diff", "left.trace", "right.trace"});
  EXPECT_EQ(ran.exit_code, 1) << ran.err;
  EXPECT_THAT(ran.out, AllOf(StartsWith("The runs part "), HasSubstr("first decision that differs")));
  EXPECT_THAT(here_.corosim({"diff", "left.trace", "right.trace", "--max", "1"}).out, HasSubstr("more\n"));
}

TEST_F(DiffCommand, SaysTheSameAsJson) {
  const Ran ran = here_.corosim({"diff", "left.trace", "right.trace", "--format", "json"});
  EXPECT_EQ(ran.exit_code, 1) << ran.err;
  const nlohmann::json json = nlohmann::json::parse(ran.out);
  EXPECT_EQ(json["equal"], false);
  EXPECT_THAT(json["verdict"].get<std::string>(), StartsWith("The runs part "));
  EXPECT_EQ(json["left"]["seed"], "0x1");
  EXPECT_EQ(json["first"]["decision"], true);
  EXPECT_EQ(json["first"]["left"]["ready"].size(), json["first"]["right"]["ready"].size());
  std::uint64_t all = 0;
  for (const auto& count : json["counts"]) all += count.get<std::uint64_t>();
  EXPECT_EQ(json["differences"].size(), all);
  const Ran equal = here_.corosim({"diff", "left.trace", "left.trace", "--format", "json"});
  EXPECT_EQ(equal.exit_code, 0);
  EXPECT_EQ(nlohmann::json::parse(equal.out)["first"], nullptr);
  EXPECT_EQ(here_.corosim({"diff", "left.trace", "right.trace", "--format", "yaml"}).exit_code, 2);
}

TEST_F(DiffCommand, FailsWhereATraceCannotBeRead) {
  here_.write("torn.trace", left().substr(0, left().size() - 1));
  const Ran torn = here_.corosim({"diff", "left.trace", "torn.trace"});
  EXPECT_EQ(torn.exit_code, 2);
  EXPECT_THAT(torn.err, StartsWith("error: torn.trace: byte "));
  const Ran missing = here_.corosim({"diff", "left.trace", "missing"});
  EXPECT_EQ(missing.exit_code, 2);
  EXPECT_EQ(missing.err, "error: missing: byte 0: cannot open the trace: No such file or directory\n");
  EXPECT_THAT(here_.corosim({"diff", "left.trace"}).err, StartsWith("error: the trace B is missing\nusage: "));
}

TEST_F(StatsCommand, PrintsARunInNumbers) {
  const Ran ran = here_.corosim({"stats", "left.trace"});
  EXPECT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_THAT(ran.out, AllOf(StartsWith("fixed_bank\nseed 0x1"), HasSubstr("\ndecisions  "),
                             HasSubstr("\nwaits, the longest in all first: "), HasSubstr("bank.cpp:"),
                             HasSubstr("completed"), Not(HasSubstr("\x1b["))));
}

TEST_F(StatsCommand, PrintsTheSameAsJson) {
  const Ran ran = here_.corosim({"stats", "left.trace", "--format", "json"});
  EXPECT_EQ(ran.exit_code, 0) << ran.err;
  const nlohmann::json json = nlohmann::json::parse(ran.out);
  EXPECT_EQ(json["program"], "fixed_bank");
  EXPECT_EQ(json["seed"], "0x1");
  EXPECT_EQ(json["end"]["outcome"], "completed");
  EXPECT_EQ(json["tasks"]["born"], 3);
  std::uint64_t steps = 0;
  for (const auto& row : json["ready_lanes"]["histogram"]) steps += row["steps"].get<std::uint64_t>();
  EXPECT_EQ(json["steps"]["count"], steps);
  EXPECT_FALSE(json["waits"].empty());
  EXPECT_FALSE(json.contains("error"));
}

TEST_F(StatsCommand, CountsATornTraceAsFarAsItCanBeRead) {
  here_.write("torn.trace", left().substr(0, left().size() - 1));
  for (const std::string format : {"text", "json"}) {
    const Ran torn = here_.corosim({"stats", "torn.trace", "--format", format});
    EXPECT_EQ(torn.exit_code, 2);
    EXPECT_THAT(torn.out, HasSubstr("fixed_bank"));
    EXPECT_THAT(torn.err, AllOf(StartsWith("error: torn.trace: byte "), HasSubstr("the trace is torn")));
  }
  EXPECT_EQ(here_.corosim({"stats", "missing"}).err,
            "error: missing: byte 0: cannot open the trace: No such file or directory\n");
  EXPECT_THAT(here_.corosim({"stats"}).err, StartsWith("error: TRACE is missing\nusage: corosim stats TRACE"));
  const Ran foreign = here_.corosim({"stats", "left.trace", "--format", "yaml"});
  EXPECT_EQ(foreign.exit_code, 2);
  EXPECT_THAT(foreign.err, AllOf(StartsWith("error: --format: yaml not in {text,json}"), HasSubstr("\nusage: ")));
}

class CommandLine : public ::testing::Test {
 protected:
  Workplace here_;
};

TEST_F(CommandLine, WithoutACommandPrintsHelp) {
  const Ran ran = here_.corosim({});
  EXPECT_EQ(ran.exit_code, 2);
  EXPECT_THAT(ran.out, HasSubstr("usage: corosim COMMAND"));
}

TEST_F(CommandLine, HelpHasAnExampleForEachCommand) {
  EXPECT_EQ(here_.corosim({"--help"}).exit_code, 0);
  for (const std::string command : {"explore", "record", "replay", "show", "diff", "stats", "export"}) {
    const Ran ran = here_.corosim({command, "--help"});
    EXPECT_EQ(ran.exit_code, 0) << command;
    EXPECT_THAT(ran.out, AllOf(HasSubstr("usage: corosim " + command), HasSubstr("examples:\n  corosim " + command)));
  }
}

TEST_F(CommandLine, SaysItsVersion) {
  const Ran ran = here_.corosim({"--version"});
  EXPECT_EQ(ran.exit_code, 0);
  EXPECT_EQ(ran.out, "corosim " COROSIM_VERSION "\n");
}

TEST_F(CommandLine, RefusesWhatItDoesNotKnow) {
  EXPECT_THAT(here_.corosim({"explian"}).err,
              StartsWith("error: unknown command 'explian': expected one of explore, record, replay, shrink, explain, "
                         "corpus, show, diff, stats, export\n"));
  EXPECT_THAT(here_.corosim({"--what"}).err, StartsWith("error: unknown argument '--what'\nusage: corosim COMMAND"));
  EXPECT_THAT(here_.corosim({"--what", "show", "a"}).err, StartsWith("error: unknown argument '--what'\n"));
  EXPECT_EQ(here_.corosim({"show", "a", "b"}).exit_code, 2);
  EXPECT_EQ(here_.corosim({"show", "a", "--", "b"}).exit_code, 2);
}

TEST_F(CommandLine, SaysThatStandardOutputIsFull) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "needs /dev/full";
  const std::string command = std::string(COROSIM_COMMAND) + " --help >/dev/full 2>" + here_.path("err").string();
  EXPECT_EQ(std::system(command.c_str()) >> 8, 2);
  EXPECT_THAT(here_.read("err"), StartsWith("error: standard output: "));
}

}  // namespace
}  // namespace corosim::tools
