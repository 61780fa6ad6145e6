// The page's data. What the page does with them is tested in a browser, see traces/html/tests/.
#include <corosim/traces/export.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

#include "stories.hpp"

namespace corosim::traces {
namespace {

using namespace testing;
using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using Json = nlohmann::json;

Trace bank(bool is_racy) { return Trace::from_bytes(bank_bytes(is_racy), is_racy ? "failing.trace" : "passing.trace"); }

template <typename... Traces>
std::string page_of(const Traces&... traces) {
  std::string page;
  export_html(traces..., [&page](std::string_view piece) { page += piece; });
  return page;
}

Json data_in(const std::string& page) {
  const std::string begin = R"(<script id="data" type="application/json">)";
  const std::size_t from = page.find(begin) + begin.size();
  return Json::parse(page.substr(from, page.find("</script>", from) - from));
}

TEST(Timeline, IsAPageThatNeedsNothingElse) {
  const std::string page = page_of(bank(true));
  EXPECT_THAT(page, AllOf(StartsWith("<!doctype html>"), EndsWith("</html>\n"), HasSubstr("Mike Bostock"),
                          HasSubstr("Permission to use, copy, modify, and/or distribute this software"),
                          Not(HasSubstr("src=\"")), Not(HasSubstr("@import")), Not(HasSubstr("<link"))));
}

TEST(Timeline, HoldsTheStepsInColumns) {
  const Json data = data_in(page_of(bank(true)));
  ASSERT_EQ(data["traces"].size(), 1U);
  const Json& trace = data["traces"][0];
  EXPECT_EQ(trace["run"]["seed"], "0x2a");
  EXPECT_EQ(trace["run"]["outcome"], "failed");
  EXPECT_EQ(trace["first"], 1);
  EXPECT_EQ(trace["kind"], "04100111");
  EXPECT_EQ(trace["time"], Json::parse("[0, 30000000, 0, 0, 0, 0, 0, 0]")) << "differences";
  EXPECT_EQ(trace["task"], Json::parse("[1, 0, 1, 2, 3, 2, 3, 1]"));
  EXPECT_EQ(trace["cause"], Json::parse("[0, 1, 1, 1, 2, 2, 2, 1]")) << "steps back, 0 for the set-up";
  EXPECT_EQ(trace["ready"], Json::parse("[1, 1, 1, 2, 2, 2, 1, 1]"));
  EXPECT_EQ(trace["tasks"].size(), 3U);
  EXPECT_EQ(trace["sites"][1], "examples/bank.cpp:30");
  const Json& notes = trace["notes"];
  for (const char* column : {"step", "task", "text", "site"}) {
    EXPECT_EQ(notes[column].size(), notes["kind"].get<std::string>().size()) << column;
  }
  EXPECT_FALSE(data.contains("diff"));
}

TEST(Timeline, HoldsTwoTracesAndWhatDiffers) {
  const Json data = data_in(page_of(bank(false), bank(true)));
  ASSERT_EQ(data["traces"].size(), 2U);
  EXPECT_EQ(data["diff"]["first"], Json::parse("[5, 5]"));
  EXPECT_EQ(data["diff"]["differences"].size(), 5U);
  EXPECT_THAT(data["diff"]["verdict"].get<std::string>(), StartsWith("The runs part at step 5"));
  EXPECT_EQ(data["diff"]["more"], 0);
}

TEST(Timeline, KeepsTheTextsOfATraceOutOfThePage) {
  Writer writer;
  writer.run_info({"</script><script>alert(1)", {}, "", "", 0, "", {}});
  writer.mark("<!-- \xff");
  const std::string page = page_of(Trace::from_bytes(writer.take_bytes()));
  EXPECT_EQ(data_in(page)["traces"][0]["run"]["program"], "</script><script>alert(1)");
  EXPECT_THAT(page, Not(HasSubstr("<script>alert(1)")));
}

TEST(Timeline, HoldsATraceThatKeptOnlyItsLastSteps) {
  Writer writer;
  writer.run_info({});
  writer.flush();
  const Json data = data_in(page_of(Trace::from_bytes(writer.take_bytes())));
  EXPECT_EQ(data["traces"][0]["run"]["outcome"], "cut short");
  EXPECT_EQ(data["traces"][0]["kind"], "");
}

}  // namespace
}  // namespace corosim::traces
