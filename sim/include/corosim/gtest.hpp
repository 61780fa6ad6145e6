#pragma once

#include <cerrno>
#include <functional>
#include <memory>
#include <source_location>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <corosim/corosim.hpp>
#include <corosim/sim/test_run.hpp>

#include <fmt/format.h>
#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

/// Tests with a coroutine body, for GoogleTest. A test explores schedules of its body, by default a thousand, and fails
/// with the whole report: the run reduced and explained, and the command that replays it.
///
///     COROSIM_TEST(Account, KeepsEveryDeposit) {
///       Account account;
///       co_await gather(deposit(account, 1), deposit(account, 2));
///       EXPECT_EQ(account.balance.get(), 3);
///     }
///
/// The body is a coroutine, with a co_await or co_return in it, and is run anew for each schedule, so it makes
/// everything that it needs. EXPECT_... fails the run; CO_ASSERT_... also leaves the coroutine, with an exception, as
/// ASSERT_... cannot in one. What is to be explored can be said behind the name, and by the environment
/// (docs/program-contract.md), which goes first:
///
///     COROSIM_TEST(Account, NeverDeadlocks, TestOptions().strategy("exhaustive").order(Order::kAny)) { ... }
///
/// Seed, schedule and trace of a failure are recorded as properties, so that they stand in the XML output.

namespace corosim {

using sim::Order;
using sim::TestOptions;

namespace testing {

/// As reports want the text of a failure.
inline std::string in_one_line(std::string_view message) {
  std::string line;
  for (const char c : message) {
    const bool is_blank = c == ' ' || c == '\n';
    if (!is_blank) {
      line += c;
    } else if (!line.empty() && line.back() != ' ') {
      line += ' ';
    }
  }
  while (!line.empty() && line.back() == ' ') line.pop_back();
  return line;
}

/// Has a failed EXPECT_... fail the run that it is in.
class FailureCatcher final : public ::testing::ScopedFakeTestPartResultReporter {
 public:
  FailureCatcher() : ScopedFakeTestPartResultReporter(INTERCEPT_ONLY_CURRENT_THREAD, &unused_) {}

  /// What failed outside of any run.
  std::vector<::testing::TestPartResult> take_outside() { return std::move(outside_); }

 private:
  void ReportTestPartResult(const ::testing::TestPartResult& result) override {
    if (!result.failed()) return;
    if (!sim::fail_run(in_one_line(result.message()), place_of(result))) outside_.push_back(result);
  }
  static std::string place_of(const ::testing::TestPartResult& result) {
    if (result.file_name() == nullptr) return {};
    const std::string path = result.file_name();
    return fmt::format("{}:{}", path.substr(path.find_last_of('/') + 1), result.line_number());
  }
  ::testing::TestPartResultArray unused_;
  std::vector<::testing::TestPartResult> outside_;
};

/// Explores `main` as the current test's body, from within any kind of test: TEST_P, a typed test, a plain TEST.
inline void explore(std::function<Coro<void>()> main, const TestOptions& options = TestOptions()) {
  const ::testing::TestInfo* const info = ::testing::UnitTest::GetInstance()->current_test_info();
  const std::string name = fmt::format("{}.{}", info->test_suite_name(), info->name());
  const std::string invocation = fmt::format("{} --gtest_filter={}", program_invocation_name, name);
  sim::TestOutcome outcome;
  std::vector<::testing::TestPartResult> outside;
  {
    const auto catcher = std::make_unique<FailureCatcher>();
    outcome = sim::run_test(sim::Program(name, std::move(main)), options, invocation);
    outside = catcher->take_outside();
  }
  for (const ::testing::TestPartResult& result : outside) {
    ADD_FAILURE_AT(result.file_name() != nullptr ? result.file_name() : "", result.line_number()) << result.message();
  }
  for (const auto& [key, value] : outcome.properties) ::testing::Test::RecordProperty(key, value);
  switch (outcome.kind) {
    case sim::TestOutcome::Kind::kPassed:
      return;
    case sim::TestOutcome::Kind::kSkipped:
      GTEST_SKIP() << outcome.text;
    case sim::TestOutcome::Kind::kFailed:
      ADD_FAILURE_AT(info->file(), info->line()) << '\n' << outcome.text;
  }
}

/// One run of a test's body: the fixture is made, set up and taken down around it.
template <class Test>
Coro<void> corosim_run_body() {
  const auto test = std::make_unique<Test>();
  co_await test->corosim_run();
}

inline TestOptions options_of() { return TestOptions(); }
inline TestOptions options_of(TestOptions options) { return options; }

/// Leaves the coroutine with the failure of an assertion.
class Assertion {
 public:
  explicit Assertion(const char* message, std::source_location where = std::source_location::current())
      : message_(message), where_(where) {}
  /// What was streamed behind the assertion comes last.
  [[noreturn]] void operator=(const ::testing::Message& more) const {
    fail(in_one_line(message_ + " " + more.GetString()), where_);
  }

 private:
  std::string message_;
  std::source_location where_;
};

}  // namespace testing
}  // namespace corosim

#define COROSIM_TEST_CLASS_(suite, name) corosim_##suite##_##name
#define COROSIM_TEST_(suite, name, fixture, fixture_id, ...)                                             \
  class COROSIM_TEST_CLASS_(suite, name) final : public fixture {                                        \
   public:                                                                                               \
    ::corosim::Coro<void> corosim_run() {                                                                \
      SetUp();                                                                                           \
      struct TakeDown {                                                                                  \
        COROSIM_TEST_CLASS_(suite, name) * test;                                                         \
        ~TakeDown() { test->TearDown(); }                                                                \
      } take_down{this};                                                                                 \
      co_await test_body();                                                                              \
    }                                                                                                    \
                                                                                                         \
   private:                                                                                              \
    ::corosim::Coro<void> test_body();                                                                   \
    void TestBody() override {}                                                                          \
  };                                                                                                     \
  GTEST_TEST_(suite, name, fixture, fixture_id) {                                                        \
    ::corosim::testing::explore(&::corosim::testing::corosim_run_body<COROSIM_TEST_CLASS_(suite, name)>, \
                                ::corosim::testing::options_of(__VA_ARGS__));                            \
  }                                                                                                      \
  ::corosim::Coro<void> COROSIM_TEST_CLASS_(suite, name)::test_body()

/// A test that explores its coroutine body. Behind the name, TestOptions.
#define COROSIM_TEST(suite, name, ...) \
  COROSIM_TEST_(suite, name, ::testing::Test, ::testing::internal::GetTestTypeId() __VA_OPT__(, ) __VA_ARGS__)
/// The same with a fixture, which each run makes anew; SetUp() and TearDown() are part of the run.
#define COROSIM_TEST_F(fixture, name, ...) \
  COROSIM_TEST_(fixture, name, fixture, ::testing::internal::GetTypeId<fixture>() __VA_OPT__(, ) __VA_ARGS__)

#define COROSIM_ASSERTION_(message) ::corosim::testing::Assertion(message) = ::testing::Message()
#define CO_ASSERT_PRED_FORMAT1(format, v1) GTEST_PRED_FORMAT1_(format, v1, COROSIM_ASSERTION_)
#define CO_ASSERT_PRED_FORMAT2(format, v1, v2) GTEST_PRED_FORMAT2_(format, v1, v2, COROSIM_ASSERTION_)
#define CO_ASSERT_TRUE(condition) GTEST_TEST_BOOLEAN_(condition, #condition, false, true, COROSIM_ASSERTION_)
#define CO_ASSERT_FALSE(condition) GTEST_TEST_BOOLEAN_(!(condition), #condition, true, false, COROSIM_ASSERTION_)
#define CO_ASSERT_EQ(v1, v2) CO_ASSERT_PRED_FORMAT2(::testing::internal::EqHelper::Compare, v1, v2)
#define CO_ASSERT_NE(v1, v2) CO_ASSERT_PRED_FORMAT2(::testing::internal::CmpHelperNE, v1, v2)
#define CO_ASSERT_LE(v1, v2) CO_ASSERT_PRED_FORMAT2(::testing::internal::CmpHelperLE, v1, v2)
#define CO_ASSERT_LT(v1, v2) CO_ASSERT_PRED_FORMAT2(::testing::internal::CmpHelperLT, v1, v2)
#define CO_ASSERT_GE(v1, v2) CO_ASSERT_PRED_FORMAT2(::testing::internal::CmpHelperGE, v1, v2)
#define CO_ASSERT_GT(v1, v2) CO_ASSERT_PRED_FORMAT2(::testing::internal::CmpHelperGT, v1, v2)
#define CO_ASSERT_STREQ(v1, v2) CO_ASSERT_PRED_FORMAT2(::testing::internal::CmpHelperSTREQ, v1, v2)
/// With <gmock/gmock.h>.
#define CO_ASSERT_THAT(value, matcher) \
  CO_ASSERT_PRED_FORMAT1(::testing::internal::MakePredicateFormatterFromMatcher(matcher), value)
#define CO_FAIL() COROSIM_ASSERTION_("Failed")
