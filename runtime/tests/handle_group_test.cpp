#include <corosim/runtime/handle_group.hpp>

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace corosim {
namespace {

using ::testing::ElementsAre;

std::exception_ptr value_error(const char* what) { return std::make_exception_ptr(ValueError(what)); }
std::exception_ptr timeout() { return std::make_exception_ptr(TimeoutError()); }
std::exception_ptr cancelled() { return std::make_exception_ptr(CancelledError()); }

// A group of a, a nested group of (timeout, b), and c.
ExceptionGroup nested() {
  return ExceptionGroup(
      "outer", {value_error("a"), make_exception_group("inner", {timeout(), value_error("b")}), value_error("c")});
}

TEST(HandleGroup, CallsAHandlerWithEachExceptionOfItsTypeAtAnyDepth) {
  std::vector<std::string> seen;
  int late = 0;
  handle_group(
      nested(), [&](const ValueError& error) { seen.emplace_back(error.what()); },
      [&](const TimeoutError&) { ++late; });
  EXPECT_THAT(seen, ElementsAre("a", "b", "c"));
  EXPECT_EQ(late, 1);
}

TEST(HandleGroup, ThrowsWhatNoHandlerTookInTheSameShape) {
  try {
    handle_group(nested(), [](const ValueError&) {});
    FAIL() << "the TimeoutError is left";
  } catch (const ExceptionGroup& rest) {
    EXPECT_EQ(rest.message(), "outer");
    ASSERT_EQ(rest.exceptions().size(), 1U);
    EXPECT_EQ(describe(rest.exceptions()[0]), "ExceptionGroup: inner [TimeoutError: timed out]");
  }
}

TEST(HandleGroup, GivesAnExceptionToTheFirstHandlerThatFits) {
  int general = 0;
  int special = 0;
  handle_group(nested(), [&](const TimeoutError&) { ++special; }, [&](const std::exception&) { ++general; });
  EXPECT_EQ(special, 1);
  EXPECT_EQ(general, 3);
}

TEST(HandleGroup, KeepsACancellationApart) {
  const std::exception_ptr group = make_exception_group("g", {value_error("a"), cancelled()});
  EXPECT_FALSE(holds<std::exception>(group)) << "a group that holds a cancellation is no std::exception";
  try {
    std::rethrow_exception(group);
  } catch (const BaseExceptionGroup& both) {
    EXPECT_THROW(handle_group(both, [](const std::exception&) {}), BaseExceptionGroup);
    EXPECT_NO_THROW(handle_group(both, [](const std::exception&) {}, [](const CancelledError&) {}));
  }
}

TEST(SplitGroup, LeavesNothingWhereAllMatch) {
  const SplitGroup parts = split<std::exception>(nested());
  EXPECT_FALSE(parts.rest);
  EXPECT_EQ(parts.matching.size(), 3U) << "a, the inner group, c";
}

}  // namespace
}  // namespace corosim
