#include <corosim/sim/injection_campaign.hpp>

#include <deque>
#include <memory>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <corosim/runtime/event.hpp>
#include <corosim/runtime/gather.hpp>
#include <corosim/runtime/lock.hpp>
#include <corosim/runtime/shield.hpp>
#include <corosim/runtime/sleep.hpp>
#include <corosim/runtime/task.hpp>
#include <corosim/sim/check.hpp>
#include <corosim/sim/replay.hpp>

namespace corosim::sim {
namespace {

using namespace std::chrono_literals;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr const char* kThisFile = COROSIM_SIM_TESTS "/injection_campaign_test.cpp";

Coro<void> clean_up() {
  co_await sleep(1ms);  // only ever reached after a cancellation
}

Coro<void> worker(Lock lock) {
  std::exception_ptr cancelled;
  try {
    const auto guard = co_await lock.scoped();
    co_await sleep(1ms);
  } catch (const CancelledError&) {
    cancelled = std::current_exception();
  }
  if (!cancelled) co_return;
  co_await clean_up();
  std::rethrow_exception(cancelled);
}

Coro<void> patient() { co_await sleep(5ms); }

Coro<void> sound_main() {
  const Lock lock;
  const Task<void> inner = create_task(patient());
  const auto outcomes = co_await gather(return_exceptions, worker(lock), worker(lock), worker(lock));
  COROSIM_CHECK(!lock.locked());
  co_await shield(Future<void>(inner));
}

TEST(InjectionCampaign, CancelsEveryTaskAtEveryWait) {
  const Program sound("sound", sound_main);
  const CampaignResult result = injection_campaign(sound, CampaignOptions().source(kThisFile));
  EXPECT_THAT(result.failures, IsEmpty()) << render(sound, result);
  EXPECT_EQ(result.waits_left, 0U);
  // Five tasks start; main waits 2 times, patient once, the workers up to 2 times, and in their clean-up once.
  EXPECT_GE(result.waits, 5U + 2 + 1 + 3 + 2 + 3);
  EXPECT_GT(result.cancellations, result.waits * 3);
}

TEST(InjectionCampaign, TellsWhichWaitsMetWhichCancellation) {
  const Program sound("sound", sound_main);
  const CampaignResult result = injection_campaign(sound, CampaignOptions().source(kThisFile));
  const auto row = [&](std::string_view function) {
    for (const SiteCoverage& site : result.coverage.rows()) {
      if (site.function == function && site.reached > 0) return site;
    }
    return SiteCoverage();
  };
  // The one co_await of clean_up() is reached, and cancelled in all ways; no run gets there without a cancellation.
  const SiteCoverage cleaning = row("clean_up");
  EXPECT_GT(cleaning.reached, 0U);
  EXPECT_FALSE(cleaning.reached_uncancelled);
  for (const CancelledWhen when :
       {CancelledWhen::kBefore, CancelledWhen::kDuring, CancelledWhen::kAfterResume, CancelledWhen::kTwice}) {
    EXPECT_GT(cleaning.cancelled_when(when), 0U) << to_string(when);
  }
  EXPECT_EQ(cleaning.cancelled_when(CancelledWhen::kUnderShield), 0U);
  std::uint64_t under_shield = 0;
  for (const SiteCoverage& site : result.coverage.rows())
    under_shield += site.cancelled_when(CancelledWhen::kUnderShield);
  EXPECT_GT(under_shield, 0U);
}

Coro<void> never_run() { co_await sleep(1ms); }

TEST(InjectionCampaign, ShowsWhatIsNeverReached) {
  EXPECT_TRUE(never_run().valid());
  const Program sound("sound", sound_main);
  const std::string text = render(sound, injection_campaign(sound, CampaignOptions().source(kThisFile)));
  EXPECT_THAT(text, HasSubstr("no failure"));
  EXPECT_THAT(text, ContainsRegex("await site +reached +before +during +after resume +twice +under shield\n"));
  EXPECT_THAT(text, ContainsRegex("injection_campaign_test.cpp:[0-9]+ +not reached +- +- +- +- +-\n"));
  EXPECT_THAT(text, ContainsRegex("injection_campaign_test.cpp:[0-9]+  clean_up +[0-9]+\\* "));
}

TEST(InjectionCampaign, IsTheSameEachTime) {
  const Program sound("sound", sound_main);
  const CampaignResult first = injection_campaign(sound);
  const CampaignResult second = injection_campaign(sound);
  EXPECT_EQ(first.runs, second.runs);
  EXPECT_EQ(first.steps, second.steps);
  EXPECT_EQ(first.coverage.render(), second.coverage.render());
}

// A lock that does not pass its wake-up on when the woken task is cancelled.
struct LossyLock {
  bool locked = false;
  std::deque<Event> line;
};
Coro<void> acquire(LossyLock& lock) {
  if (!lock.locked) {
    lock.locked = true;
    co_return;
  }
  const Event turn = lock.line.emplace_back();
  co_await turn.wait();
  lock.locked = true;
}
void release(LossyLock& lock) {
  lock.locked = false;
  if (lock.line.empty()) return;
  lock.line.front().set();
  lock.line.pop_front();
}
Coro<void> lossy_worker(LossyLock& lock) {
  co_await acquire(lock);
  std::exception_ptr error;
  try {
    co_await sleep(1ms);
  } catch (...) {
    error = std::current_exception();
  }
  release(lock);
  if (error) std::rethrow_exception(error);
}
Coro<void> lossy_main() {
  LossyLock lock;
  co_await gather(return_exceptions, lossy_worker(lock), lossy_worker(lock), lossy_worker(lock));
}

TEST(InjectionCampaign, FindsAWakeUpThatIsNotPassedOn) {
  const Program lossy("lossy", lossy_main);
  const CampaignResult result = injection_campaign(lossy);
  ASSERT_FALSE(result.passed());
  const RunResult& failing = result.failures.front().result;
  EXPECT_TRUE(std::holds_alternative<Deadlock>(failing.end));
  ASSERT_THAT(failing.injections, SizeIs(1));
  Simulation simulation;
  const RunResult again = replay(simulation, lossy, Schedule::parse(schedule_of(lossy, failing).text()));
  EXPECT_EQ(again.hash, failing.hash);
  EXPECT_TRUE(std::holds_alternative<Deadlock>(again.end));
  EXPECT_THAT(render(lossy, result), HasSubstr("  cancel   main/lossy_worker#"));
}

TEST(InjectionCampaign, FindsTasksThatAreLeftOver) {
  const Program forgetful("forgetful", []() -> Coro<void> {
    std::exception_ptr cancelled;
    try {
      co_await sleep(1ms);
    } catch (const CancelledError&) {
      cancelled = std::current_exception();
    }
    // Each time it is cancelled, it leaves another one behind.
    if (cancelled) create_task(sound_main()), co_await sleep(1ms);
  });
  EXPECT_TRUE(injection_campaign(forgetful).passed());  // they are cancelled and waited for
  const Program relapsing("relapsing", []() -> Coro<void> {
    const auto stubborn = []() -> Coro<void> {
      bool cancelled = false;
      try {
        co_await sleep(1ms);
      } catch (const CancelledError&) {
        cancelled = true;
      }
      if (cancelled) create_task(patient());
    };
    create_task(stubborn());
    co_await sleep(2ms);
  });
  const CampaignResult result = injection_campaign(relapsing);
  ASSERT_FALSE(result.passed());
  EXPECT_THAT(result.failures.front().what, HasSubstr("a task is left over at the end: main/lambda#1/patient#1"));
}

TEST(InjectionCampaign, FindsWhatIsNotGivenBack) {
  static std::vector<Future<void>> kept;
  const Program leaking("leaking", []() -> Coro<void> {
    try {
      co_await sleep(1ms);
    } catch (const CancelledError&) {
      kept.push_back(get_running_loop().create_future<void>());
      throw;
    }
  });
  const CampaignResult result = injection_campaign(leaking);
  kept.clear();
  ASSERT_FALSE(result.passed());
  EXPECT_THAT(result.failures.front().what, HasSubstr("blocks of the frame pool are left at the end"));
}

TEST(InjectionCampaign, AsksTheOptionsCheck) {
  const Program sleeper("sleeper", patient);
  const auto check = [](const RunResult& run) {
    return run.time < 5ms ? std::string("it did not sleep") : std::string();
  };
  const CampaignResult result = injection_campaign(sleeper, CampaignOptions().check(check));
  ASSERT_FALSE(result.passed());
  EXPECT_EQ(result.failures.front().what, "it did not sleep");
}

TEST(InjectionCampaign, InjectsNoMoreCancellationsIntoARunThanAskedFor) {
  for (const std::size_t most : {1U, 2U}) {
    std::size_t seen = 0;
    const auto check = [&seen](const RunResult& run) {
      seen = std::max(seen, run.injections.size());
      return std::string();
    };
    injection_campaign(Program("sound", sound_main), CampaignOptions().cancellations(most).check(check).runs(5000));
    EXPECT_EQ(seen, most);
  }
}

TEST(InjectionCampaign, LeavesTasksAloneThatItIsToldTo) {
  const auto worker_two = [](std::string_view path) { return path == "main/worker#2"; };
  const CampaignResult result = injection_campaign(Program("sound", sound_main), CampaignOptions().tasks(worker_two));
  EXPECT_EQ(result.waits, 4U);  // its start, the lock, the sleep, the clean-up
}

TEST(InjectionCampaign, StopsAtItsBoundsAndSaysWhatIsLeft) {
  const CampaignResult result = injection_campaign(Program("sound", sound_main), CampaignOptions().runs(100));
  EXPECT_EQ(result.runs, 100U);
  EXPECT_GT(result.waits_left, 0U);
}

TEST(InjectionCampaign, DoesNotBlameCancellationForAProgramThatFailsByItself) {
  const Program failing("failing", []() -> Coro<void> {
    co_await sleep(1ms);
    COROSIM_CHECK(false);
  });
  const CampaignResult result = injection_campaign(failing);
  ASSERT_THAT(result.failures, SizeIs(4));
  EXPECT_THAT(result.failures.front().result.injections, IsEmpty());
  EXPECT_EQ(result.cancellations, 0U);
}

}  // namespace
}  // namespace corosim::sim
