// export, to standard output and to files.
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "command.hpp"

namespace corosim::tools {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class ExportCommand : public ::testing::Test {
 protected:
  ExportCommand() {
    const Ran ran = here_.corosim({"record", COROSIM_BANK, "fixed_bank", "--seed", "1", "--output", "a.trace"});
    EXPECT_EQ(ran.exit_code, 0) << ran.err;
  }

  Workplace here_;
};

TEST_F(ExportCommand, WritesToStandardOutput) {
  const Ran jsonl = here_.corosim({"export", "a.trace", "--format", "jsonl"});
  EXPECT_EQ(jsonl.exit_code, 0) << jsonl.err;
  EXPECT_THAT(jsonl.out, AllOf(StartsWith("{\"event\":\"run\",\"program\":\"fixed_bank\""),
                               HasSubstr("\"outcome\":\"completed\"")));
  const Ran chrome = here_.corosim({"export", "a.trace", "--format", "chrome", "--axis", "time"});
  EXPECT_EQ(chrome.exit_code, 0) << chrome.err;
  EXPECT_GT(nlohmann::json::parse(chrome.out)["traceEvents"].size(), 10U);
  EXPECT_THAT(here_.corosim({"export", "a.trace", "--format", "dot"}).out,
              AllOf(StartsWith("digraph corosim {"), EndsWith("}\n")));
}

TEST_F(ExportCommand, WritesTheSameToANewFileAndNeverOverAnOldOne) {
  const std::vector<std::string> words = {"export", "a.trace", "--format", "perfetto", "--output", "a.pftrace"};
  const Ran ran = here_.corosim(words);
  EXPECT_EQ(ran.exit_code, 0) << ran.err;
  EXPECT_EQ(ran.out, "");
  EXPECT_EQ(here_.read("a.pftrace"), here_.corosim({"export", "a.trace", "--format", "perfetto"}).out);
  here_.write("a.pftrace", "precious");
  const Ran again = here_.corosim(words);
  EXPECT_EQ(again.exit_code, 2);
  EXPECT_EQ(again.err, "error: a.pftrace: the file exists, and is not overwritten\n");
  EXPECT_EQ(here_.read("a.pftrace"), "precious");
  const Ran nowhere = here_.corosim({"export", "a.trace", "--format", "dot", "--output", "no/such/place"});
  EXPECT_EQ(nowhere.exit_code, 2);
  EXPECT_EQ(nowhere.err, "error: no/such/place: cannot write: No such file or directory\n");
}

TEST_F(ExportCommand, ExportsATornTraceAsFarAsItCanBeRead) {
  const std::string whole = here_.read("a.trace");
  here_.write("torn.trace", whole.substr(0, whole.size() - 1));
  for (const std::string format : {"jsonl", "perfetto", "chrome", "dot", "html"}) {
    const Ran torn = here_.corosim({"export", "torn.trace", "--format", format});
    EXPECT_EQ(torn.exit_code, 2);
    EXPECT_NE(torn.out, "");
    EXPECT_THAT(torn.err, AllOf(StartsWith("error: torn.trace: byte "), HasSubstr("the trace is torn")));
  }
  here_.write("empty.trace", whole.substr(0, 3));
  const Ran empty = here_.corosim({"export", "empty.trace", "--format", "dot", "--output", "empty.dot"});
  EXPECT_EQ(empty.exit_code, 2);
  EXPECT_THAT(empty.err, StartsWith("error: empty.trace: byte "));
  EXPECT_FALSE(std::filesystem::exists(here_.path("empty.dot"))) << "a failure leaves no file";
}

TEST_F(ExportCommand, WritesAPageOfOneTraceOrOfTwo) {
  const Ran one = here_.corosim({"export", "a.trace", "--format", "html"});
  EXPECT_EQ(one.exit_code, 0) << one.err;
  EXPECT_THAT(one.out, AllOf(StartsWith("<!doctype html>"), HasSubstr("\"program\":\"fixed_bank\"")));
  EXPECT_EQ(here_.corosim({"record", COROSIM_BANK, "fixed_bank", "--seed", "2", "--output", "b.trace"}).exit_code, 0);
  const Ran two =
      here_.corosim({"export", "a.trace", "--compare", "b.trace", "--format", "html", "--output", "ab.html"});
  EXPECT_EQ(two.exit_code, 0) << two.err;
  EXPECT_THAT(here_.read("ab.html"), HasSubstr("\"verdict\":\"The runs part "));
  EXPECT_EQ(here_.corosim({"export", "a.trace", "--compare", "missing", "--format", "html"}).err,
            "error: missing: byte 0: cannot open the trace: No such file or directory\n");
  EXPECT_THAT(here_.corosim({"export", "a.trace", "--compare", "b.trace", "--format", "dot"}).err,
              StartsWith("error: --compare: expected --format html, not dot\nusage: corosim export TRACE"));
}

TEST_F(ExportCommand, RefusesWhatItDoesNotKnow) {
  const Ran format = here_.corosim({"export", "a.trace", "--format", "svg"});
  EXPECT_EQ(format.exit_code, 2);
  EXPECT_THAT(format.err, StartsWith("error: --format: svg not in {jsonl,perfetto,chrome,dot"));
  EXPECT_THAT(here_.corosim({"export", "a.trace"}).err, StartsWith("error: --format FORMAT is missing\nusage: "));
  EXPECT_EQ(here_.corosim({"export", "a.trace", "--format", "chrome", "--axis", "wall"}).exit_code, 2);
  EXPECT_EQ(here_.corosim({"export", "missing", "--format", "dot"}).err,
            "error: missing: byte 0: cannot open the trace: No such file or directory\n");
}

}  // namespace
}  // namespace corosim::tools
