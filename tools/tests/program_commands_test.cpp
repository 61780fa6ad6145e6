// explore, record and replay on real binaries.
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>
#include <system_error>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "command.hpp"

namespace corosim::tools {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

const std::string kBank = COROSIM_BANK;
const std::string kMisbehaving = COROSIM_MISBEHAVING;
const std::string kArguments = COROSIM_ARGUMENTS;

// The text between `before` and the end of its line.
std::string after(const std::string& text, const std::string& before) {
  const auto start = text.find(before);
  if (start == std::string::npos) return "";
  const auto begin = start + before.size();
  return text.substr(begin, text.find('\n', begin) - begin);
}

class Commands : public ::testing::Test {
 protected:
  Workplace here_;
};

class ExploreCommand : public Commands {};
class RecordCommand : public Commands {};
class ReplayCommand : public Commands {};
class ExplainCommand : public Commands {};
class CorpusCommand : public Commands {};

TEST_F(ExploreCommand, FindsTheFailingSeedAndSaysHowToReplayIt) {
  const Ran ran = here_.corosim({"explore", kBank});
  EXPECT_EQ(ran.exit_code, 1) << ran.err;
  EXPECT_THAT(ran.out,
              AllOf(HasSubstr("FAILED at step"), HasSubstr("account.balance.get() == 3 does not hold"),
                    HasSubstr("replay   COROSIM_REPLAY=c1."), HasSubstr("look     corosim show .corosim/bank-")));
  EXPECT_TRUE(std::filesystem::exists(here_.path(after(ran.out, "corosim show "))));
}

// The report stands in the README, so that it is read by people too.
TEST_F(ExploreCommand, PrintsWhatTheReadmeShows) {
  const Ran ran = here_.corosim({"explore", kBank, "--jobs", "0"});
  std::string report = ran.out;
  for (auto at = report.find(kBank); at != std::string::npos; at = report.find(kBank)) {
    report.replace(at, kBank.size(), "build/dev/examples/bank");
  }
  report = std::regex_replace(report, std::regex("[0-9.]+ s\\) ·"), "0.00 s) ·");
  std::ifstream file(COROSIM_README);
  const std::string readme{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  EXPECT_THAT(readme, HasSubstr(report));
  const std::string traces = after(ran.out, "corosim diff ");
  const auto blank = traces.find(' ');
  EXPECT_EQ(here_.corosim({"diff", traces.substr(0, blank), traces.substr(blank + 1)}).exit_code, 1);
}

TEST_F(ExploreCommand, FindsTheSameFirstFailureInAnyNumberOfProcessesAsOften) {
  std::set<std::string> found;
  for (int i = 0; i < 5; ++i) {
    const Ran ran = here_.corosim({"explore", kBank, "--jobs", "3", "--report", "plain"});
    EXPECT_EQ(ran.exit_code, 1) << ran.err;
    found.insert(ran.out.substr(0, ran.out.find("  found")));
  }
  EXPECT_EQ(found.size(), 1U);
}

TEST_F(ExploreCommand, MakesAllRunsWhateverTheNumberOfProcesses) {
  for (const char* const jobs : {"0", "1", "2", "7"}) {
    const Ran ran =
        here_.corosim({"explore", kBank, "--program", "fixed_bank", "--runs", "1000", "--jobs", jobs, "--json"});
    EXPECT_EQ(ran.exit_code, 0) << ran.err;
    EXPECT_THAT(ran.out, AllOf(HasSubstr("\"runs\": 1000,"), HasSubstr("\"failures\": []")));
  }
}

TEST_F(ExploreCommand, DividesTheSeedsAmongShards) {
  std::set<std::string> seeds;
  for (const char* const shard : {"1/3", "2/3", "3/3"}) {
    const Ran ran = here_.corosim({"explore", kMisbehaving, "--program", "deadlocks", "--shard", shard, "--jobs", "1"});
    EXPECT_EQ(ran.exit_code, 1) << ran.err;
    seeds.insert(after(ran.out, "deadlocks · "));
  }
  EXPECT_THAT(seeds, ::testing::ElementsAre(StartsWith("seed 0x0 "), StartsWith("seed 0x1 "), StartsWith("seed 0x2 ")));
  EXPECT_EQ(here_.corosim({"explore", kBank, "--shard", "4/3"}).exit_code, 2);
}

TEST_F(ExploreCommand, StopsWhenItsTimeIsUpAndGoesOnWhereItStopped) {
  const std::vector<std::string> first = {"explore", kBank, "--program", "fixed_bank", "--time", "1s"};
  const Ran stopped = here_.corosim(first);
  EXPECT_EQ(stopped.exit_code, 0) << stopped.err;
  EXPECT_THAT(stopped.out, HasSubstr("go on    COROSIM_RESUME=1, or corosim explore --resume"));
  const auto runs_of = [](const Ran& ran) { return std::stoull(after(ran.out, "fixed_bank: ")); };
  const Ran resumed = here_.corosim({"explore", kBank, "--program", "fixed_bank", "--time", "1s", "--resume"});
  EXPECT_GT(runs_of(resumed), runs_of(stopped));
  const Ran other = here_.corosim({"explore", kBank, "--program", "fixed_bank", "--order", "any", "--resume"});
  EXPECT_EQ(other.exit_code, 2);
  EXPECT_THAT(other.err, HasSubstr("fixed_bank.exploration.json: that exploration has order legal, and this one any"));
}

TEST_F(ExploreCommand, HasNothingToGoOnWithAtFirst) {
  const Ran ran = here_.corosim({"explore", kBank, "--resume"});
  EXPECT_EQ(ran.exit_code, 2);
  EXPECT_THAT(ran.err, HasSubstr("bank.exploration.json: no such file: there is no exploration to go on with"));
}

TEST_F(ExploreCommand, FindsTheSameEachTime) {
  const Ran first = here_.corosim({"explore", kBank, "--failures", "all", "--runs", "300", "-q"});
  const Ran second = here_.corosim({"explore", kBank, "--failures", "all", "--runs", "300", "-q"});
  const auto without_times = [](const Ran& ran) { return std::regex_replace(ran.out, std::regex("[0-9.]+ s"), ""); };
  EXPECT_EQ(without_times(first), without_times(second));
}

TEST_F(ExploreCommand, PassesWhereNoScheduleFails) {
  const Ran ran = here_.corosim({"explore", kBank, "--program", "fixed_bank", "--runs", "2000", "--order", "any"});
  EXPECT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_THAT(ran.out, StartsWith("fixed_bank: 2000 runs, no failure"));
}

TEST_F(ExploreCommand, RunsEveryOrderOnceWhereItIsAskedTo) {
  const std::vector<std::string> command = {"explore", kBank, "--program", "fixed_bank", "--strategy", "exhaustive"};
  const Ran ran = here_.corosim(command);
  EXPECT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_THAT(ran.out, AllOf(StartsWith("fixed_bank: all "), HasSubstr(" orders explored, none fails")));
  std::vector<std::string> as_json = command;
  as_json.push_back("--json");
  EXPECT_THAT(here_.corosim(as_json).out, AllOf(StartsWith("{"), HasSubstr("\"complete\": true,")));
}

TEST_F(ExploreCommand, CancelsEachWaitUnderAFewSchedulesOnly) {
  const Ran ran = here_.corosim({"explore", kArguments, "--cancel", "all"});
  EXPECT_THAT(ran.out, AllOf(HasSubstr("COROSIM_CANCEL=all\n"), Not(HasSubstr("COROSIM_RUNS="))));
  EXPECT_THAT(here_.corosim({"explore", kBank, "--program", "fixed_bank", "--cancel", "all"}).out,
              StartsWith("fixed_bank: 224 runs, "));
}

TEST_F(ExploreCommand, NamesTheCancellationThatCrashesTheProgram) {
  const std::vector<std::string> command = {"explore",  kMisbehaving, "--program", "aborts_when_cancelled",
                                            "--cancel", "all"};
  const Ran ran = here_.corosim(command);
  EXPECT_EQ(ran.exit_code, 5) << ran.err;
  EXPECT_THAT(ran.out, AllOf(HasSubstr("CRASHED in step"), HasSubstr("killed by signal 6")));
  const std::string replay = after(ran.out, "COROSIM_REPLAY=");
  const Ran again = here_.corosim(
      {"replay", replay.substr(0, replay.find(' ')), "--program", "aborts_when_cancelled", "--", kMisbehaving});
  EXPECT_EQ(again.exit_code, 5) << again.out << again.err;
}

TEST_F(ExploreCommand, SaysAsJsonWhatWasCancelled) {
  const Ran ran = here_.corosim({"explore", kBank, "--program", "fixed_bank", "--cancel", "all", "--json"});
  EXPECT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_THAT(ran.out, AllOf(StartsWith("{"), HasSubstr("\"cancellations\": "), HasSubstr("\"under shield\": "),
                             HasSubstr("\"failures\": []")));
}

TEST_F(ExploreCommand, StartsAtTheGivenSeed) {
  const Ran ran = here_.corosim({"explore", kArguments, "--seed", "0x2a"});
  EXPECT_THAT(ran.out, AllOf(HasSubstr("COROSIM_SEED=0x2a\n"), HasSubstr("COROSIM_RUNS=1000\n")));
}

TEST_F(ExploreCommand, SavesTracesWhereItIsTold) {
  const Ran ran = here_.corosim({"explore", kBank, "--trace-dir", "found/today"});
  EXPECT_EQ(ran.exit_code, 1);
  EXPECT_THAT(after(ran.out, "corosim show "), StartsWith("found/today/bank-"));
  EXPECT_FALSE(std::filesystem::exists(here_.path(".corosim")));
}

TEST_F(ExploreCommand, HandsArgumentsAndOptionsToTheProgram) {
  const Ran ran = here_.corosim({"explore", kArguments, "--runs", "5", "--order", "any", "--strategy", "pct",
                                 "--failures", "all", "--max-steps", "9", "-q", "--", "--its-own", "[a,b]", "--", ""});
  EXPECT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_THAT(ran.out, StartsWith("argument --its-own\nargument [a,b]\nargument --\nargument \n"));
  EXPECT_THAT(ran.out, AllOf(HasSubstr("COROSIM_RUNS=5\n"), HasSubstr("COROSIM_ORDER=any\n"),
                             HasSubstr("COROSIM_STRATEGY=pct\n"), HasSubstr("COROSIM_FAILURES=all\n"),
                             HasSubstr("COROSIM_MAX_STEPS=9\n"), HasSubstr("COROSIM_QUIET=1\n")));
}

TEST_F(ExploreCommand, TakesTheEnvironmentWhereNoOptionIsGiven) {
  const Ran ran = here_.corosim({"explore", kArguments, "--runs", "5"}, {"COROSIM_RUNS=7", "COROSIM_ORDER=fifo"});
  EXPECT_THAT(ran.out, AllOf(HasSubstr("COROSIM_RUNS=5\n"), HasSubstr("COROSIM_ORDER=fifo\n")));
}

TEST_F(ExploreCommand, IsNotTurnedIntoAReplayByTheEnvironment) {
  const Ran ran = here_.corosim({"explore", kArguments}, {"COROSIM_REPLAY=s1.legal.random.0", "COROSIM_TRACE=x.trace"});
  EXPECT_THAT(ran.out, AllOf(Not(HasSubstr("COROSIM_REPLAY")), Not(HasSubstr("COROSIM_TRACE"))));
}

TEST_F(ExploreCommand, RefusesWrongOptions) {
  EXPECT_EQ(here_.corosim({"explore"}).exit_code, 2);
  EXPECT_EQ(here_.corosim({"explore", kBank, "--no-such-option"}).exit_code, 2);
  EXPECT_EQ(here_.corosim({"explore", kBank, "--runs"}).exit_code, 2);
  EXPECT_EQ(here_.corosim({"explore", kBank, "--runs", "-1"}).exit_code, 2);
  EXPECT_EQ(here_.corosim({"explore", kBank, "--seed", "18446744073709551616"}).exit_code, 2);
  EXPECT_EQ(here_.corosim({"explore", kBank, "--failures", "some"}).exit_code, 2);
  EXPECT_EQ(here_.corosim({"explore", kBank, "--strategy", "none"}).exit_code, 2);
  const Ran ran = here_.corosim({"explore", kBank, "--order", "random"});
  EXPECT_EQ(ran.exit_code, 2);
  EXPECT_EQ(ran.err,
            "error: --order: unknown order 'random': expected fifo, legal or any\n"
            "usage: corosim explore PROGRAM [options] [-- ARGUMENTS]\n"
            "corosim explore --help says more\n");
}

TEST_F(ExploreCommand, SaysThatAProgramIsNotThere) {
  const Ran ran = here_.corosim({"explore", "./nowhere"});
  EXPECT_EQ(ran.exit_code, 5);
  EXPECT_EQ(ran.err, "error: ./nowhere: cannot start the program: No such file or directory\n");
}

TEST_F(ExploreCommand, SuggestsTheFileHereWhereTheProgramIsNotInPath) {
  here_.write("bank_of_mine", "");
  const Ran ran = here_.corosim({"explore", "bank_of_mine"});
  EXPECT_EQ(ran.exit_code, 5);
  EXPECT_EQ(ran.err,
            "error: bank_of_mine: cannot start the program: not found in PATH; did you mean ./bank_of_mine?\n");
}

TEST_F(ExploreCommand, SaysThatAFileIsNoProgram) {
  here_.write("text", "no program\n");
  std::filesystem::permissions(here_.path("text"), std::filesystem::perms::owner_all);
  const Ran ran = here_.corosim({"explore", "./text"});
  EXPECT_EQ(ran.exit_code, 5);
  EXPECT_THAT(ran.err, StartsWith("error: ./text: cannot start the program: "));
}

TEST_F(ExploreCommand, SaysThatTheProgramCrashed) {
  const Ran ran = here_.corosim({"explore", kMisbehaving, "--program", "aborts"});
  EXPECT_EQ(ran.exit_code, 5);
  EXPECT_THAT(ran.err, HasSubstr("error: " + kMisbehaving + ": the program crashed: "));
  EXPECT_THAT(ran.out, HasSubstr("CRASHED in step 3: killed by signal 6 (Aborted)"));
  const std::string line = after(ran.out, "COROSIM_REPLAY=");
  const Ran again = here_.corosim({"replay", line.substr(0, line.find(' ')), "--", kMisbehaving, "aborts"});
  EXPECT_EQ(again.exit_code, 5);
  EXPECT_THAT(again.err, HasSubstr("error: " + kMisbehaving + ": the program crashed: killed by signal 6 (Aborted)"));
  EXPECT_EQ(here_.corosim({"explore", kMisbehaving, "kills_itself"}).exit_code, 5);
}

TEST_F(ExploreCommand, SaysThatTheProgramLeftByAWayOfItsOwn) {
  const Ran ran = here_.corosim({"explore", kMisbehaving, "--program", "exits"});
  EXPECT_EQ(ran.exit_code, 5);
  EXPECT_THAT(ran.out, HasSubstr("CRASHED in step 3: it called exit with code 77"));
  EXPECT_THAT(here_.corosim({"explore", kMisbehaving, "--program", "exits", "--jobs", "0"}).err,
              HasSubstr("the program ended with exit code 77"));
}

TEST_F(ExploreCommand, ReportsADeadlock) {
  const Ran ran = here_.corosim({"explore", kMisbehaving, "--program", "deadlocks"});
  EXPECT_EQ(ran.exit_code, 1);
  EXPECT_THAT(ran.out, HasSubstr("DEADLOCK"));
}

TEST_F(ExploreCommand, MakesASanitizerSayThatTheProgramCrashed) {
  const Ran ran = here_.corosim({"explore", kArguments}, {"UBSAN_OPTIONS=print_stacktrace=1"});
  EXPECT_THAT(ran.out, HasSubstr("UBSAN_OPTIONS=exitcode=5:print_stacktrace=1\n"));
}

TEST_F(ExploreCommand, PassesAnInterruptOnAndKeepsWhatWasFound) {
  const pid_t process = here_.start({"explore", kMisbehaving, "--program", "passes", "--runs", "1000000000000", "-q"});
  here_.wait_for_output("running");
  ::kill(process, SIGINT);
  const Ran ran = here_.finish(process);
  EXPECT_EQ(ran.exit_code, 130) << ran.err;
  EXPECT_THAT(ran.out, AllOf(HasSubstr("passes: "), HasSubstr("runs, no failure")));
}

TEST_F(ExploreCommand, EndsTheProgramWhereItIsTerminated) {
  const pid_t process =
      here_.start({"explore", kMisbehaving, "--program", "never_ends", "--max-steps", "1000000000000"});
  here_.wait_for_output("running");
  ::kill(process, SIGTERM);
  EXPECT_EQ(here_.finish(process).exit_code, 130);
}

TEST_F(RecordCommand, SavesTheTraceOfOneSeed) {
  const Ran ran = here_.corosim({"record", kBank, "--program", "fixed_bank", "--seed", "7", "--output", "seven.trace"});
  EXPECT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("fixed_bank · seed 0x7 · order legal · strategy random: passed"));
  EXPECT_THAT(here_.corosim({"show", "seven.trace"}).out, HasSubstr("seed 0x7"));
}

TEST_F(RecordCommand, SavesTheEndOfTheRunWhereThatIsEnough) {
  const Ran ran = here_.corosim(
      {"record", kBank, "--program", "fixed_bank", "--seed", "7", "--keep-steps", "4", "--output", "end.trace"});
  EXPECT_EQ(ran.exit_code, 0) << ran.err;
  const Ran shown = here_.corosim({"show", "end.trace"});
  EXPECT_EQ(shown.exit_code, 0) << shown.err;
  EXPECT_THAT(shown.out, AllOf(HasSubstr("kept: the last 4 of "), HasSubstr("completed"),
                               HasSubstr("main                   parked for Future at bank.cpp:")));
  EXPECT_THAT(here_.corosim({"diff", "end.trace", "end.trace"}).out, StartsWith("The two runs are the same: 4 steps"));
  const Ran replayed = here_.corosim({"replay", "end.trace", "--", kBank});
  EXPECT_EQ(replayed.exit_code, 2);
  EXPECT_THAT(replayed.err,
              HasSubstr("expected step 1. Only the end of the run was kept; to make it again, run seed 0x7 "
                        "with order legal and strategy random"));
  EXPECT_THAT(here_.corosim({"record", kBank, "--seed", "7", "--keep-steps", "few", "--output", "x"}).err,
              HasSubstr("COROSIM_KEEP_STEPS=few: expected a number"));
}

TEST_F(RecordCommand, OverwritesNothing) {
  here_.write("kept", "as it is");
  const Ran ran = here_.corosim({"record", kBank, "--seed", "7", "--output", "kept"});
  EXPECT_EQ(ran.exit_code, 2);
  EXPECT_EQ(ran.err, "error: kept: the file exists, and is not overwritten\n");
  EXPECT_EQ(here_.read("kept"), "as it is");
}

TEST_F(RecordCommand, OfARunThatIsKilledLeavesWhatItDidSoFar) {
  const pid_t process = here_.start({"record", kMisbehaving, "--program", "never_ends", "--max-steps", "1000000000000",
                                     "--seed", "1", "--output", "killed.trace"});
  here_.wait_for_output("running");
  constexpr std::uintmax_t kSeveralChunks = 3'000;
  std::error_code ignored;
  while (std::filesystem::file_size(here_.path("killed.trace"), ignored) < kSeveralChunks) std::this_thread::yield();
  ::kill(process, SIGKILL);
  here_.finish(process);
  const Ran shown = here_.corosim({"show", "killed.trace", "--to", "3"});
  EXPECT_EQ(shown.exit_code, 2);
  EXPECT_THAT(shown.out, AllOf(HasSubstr("\n      3 "), HasSubstr("cut short: ")));
  EXPECT_THAT(shown.err, StartsWith("error: killed.trace: byte "));
}

TEST_F(RecordCommand, NeedsASeedAndAFile) {
  EXPECT_THAT(here_.corosim({"record", kBank, "--output", "x"}).err, StartsWith("error: --seed S is missing\n"));
  EXPECT_THAT(here_.corosim({"record", kBank, "--seed", "1"}).err, StartsWith("error: --output FILE is missing\n"));
}

TEST_F(ReplayCommand, OfATraceGivesTheSameRun) {
  const std::string trace = after(here_.corosim({"explore", kBank, "--failures", "1"}).out, "corosim show ");
  const Ran ran = here_.corosim({"replay", trace, "--save", "again.trace", "--", kBank});
  EXPECT_EQ(ran.exit_code, 1) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("account.balance.get() == 3 does not hold"));
  EXPECT_EQ(here_.read("again.trace"), here_.read(trace));
  EXPECT_EQ(here_.corosim({"diff", trace, "again.trace"}).exit_code, 0);
}

TEST_F(ReplayCommand, AnchorsATraceOfAnEarlierVersionAnew) {
  const std::string trace = after(here_.corosim({"explore", kBank}).out, "corosim show ");
  const Ran ran = here_.corosim({"replay", trace, "--reanchor", "--", kBank});
  EXPECT_EQ(ran.exit_code, 1) << ran.err;
  EXPECT_THAT(ran.out,
              AllOf(HasSubstr("account.balance.get() == 3 does not hold"), HasSubstr("  trace    followed all ")));
}

TEST_F(ReplayCommand, OfATraceKnowsWhichProgramOfTheBinaryItIsOf) {
  here_.corosim({"record", kBank, "--program", "fixed_bank", "--seed", "7", "--output", "seven.trace"});
  const Ran ran = here_.corosim({"replay", "seven.trace", "--", kBank});
  EXPECT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_THAT(ran.out, StartsWith("fixed_bank · seed 0x7"));
}

TEST_F(ReplayCommand, OfAScheduleGivesTheSameRun) {
  const Ran found = here_.corosim({"explore", kBank});
  const std::string line = after(found.out, "COROSIM_REPLAY=");
  const Ran ran = here_.corosim({"replay", line.substr(0, line.find(' ')), "--", kBank, "bank"});
  EXPECT_EQ(ran.exit_code, 1) << ran.err;
  EXPECT_EQ(after(ran.out, "FAILED at "), after(found.out, "FAILED at "));
}

TEST_F(ReplayCommand, OfASeedScheduleRunsThatSeed) {
  const Ran ran = here_.corosim({"replay", "s1.any.random.2a", "--", kBank, "fixed_bank"});
  EXPECT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_THAT(ran.out, StartsWith("fixed_bank · seed 0x2a · order any · strategy random: passed"));
}

TEST_F(ReplayCommand, FollowsATornTraceAsFarAsItGoes) {
  const std::string trace = after(here_.corosim({"explore", kBank}).out, "corosim show ");
  const std::string bytes = here_.read(trace);
  here_.write("torn.trace", bytes.substr(0, bytes.size() - 1));
  const Ran ran = here_.corosim({"replay", "torn.trace", "--", kBank});
  EXPECT_TRUE(ran.exit_code == 0 || ran.exit_code == 1) << ran.exit_code;
  EXPECT_THAT(ran.err, AllOf(StartsWith("note: torn.trace: byte "), HasSubstr("it is replayed as far as it goes")));
}

TEST_F(ReplayCommand, StartsNothingForATraceThatCannotBeRead) {
  const std::string trace = after(here_.corosim({"explore", kBank}).out, "corosim show ");
  std::string bytes = here_.read(trace);
  bytes.at(bytes.size() / 2) = static_cast<char>(bytes.at(bytes.size() / 2) ^ 1);
  here_.write("flipped.trace", bytes);
  const Ran flipped = here_.corosim({"replay", "flipped.trace", "--", kArguments});
  EXPECT_EQ(flipped.exit_code, 2);
  EXPECT_EQ(flipped.out, "");
  EXPECT_THAT(flipped.err, StartsWith("error: flipped.trace: byte "));

  const Ran missing = here_.corosim({"replay", "missing.trace", "--", kArguments});
  EXPECT_EQ(missing.exit_code, 2);
  EXPECT_EQ(
      missing.err,
      "error: missing.trace: byte 0: no such file; expected a trace, or a schedule, which begins with c1., d1. or "
      "s1.\n");
}

TEST_F(ReplayCommand, StartsNothingForAScheduleThatCannotBeRead) {
  for (const std::string schedule : {"d1.0.nonsense", "s1.legal.random", "s1.later.random.0", "s1.legal.random.xyz"}) {
    const Ran ran = here_.corosim({"replay", schedule, "--", kArguments});
    EXPECT_EQ(ran.exit_code, 2) << schedule;
    EXPECT_EQ(ran.out, "") << schedule;
    EXPECT_THAT(ran.err, StartsWith("error: ")) << schedule;
  }
}

TEST_F(ReplayCommand, SaysThatATraceIsOfAnotherProgram) {
  const std::string trace = after(here_.corosim({"explore", kBank}).out, "corosim show ");
  const Ran ran = here_.corosim({"replay", trace, "--", kBank, "fixed_bank"});
  EXPECT_EQ(ran.exit_code, 2);
  EXPECT_THAT(ran.err, HasSubstr("the trace is of program 'bank', and this is 'fixed_bank'"));
}

TEST_F(ExplainCommand, SaysTheSameOfATraceAsTheExploration) {
  const Ran found = here_.corosim({"explore", kBank});
  const Ran ran = here_.corosim({"explain", after(found.out, "corosim show "), "--", kBank});
  EXPECT_EQ(ran.exit_code, 1) << ran.err;
  EXPECT_EQ(after(ran.out, "why      "), after(found.out, "why      "));
  EXPECT_NE(after(ran.out, "why      "), "");
}

TEST_F(ExplainCommand, ShrinksToASchedule) {
  here_.corosim({"explore", kBank, "--report", "plain"});
  const Ran found = here_.corosim({"explore", kBank, "--report", "plain"});
  const std::string line = after(found.out, "COROSIM_REPLAY=");
  EXPECT_THAT(line, StartsWith("d1."));
  const Ran ran = here_.corosim({"shrink", line.substr(0, line.find(' ')), "--", kBank});
  EXPECT_EQ(ran.exit_code, 1) << ran.err;
  EXPECT_THAT(after(ran.out, "COROSIM_REPLAY="), StartsWith("c1.legal."));
}

TEST_F(ExplainCommand, HasNothingToSayOfARunThatPasses) {
  const Ran ran = here_.corosim({"explain", "s1.legal.fifo.0", "--", kBank, "fixed_bank"});
  EXPECT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr(": passed in "));
}

TEST_F(CorpusCommand, KeepsAFailureAndRunsItFirst) {
  const std::string trace = after(here_.corosim({"explore", kBank}).out, "corosim show ");
  EXPECT_EQ(here_.corosim({"corpus", "add", trace, "--", kBank}).exit_code, 0);
  EXPECT_THAT(here_.corosim({"corpus", "add", trace, "--", kBank}).out, HasSubstr("stands already in corosim.corpus"));
  EXPECT_THAT(here_.read("corosim.corpus"), HasSubstr("\nbank c1.legal."));
  const Ran ran = here_.corosim({"corpus", "run", "--", kBank});
  EXPECT_EQ(ran.exit_code, 1);
  EXPECT_THAT(ran.out, HasSubstr("bank: corpus corosim.corpus: 0 passed, 1 failed, 0 could not be followed"));
  const Ran explored = here_.corosim({"explore", kBank, "--corpus", "corosim.corpus", "--runs", "1"});
  EXPECT_EQ(explored.exit_code, 1);
}

TEST_F(CorpusCommand, RemovesWhatCanNoLongerBeFollowed) {
  const std::string trace = after(here_.corosim({"explore", kBank}).out, "corosim show ");
  here_.corosim({"corpus", "add", trace, "--", kBank});
  const std::string kept = here_.read("corosim.corpus");
  const std::string schedule = after(kept, "\nbank ");
  const std::string lost = schedule.substr(0, schedule.find(' ')) + ".nobody#1.1-before-deposit#2.2";
  here_.write("corosim.corpus", kept + "\n# by hand\nbank " + lost + "\n");
  const Ran pruned = here_.corosim({"corpus", "prune", "--", kBank});
  EXPECT_EQ(pruned.exit_code, 0) << pruned.err;
  EXPECT_EQ(here_.read("corosim.corpus"), kept + "\n# by hand\n");
}

TEST_F(CorpusCommand, NamesTheLineThatCannotBeRead) {
  here_.write("corosim.corpus", "# comment\nbank c1.legal\n");
  const Ran ran = here_.corosim({"corpus", "run", "--", kBank});
  EXPECT_EQ(ran.exit_code, 2);
  EXPECT_THAT(ran.err, StartsWith("error: corosim.corpus: line 2: the schedule ends early"));
  EXPECT_EQ(here_.read("corosim.corpus"), "# comment\nbank c1.legal\n");
}

}  // namespace
}  // namespace corosim::tools
