#include <corosim/runtime/timer_queue.hpp>

#include <algorithm>
#include <cstdint>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace corosim::detail {
namespace {

class Timer final : public TimerNode {
 public:
  void run() override {}
  std::uint64_t identity() const override { return 0; }
};

struct Scheduled {
  std::int64_t due;
  Timer* timer;
};

// The earliest first, and of one instant the one that was scheduled first.
std::size_t earliest_of(const std::vector<Scheduled>& scheduled) {
  const auto found = std::min_element(scheduled.begin(), scheduled.end(),
                                      [](const Scheduled& a, const Scheduled& b) { return a.due < b.due; });
  return static_cast<std::size_t>(found - scheduled.begin());
}

// Few instants make long lines, many a deep heap; and time only goes on, or timers of the past come as well.
void schedules_fire_and_cancel(std::uint32_t seed, std::int64_t instants, bool monotone) {
  std::mt19937 random(seed);
  const auto below = [&](std::size_t bound) { return random() % bound; };
  TimerQueue queue;
  std::vector<Timer> timers(60);
  std::vector<Timer*> idle;
  for (Timer& timer : timers) idle.push_back(&timer);
  std::vector<Scheduled> scheduled;  // in the order of scheduling
  std::int64_t now = 0;
  for (int step = 0; step < 3000; ++step) {
    ASSERT_EQ(queue.empty(), scheduled.empty());
    const std::size_t what = below(10);
    if (what < 5 && !idle.empty()) {
      Timer* const timer = idle.back();
      idle.pop_back();
      const std::int64_t due =
          (monotone ? now : 0) + static_cast<std::int64_t>(below(static_cast<std::size_t>(instants)));
      queue.push(*timer, TimePoint(Duration(due)));
      scheduled.push_back({due, timer});
    } else if (!scheduled.empty()) {
      const std::size_t place = what < 8 ? earliest_of(scheduled) : below(scheduled.size());
      const Scheduled one = scheduled[place];
      if (what < 8) {
        ASSERT_EQ(queue.next_deadline(), TimePoint(Duration(one.due)));
        ASSERT_EQ(&queue.pop(), one.timer);
        now = one.due;
      } else {
        queue.remove(*one.timer);
      }
      ASSERT_FALSE(one.timer->scheduled());
      idle.insert(idle.begin() + static_cast<std::ptrdiff_t>(below(idle.size() + 1)), one.timer);
      scheduled.erase(scheduled.begin() + static_cast<std::ptrdiff_t>(place));
    }
  }
}

TEST(TimerQueue, FiresByDeadlineAndThenInTheOrderOfScheduling) {
  for (std::uint32_t seed = 0; seed < 20; ++seed) {
    for (const std::int64_t instants : {1, 2, 5, 100'000}) {
      for (const bool monotone : {true, false}) {
        SCOPED_TRACE(testing::Message() << "seed " << seed << ", instants " << instants << ", monotone " << monotone);
        schedules_fire_and_cancel(seed, instants, monotone);
      }
    }
  }
}

}  // namespace
}  // namespace corosim::detail
