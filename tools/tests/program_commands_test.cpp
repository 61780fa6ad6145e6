// explore, record and replay on real binaries.
#include <csignal>
#include <filesystem>
#include <string>

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

TEST_F(ExploreCommand, FindsTheFailingSeedAndSaysHowToReplayIt) {
  const Ran ran = here_.corosim({"explore", kBank});
  EXPECT_EQ(ran.exit_code, 1) << ran.err;
  EXPECT_THAT(ran.out,
              AllOf(HasSubstr("FAILED at step"), HasSubstr("account.balance == 3 does not hold"),
                    HasSubstr("replay   COROSIM_REPLAY=d1."), HasSubstr("look     corosim show .corosim/bank-")));
  EXPECT_TRUE(std::filesystem::exists(here_.path(after(ran.out, "corosim show "))));
}

TEST_F(ExploreCommand, FindsTheSameEachTime) {
  const Ran first = here_.corosim({"explore", kBank, "--failures", "all", "--runs", "300", "-q"});
  const Ran second = here_.corosim({"explore", kBank, "--failures", "all", "--runs", "300", "-q"});
  const auto seeds = [](const Ran& ran) { return ran.out.substr(ran.out.find("also failed")); };
  EXPECT_EQ(seeds(first), seeds(second));
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
  EXPECT_THAT(ran.err, HasSubstr("error: " + kMisbehaving + ": the program crashed: killed by signal 6 (Aborted)"));
  EXPECT_EQ(here_.corosim({"explore", kMisbehaving, "kills_itself"}).exit_code, 5);
}

TEST_F(ExploreCommand, SaysThatTheProgramLeftByAWayOfItsOwn) {
  const Ran ran = here_.corosim({"explore", kMisbehaving, "--program", "exits"});
  EXPECT_EQ(ran.exit_code, 5);
  EXPECT_THAT(ran.err, HasSubstr("the program ended with exit code 77"));
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
  EXPECT_THAT(ran.out, HasSubstr("fixed_bank · seed 0x7 · order legal · strategy portfolio: passed"));
  EXPECT_THAT(here_.corosim({"show", "seven.trace"}).out, HasSubstr("seed 0x7"));
}

TEST_F(RecordCommand, OverwritesNothing) {
  here_.write("kept", "as it is");
  const Ran ran = here_.corosim({"record", kBank, "--seed", "7", "--output", "kept"});
  EXPECT_EQ(ran.exit_code, 2);
  EXPECT_EQ(ran.err, "error: kept: the file exists, and is not overwritten\n");
  EXPECT_EQ(here_.read("kept"), "as it is");
}

TEST_F(RecordCommand, NeedsASeedAndAFile) {
  EXPECT_THAT(here_.corosim({"record", kBank, "--output", "x"}).err, StartsWith("error: --seed S is missing\n"));
  EXPECT_THAT(here_.corosim({"record", kBank, "--seed", "1"}).err, StartsWith("error: --output FILE is missing\n"));
}

TEST_F(ReplayCommand, OfATraceGivesTheSameRun) {
  const std::string trace = after(here_.corosim({"explore", kBank, "--failures", "1"}).out, "corosim show ");
  const Ran ran = here_.corosim({"replay", trace, "--save", "again.trace", "--", kBank});
  EXPECT_EQ(ran.exit_code, 1) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("account.balance == 3 does not hold"));
  EXPECT_EQ(here_.read("again.trace"), here_.read(trace));
  EXPECT_EQ(here_.corosim({"diff", trace, "again.trace"}).exit_code, 0);
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
      "error: missing.trace: byte 0: no such file; expected a trace, or a schedule, which begins with d1. or s1.\n");
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

}  // namespace
}  // namespace corosim::tools
