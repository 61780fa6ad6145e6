#include <corosim/sim/run_virtual.hpp>

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <corosim/runtime/event.hpp>
#include <corosim/runtime/event_loop.hpp>
#include <corosim/runtime/gather.hpp>
#include <corosim/runtime/sleep.hpp>
#include <corosim/sim/check.hpp>
#include <corosim/sim/program_main.hpp>

namespace corosim::sim {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// Runs `main`, which must not pass, and returns what is printed to standard error.
std::string report_of(Coro<void> main, const Limits& limits = Limits()) {
  testing::internal::CaptureStderr();
  EXPECT_EQ(run_virtual(std::move(main), limits), kFailureFound);
  return testing::internal::GetCapturedStderr();
}

Coro<void> note(std::string& log, std::string name, Duration delay) {
  co_await sleep(delay);
  log += name;
}

TEST(RunVirtual, RunsOnceInAsynciosOrderWithoutWaiting) {
  std::string log;
  TimePoint end;
  const auto main = [&]() -> Coro<void> {
    co_await gather(note(log, "c", 2h), note(log, "a", 1h), note(log, "b", 1h));
    end = get_running_loop().time();
  };
  testing::internal::CaptureStderr();
  EXPECT_EQ(run_virtual(main()), kPassed);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  EXPECT_EQ(log, "abc");
  EXPECT_EQ(end.time_since_epoch(), Duration(2h));
}

Coro<void> check_too_much() {
  co_await sleep(1s);
  COROSIM_CHECK_EQ(1 + 1, 3);
}

TEST(RunVirtual, ReportsAFailureUnderTheNameOfTheCoroutine) {
  const std::string report = report_of(check_too_much());
  EXPECT_THAT(report, StartsWith("check_too_much · seed 0x0 · order fifo · strategy fifo\nFAILED at step"));
  EXPECT_THAT(report, HasSubstr("1 + 1 == 3 does not hold: 2 and 3"));
}

Coro<void> wait_for_ever() {
  const Event never("never");
  co_await never.wait();
}

TEST(RunVirtual, ReportsADeadlock) { EXPECT_THAT(report_of(wait_for_ever()), HasSubstr("DEADLOCK")); }

Coro<void> run_for_ever() {
  while (true) co_await sleep(1s);
}

TEST(RunVirtual, EndsAtTheLimits) {
  EXPECT_THAT(report_of(run_for_ever(), Limits().steps(100)), HasSubstr("STEP LIMIT at step 100"));
}

}  // namespace
}  // namespace corosim::sim
