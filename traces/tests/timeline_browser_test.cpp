// The timeline page in headless Chromium. Skipped where there is none; COROSIM_CHROMIUM names one that is not in PATH.
#include <corosim/traces/export.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include "stories.hpp"

namespace corosim::traces {
namespace {

using namespace testing;
using ::testing::IsEmpty;
using Json = nlohmann::json;
namespace fs = std::filesystem;

/// What a shell command printed.
std::string output_of(const std::string& command) {
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "r"), ::pclose);
  std::string output;
  std::array<char, 4096> buffer;
  while (const std::size_t got = std::fread(buffer.data(), 1, buffer.size(), pipe.get()))
    output.append(buffer.data(), got);
  return output;
}

/// Empty where there is none.
std::string chromium() {
  if (const char* const named = std::getenv("COROSIM_CHROMIUM")) return named;
  for (const char* const name : {"chromium", "chromium-browser", "google-chrome", "google-chrome-stable"}) {
    if (!output_of(std::string("command -v ") + name).empty()) return name;
  }
  return "";
}

std::string read_file(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void insert(std::string& page, std::string_view before, const std::string& text) {
  const std::size_t place = page.rfind(before);
  if (place == std::string::npos) throw std::runtime_error("the page has no " + std::string(before));
  page.insert(place, text);
}

class TimelineInABrowser : public ::testing::Test {
 protected:
  void SetUp() override {
    browser_ = chromium();
    if (browser_.empty()) GTEST_SKIP() << "needs Chromium; on Debian: apt-get install chromium";
    directory_ = ::testing::TempDir() + "timeline-XXXXXX";
    ASSERT_NE(::mkdtemp(directory_.data()), nullptr);
  }
  void TearDown() override {
    if (!directory_.empty()) fs::remove_all(directory_);
  }

  /// Loads the page, has page_test.js run the test of this name in it, and returns its findings.
  Json run(std::string page, const std::string& test) const {
    insert(page, "<meta charset",
           R"(<script>
      window.pageErrors = [];
      window.addEventListener("error", event => window.pageErrors.push(event.message));
      for (const level of ["error", "warn"]) console[level] = (...words) => window.pageErrors.push(words.join(" "));
      document.documentElement.dataset.test = ")" +
               test + "\";</script>\n");
    insert(page, "</body>", "<script>" + read_file(COROSIM_TRACES_PAGE_TEST) + "</script>\n");
    std::ofstream(directory_ + "/page.html", std::ios::binary) << page;
    const std::string dom =
        output_of("timeout 100 " + browser_ +
                  " --headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
                  " --disable-component-update --disable-sync --window-size=1400,800 --dump-dom "
                  "--user-data-dir='" +
                  directory_ + "/profile' 'file://" + directory_ + "/page.html' 2>'" + directory_ + "/log'");
    constexpr std::string_view kBegin = "<pre id=\"findings\">";
    const std::size_t begin = dom.rfind(kBegin);
    if (begin == std::string::npos) {
      ADD_FAILURE() << "the page's test did not come to its end: " << read_file(directory_ + "/log");
      return {{"errors", Json::array()}, {"checks", Json::array()}};
    }
    std::string text = dom.substr(begin + kBegin.size(), dom.find("</pre>", begin) - begin - kBegin.size());
    for (const auto& [escaped, character] : {std::pair("&lt;", "<"), {"&gt;", ">"}, {"&amp;", "&"}}) {
      for (std::size_t at = 0; (at = text.find(escaped, at)) != std::string::npos;) {
        text.replace(at, std::string_view(escaped).size(), character);
      }
    }
    return Json::parse(text);
  }

  static void expect_good(const Json& findings, std::size_t checks) {
    EXPECT_THAT(findings["errors"], IsEmpty()) << findings["errors"];
    EXPECT_GE(findings["checks"].size(), checks);
    for (const Json& check : findings["checks"]) EXPECT_TRUE(check[1].get<bool>()) << check[0];
  }

 private:
  std::string browser_;
  std::string directory_;
};

Trace bank(bool is_racy) { return Trace::from_bytes(bank_bytes(is_racy), is_racy ? "failing.trace" : "passing.trace"); }

template <typename... Traces>
std::string page_of(const Traces&... traces) {
  std::string page;
  export_html(traces..., [&page](std::string_view piece) { page += piece; });
  return page;
}

TEST_F(TimelineInABrowser, DrawsLanesHoversFollowsCausesAndSearches) {
  expect_good(run(page_of(bank(true)), "bank"), 30);
}

TEST_F(TimelineInABrowser, ShowsTwoTracesAndWhatDiffers) {
  expect_good(run(page_of(bank(false), bank(true)), "comparison"), 7);
}

TEST_F(TimelineInABrowser, OpensWhateverTheTraceIs) {
  Writer empty;
  empty.run_info({});
  expect_good(run(page_of(Trace::from_bytes(empty.take_bytes())), "open"), 1);
  Writer random;
  record_random(random, 7, 3'000);
  expect_good(run(page_of(Trace::from_bytes(random.take_bytes())), "open"), 1);
  Writer lone;  // a step of the loop
  lone.run_info({});
  lone.step(make_step(1, StepKind::callback, kNoTask, {}, 0, 0));
  expect_good(run(page_of(Trace::from_bytes(lone.take_bytes())), "open"), 1);
}

TEST_F(TimelineInABrowser, SeesAnErrorOfThePage) {
  std::string page = page_of(bank(true));
  insert(page, "<div id=\"tip\"", "<script>throw new Error('canary')</script>");
  EXPECT_EQ(run(page, "open")["errors"].size(), 1U);
}

/// A hundred tasks that sleep and pass the turn on, for 10^5 steps.
Trace long_trace() {
  constexpr StepNumber kSteps = 100'000;
  constexpr TaskId kTasks = 100;
  Writer writer;
  writer.run_info({"long", {}, "legal", "random", 1, "0.1.0", {}});
  const SiteId site = writer.intern_site("long.cpp", 10, "work");
  Dice dice(1);
  for (TaskId task = 1; task <= kTasks; ++task) {
    writer.task_created(task, 0, "main/worker#" + std::to_string(task), site, task);
  }
  std::vector<StepNumber> last(kTasks + 1, 0);
  std::chrono::nanoseconds time{0};
  for (StepNumber number = 1; number <= kSteps; ++number) {
    const auto task = static_cast<TaskId>(1 + dice.below(kTasks));
    if (dice.one_in(10)) time += std::chrono::microseconds(dice.below(1000));
    const StepKind kind = last[task] == 0 ? StepKind::task_start : StepKind::task_resume;
    const auto ready = static_cast<std::uint32_t>(1 + dice.below(20));
    writer.step(make_step(number, kind, task, time, last[task], site, ready, 0));
    writer.parked(task, site, "sleep");
    last[task] = number;
  }
  writer.run_ended(Outcome::completed, "", time, 0);
  return Trace::from_bytes(writer.take_bytes(), "long.trace");
}

TEST_F(TimelineInABrowser, StaysFluidAtAHundredThousandSteps) {
  const Json findings = run(page_of(long_trace()), "long");
  expect_good(findings, 0);
  EXPECT_EQ(findings["steps"], 100'000);
  for (const auto& [what, milliseconds] : findings["frames"].items()) {
    RecordProperty(what, milliseconds.dump());
    // A sixtieth of a second on a desk; machines that test share their cores.
    EXPECT_LT(milliseconds[0].get<double>(), 50) << what << ", median";
  }
  if (std::getenv("COROSIM_PRINT_FRAMES") != nullptr) std::printf("%s\n", findings["frames"].dump(2).c_str());
}

}  // namespace
}  // namespace corosim::traces
