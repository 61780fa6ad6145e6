// COROSIM_TEST and the assertions, on a binary of tests that fail.
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/wait.h>

namespace corosim {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

struct Ran {
  int exit_code;
  std::string text;
};

class GtestIntegration : public ::testing::Test {
 protected:
  GtestIntegration() {
    std::string name = ::testing::TempDir() + "corosim-gtest-XXXXXX";
    directory_ = ::mkdtemp(name.data());
  }
  ~GtestIntegration() override { std::filesystem::remove_all(directory_); }

  // `environment`: "NAME=value ..." as in a shell.
  Ran run(const std::string& filter, const std::string& environment = "", const std::string& more = "") const {
    const std::string command = "cd " + directory_.string() + " && env -u COROSIM_RUNS " + environment +
                                " GTEST_COLOR=no " COROSIM_GTEST_SAMPLE " --gtest_filter=" + filter + " " + more +
                                " 2>&1";
    FILE* const pipe = ::popen(command.c_str(), "r");
    std::string text;
    std::array<char, 4096> bytes;
    for (std::size_t size = 0; (size = std::fread(bytes.data(), 1, bytes.size(), pipe)) > 0;) {
      text.append(bytes.data(), size);
    }
    const int status = ::pclose(pipe);
    return {WEXITSTATUS(status), text};
  }

  static std::string after(const std::string& text, const std::string& before) {
    const auto start = text.find(before);
    if (start == std::string::npos) return "";
    const auto begin = start + before.size();
    return text.substr(begin, text.find_first_of(" \n", begin) - begin);
  }

  std::filesystem::path directory_;
};

TEST_F(GtestIntegration, FailsWithTheWholeReport) {
  const Ran ran = run("Account.KeepsEveryDeposit");
  EXPECT_EQ(ran.exit_code, 1);
  EXPECT_THAT(ran.text, AllOf(HasSubstr("Account.KeepsEveryDeposit · seed "), HasSubstr("FAILED at step"),
                              HasSubstr("Expected equality of these values: account.balance.get() Which is: "),
                              HasSubstr("a deposit is lost"), HasSubstr("reads balance = 0"), HasSubstr("  why  "),
                              HasSubstr("--gtest_filter=Account.KeepsEveryDeposit")));
}

TEST_F(GtestIntegration, ReplaysWithWhatItPrinted) {
  const std::string schedule = after(run("Account.KeepsEveryDeposit").text, "COROSIM_REPLAY=");
  const Ran ran = run("Account.*", "COROSIM_REPLAY=" + schedule);
  EXPECT_EQ(ran.exit_code, 1);
  EXPECT_THAT(ran.text, AllOf(HasSubstr("[  FAILED  ] Account.KeepsEveryDeposit"),
                              HasSubstr("[  SKIPPED ] Account.KeepsOneDeposit"),
                              HasSubstr("the schedule of COROSIM_REPLAY is another test's")));
}

TEST_F(GtestIntegration, RecordsSeedScheduleAndTraceAsProperties) {
  run("Account.KeepsEveryDeposit", "", "--gtest_output=xml:out.xml");
  std::ifstream file(directory_ / "out.xml");
  const std::string xml{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  EXPECT_THAT(xml, AllOf(HasSubstr("name=\"seed\" value=\"0x"), HasSubstr("name=\"schedule\" value=\"c1.legal."),
                         HasSubstr("name=\"trace\" value=\".corosim/Account.KeepsEveryDeposit-")));
}

TEST_F(GtestIntegration, PassesWhereNoScheduleFails) {
  const Ran ran = run("Account.KeepsOneDeposit:Orders.*:Fixture.*");
  EXPECT_EQ(ran.exit_code, 0) << ran.text;
  EXPECT_THAT(ran.text, HasSubstr("[  PASSED  ] 4 tests."));
}

TEST_F(GtestIntegration, AssertionsLeaveTheCoroutine) {
  const Ran ran = run("Assertions.LeaveTheCoroutine");
  EXPECT_EQ(ran.exit_code, 1);
  EXPECT_THAT(ran.text,
              AllOf(HasSubstr("as everybody knows"), HasSubstr("gtest_sample.cpp:40"), Not(HasSubstr("not reached"))));
}

TEST_F(GtestIntegration, ExploresTestsWithParameters) {
  const Ran ran = run("Some/Amounts.AreKept/*");
  EXPECT_EQ(ran.exit_code, 1);
  EXPECT_THAT(ran.text,
              AllOf(HasSubstr("[       OK ] Some/Amounts.AreKept/0"), HasSubstr("[  FAILED  ] Some/Amounts.AreKept/1"),
                    HasSubstr("corosim show .corosim/Some-Amounts.AreKept-1-")));
}

TEST_F(GtestIntegration, FailsWhereAMarkIsNeverReached) {
  EXPECT_EQ(run("Marks.AreReached").exit_code, 0);
  const Ran ran = run("Marks.AreMissed");
  EXPECT_EQ(ran.exit_code, 1);
  EXPECT_THAT(ran.text, HasSubstr("never reached: first (gtest_sample.cpp:"));
}

TEST_F(GtestIntegration, DoesWhatTheEnvironmentSays) {
  EXPECT_EQ(run("Account.KeepsEveryDeposit", "COROSIM_ORDER=fifo COROSIM_SEED=0").exit_code, 1);
  const Ran wrong = run("Account.KeepsOneDeposit", "COROSIM_ORDER=later");
  EXPECT_EQ(wrong.exit_code, 1);
  EXPECT_THAT(wrong.text, HasSubstr("unknown order 'later': expected fifo, legal or any"));
}

TEST_F(GtestIntegration, ComesOutTheSameWhenRepeatedAndSharded) {
  const Ran ran = run("Account.*:Orders.*", "", "--gtest_repeat=2");
  EXPECT_THAT(ran.text, HasSubstr("Repeating all tests (iteration 2)"));
  const Ran shard = run("Account.KeepsOneDeposit:Orders.*", "GTEST_TOTAL_SHARDS=2 GTEST_SHARD_INDEX=0");
  EXPECT_EQ(shard.exit_code, 0) << shard.text;
  EXPECT_THAT(shard.text, HasSubstr("[  PASSED  ] 1 test."));
}

}  // namespace
}  // namespace corosim
