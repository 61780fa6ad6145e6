#include <corosim/sim/schedule.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace corosim::sim {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

TEST(Schedule, ComesBackFromItsText) {
  const Schedule schedule("bank", Order::kAny, 0x2a, {0, 0, 3, 1, 0, 0, 0, 70000, 0, 0}, 0x123456789abcdef0);
  const Schedule back = Schedule::parse(schedule.text());
  EXPECT_EQ(back.order(), Order::kAny);
  EXPECT_EQ(back.seed(), 0x2a);
  EXPECT_EQ(back.hash(), 0x9abcdef0);
  EXPECT_THAT(back.decisions(), ElementsAre(0, 0, 3, 1, 0, 0, 0, 70000)) << "trailing places 0 need no words";
  EXPECT_EQ(schedule.decisions(), back.decisions());
  EXPECT_TRUE(back.made_for("bank"));
  EXPECT_FALSE(back.made_for("other"));
}

TEST(Schedule, KeepsNumbersOfEveryLength) {
  for (const std::uint32_t place : {1U, 127U, 128U, 129U, 16383U, 16384U, 0xffffffffU}) {
    EXPECT_THAT(Schedule::parse(Schedule("bank", Order::kAny, 1, {place}, 7).text()).decisions(), ElementsAre(place));
  }
}

TEST(Schedule, OfAsyncioOrderIsShort) {
  EXPECT_LE(Schedule("bank", Order::kLegal, 1, {0, 0, 0, 0}, 7).text().size(), 20U);
}

TEST(Schedule, RefusesEveryTornText) {
  const std::string text = Schedule("bank", Order::kLegal, 5, {1, 2, 3, 4, 5}, 99).text();
  for (std::size_t size = 0; size < text.size(); ++size) {
    EXPECT_THROW(Schedule::parse(text.substr(0, size)), ScheduleError) << text.substr(0, size);
  }
}

TEST(Schedule, RefusesEveryChangedCharacter) {
  const std::string text = Schedule("bank", Order::kLegal, 5, {1, 2, 3, 4, 5}, 99).text();
  int unnoticed = 0;
  for (std::size_t i = 3; i < text.size(); ++i) {
    std::string changed = text;
    changed[i] = changed[i] == 'B' ? 'C' : 'B';
    try {
      Schedule::parse(changed);
      ++unnoticed;
    } catch (const ScheduleError&) {
      // as it should be
    }
  }
  EXPECT_EQ(unnoticed, 0);
}

TEST(Schedule, SaysWhatIsWrong) {
  EXPECT_THAT([] { Schedule::parse("hello"); }, ThrowsMessage<ScheduleError>(HasSubstr("expected d1.SEED.DECISIONS")));
  EXPECT_THAT([] { Schedule::parse("d1.xyz.AAAA"); }, ThrowsMessage<ScheduleError>(HasSubstr("hexadecimal")));
  EXPECT_THAT([] { Schedule::parse("d1.1.A*AA"); }, ThrowsMessage<ScheduleError>(HasSubstr("'*'")));
  EXPECT_THAT([] { Schedule::parse("d1.1.AAAA"); }, ThrowsMessage<ScheduleError>(HasSubstr("copied whole")));
}

}  // namespace
}  // namespace corosim::sim
