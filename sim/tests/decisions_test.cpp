#include <corosim/sim/decisions.hpp>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <corosim/runtime/event_loop.hpp>
#include <corosim/runtime/executor.hpp>
#include <corosim/runtime/gather.hpp>
#include <corosim/runtime/sleep.hpp>
#include <corosim/runtime/task.hpp>
#include <corosim/sim/check.hpp>
#include <corosim/sim/explore.hpp>
#include <corosim/sim/latency.hpp>
#include <corosim/sim/replay.hpp>
#include <corosim/sim/report.hpp>
#include <corosim/traces/trace.hpp>

namespace corosim::sim {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Ge;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Le;
using ::testing::SizeIs;
using ::testing::ThrowsMessage;

// What one run says.
std::vector<std::string> said;
std::vector<Duration> took;

Duration now() { return get_running_loop().time().time_since_epoch(); }

RunResult run(Coro<void> (*main)(), const RunOptions& options) {
  said.clear();
  took.clear();
  Simulation simulation;
  return simulation.run(Program("decisions", main), options);
}

// Distributions -------------------------------------------------------------------------------------------------------

TEST(Distribution, RefusesWhatIsNone) {
  EXPECT_THAT([] { uniform(2ms, 1ms); }, ThrowsMessage<ValueError>(HasSubstr("the shortest time 2000000 ns is above")));
  EXPECT_THROW(exponential(-1ns), ValueError);
  EXPECT_THROW(chance(2, 1), ValueError);
  EXPECT_THROW(chance(0, 0), ValueError);
}

TEST(Distribution, ExponentialInvertsTheLogarithmInWholeNumbers) {
  constexpr Duration kMean = 1s;
  // Frozen: -ln(word / 2^64) of the mean, the same everywhere.
  EXPECT_EQ(detail::exponential_of(std::uint64_t{1} << 63, kMean), 693'147'180ns);
  EXPECT_EQ(detail::exponential_of(std::uint64_t{1} << 62, kMean), 1'386'294'361ns);
  EXPECT_EQ(detail::exponential_of(std::uint64_t{3} << 62, kMean), 287'682'072ns);
  EXPECT_EQ(detail::exponential_of(~std::uint64_t{0}, kMean), 0ns);
  EXPECT_EQ(detail::exponential_of(0, kMean), 44'361'419'558ns);
  EXPECT_EQ(detail::exponential_of(0, 0ns), 0ns);
}

TEST(Distribution, ExponentialHasItsMeanAndItsMedian) {
  Random random(1, kLatencyStream);
  Duration sum{};
  int below_median = 0;
  constexpr int kDraws = 100'000;
  for (int i = 0; i < kDraws; ++i) {
    const Duration drawn = detail::exponential_of(random.next(), 1ms);
    sum += drawn;
    below_median += drawn < 693'147ns ? 1 : 0;
  }
  EXPECT_NEAR(static_cast<double>((sum / kDraws).count()), 1e6, 1e4);
  EXPECT_NEAR(below_median, kDraws / 2, 600);
}

Coro<void> draw_many() {
  for (int i = 0; i < 1000; ++i) took.push_back(random_duration(uniform(1ms, 5ms)));
  co_return;
}

TEST(Distribution, UniformStaysWithinItsBounds) {
  run(draw_many, RunOptions().seed(7));
  EXPECT_THAT(took, AllOf(SizeIs(1000), Each(AllOf(Ge(1ms), Le(5ms)))));
  EXPECT_LT(*std::min_element(took.begin(), took.end()), 1100us);
  EXPECT_GT(*std::max_element(took.begin(), took.end()), 4900us);
}

Coro<void> draw_few() {
  for (int i = 0; i < 200; ++i) took.push_back(random_duration(uniform(1ns, 3ns)));
  co_return;
}

TEST(Distribution, UniformComesToBothOfItsBounds) {
  run(draw_few, RunOptions().seed(7));
  EXPECT_EQ(std::set<Duration>(took.begin(), took.end()), (std::set<Duration>{1ns, 2ns, 3ns}));
}

Coro<void> rest_constantly() { co_await latency(constant(3ms)); }

TEST(Latency, ThatIsConstantIsNoDecision) {
  std::vector<Drawn> drawn;
  const RunResult result = run(rest_constantly, RunOptions().collect_draws(drawn));
  EXPECT_EQ(result.time, 3ms);
  EXPECT_THAT(drawn, IsEmpty());
}

Coro<void> rest_uniformly() { co_await latency(uniform(1ms, 5ms)); }

TEST(Latency, RestsForWhatWasDrawn) {
  std::vector<Drawn> drawn;
  const RunResult result = run(rest_uniformly, RunOptions().seed(3).collect_draws(drawn));
  ASSERT_THAT(drawn, SizeIs(1));
  EXPECT_EQ(drawn[0].kind, DrawKind::kLatency);
  EXPECT_EQ(result.time, 1ms + Duration(drawn[0].value));
  EXPECT_NE(result.time, run(rest_uniformly, RunOptions().seed(4)).time);
}

Coro<void> take_chances() {
  int times = 0;
  for (int i = 0; i < 10'000; ++i) times += chance(1, 10) ? 1 : 0;
  COROSIM_CHECK(times > 900 && times < 1100);
  COROSIM_CHECK(chance(1, 1));
  COROSIM_CHECK(!chance(0, 1));
  co_return;
}

TEST(Chance, ComesTrueAsOftenAsItShould) {
  for (Seed seed = 0; seed < 20; ++seed) EXPECT_FALSE(run(take_chances, RunOptions().seed(seed)).failed());
}

// Streams -------------------------------------------------------------------------------------------------------------

Coro<void> say_draw(std::string name, bool more) {
  if (more) {
    random_int(0, 100);
    chance(1, 2);
  }
  co_await sleep(1ms);
  said.push_back(fmt::format("{} {}", name, random_int(0, 1'000'000)));
}
Coro<void> two_draw() { co_await gather(say_draw("a", false), say_draw("b", false)); }
Coro<void> two_draw_one_more() { co_await gather(say_draw("a", true), say_draw("b", false)); }

std::vector<std::string> sorted(std::vector<std::string> texts) {
  std::sort(texts.begin(), texts.end());
  return texts;
}

TEST(Draws, ATaskDrawsTheSameUnderEverySchedule) {
  std::vector<std::string> first;
  for (const char* strategy : {"fifo", "random"}) {
    const auto decides = make_strategy(strategy);
    for (const Order order : {Order::kFifo, Order::kLegal, Order::kAny}) {
      run(two_draw, RunOptions().seed(9).strategy(*decides).order(order));
      if (first.empty()) first = sorted(said);
      EXPECT_EQ(sorted(said), first);
    }
  }
}

TEST(Draws, OneMoreShiftsNobodyElses) {
  run(two_draw, RunOptions().seed(9));
  const std::string b = sorted(said)[1];
  run(two_draw_one_more, RunOptions().seed(9));
  EXPECT_EQ(sorted(said)[1], b);
}

Coro<void> draw_all_kinds(bool chances) {
  if (chances) chance(1, 2);
  said.push_back(fmt::format("{}", random_int(0, 1'000'000)));
  if (chances) random_duration(uniform(0ms, 1s));
  said.push_back(fmt::format("{}", random_int(0, 1'000'000)));
  co_return;
}
Coro<void> only_numbers() { co_await draw_all_kinds(false); }
Coro<void> all_kinds() { co_await draw_all_kinds(true); }

TEST(Draws, OfOneKindShiftNoOthers) {
  run(only_numbers, RunOptions().seed(5));
  const std::vector<std::string> numbers = said;
  run(all_kinds, RunOptions().seed(5).timer_jitter(TimerJitter(1ms, 1ms)));
  EXPECT_EQ(said, numbers);
}

// Overrides -----------------------------------------------------------------------------------------------------------

TEST(DrawOverride, ComesBackFromItsText) {
  for (const char* text : {"main/deposit#2@3:latency=1000", "#00c0ffee00c0ffee@1:chance=1", "main@1:jitter=0"}) {
    EXPECT_EQ(DrawOverride::parse(text).text(), text);
  }
  for (const char* text : {"", "main", "main@1:latency", "main@0:latency=1", "main@1:=1", "main@x:latency=1",
                           "@1:chance=1", "main@1:often=1", "main@1:latency=-1"}) {
    EXPECT_THROW(DrawOverride::parse(text), ValueError) << text;
  }
}

Coro<void> server(int number) {
  const bool slow = chance(1, 2);
  const int load = random_int(10, 20);
  co_await latency(slow ? exponential(10ms, 1ms) : uniform(1ms, 2ms));
  const auto job = [] {};
  co_await to_thread(job);
  said.push_back(fmt::format("{} {} {} {}", number, slow, load, now().count()));
}
Coro<void> servers() { co_await gather(server(1), server(2), server(3)); }
const Program all_servers("decisions", servers);

// The load that each server drew.
std::vector<std::string> loads() {
  std::vector<std::string> drawn;
  for (const std::string& text : sorted(said)) drawn.push_back(text.substr(text.find("e ") + 2, 2));
  return drawn;
}

TEST(DrawOverride, NamesATaskByItsPath) {
  run(servers, RunOptions().seed(11));
  const std::vector<std::string> plain = loads();
  run(servers, RunOptions().seed(11).override_draw({TaskName("main/server#2"), DrawKind::kRandom, 1, 7}));
  EXPECT_NE(plain[1], "17");
  EXPECT_THAT(loads(), ElementsAre(plain[0], "17", plain[2]));
}

TEST(DrawOverride, ThatIsTooLargeGivesTheLargest) {
  run(servers, RunOptions().seed(11).override_draw({TaskName("main/server#2"), DrawKind::kRandom, 1, 700}));
  EXPECT_THAT(said, ::testing::Contains(::testing::ContainsRegex("^2 .* 20 ")));
}

TEST(DrawOverride, ThatIsNotComeToIsLeftOut) {
  const RunResult plain = run(servers, RunOptions().seed(11));
  const RunResult result =
      run(servers, RunOptions().seed(11).override_draw({TaskName("main/server#2"), DrawKind::kRandom, 2, 0}));
  EXPECT_EQ(result.hash, plain.hash);
  EXPECT_THAT(result.draws, IsEmpty());
}

TEST(DrawOverride, OfAllByZeroLeavesNothingToChance) {
  RunOptions options;
  std::vector<Drawn> drawn;
  options.seed(12).timer_jitter(TimerJitter(1ms, 1ms));
  run(servers, RunOptions(options).collect_draws(drawn));
  EXPECT_THAT(drawn, SizeIs(3 * (4 + 2)));  // each: a chance, a number, a latency, a job, and the last two's timers
  // With its chance gone a server draws another latency, so that the first of each kind is what counts.
  for (const Drawn& each : drawn) {
    DrawOverride zero(each);
    zero.set_value(0);
    options.override_draw(zero);
  }
  drawn.clear();
  run(servers, RunOptions(options).collect_draws(drawn));
  for (const Drawn& each : drawn) EXPECT_EQ(each.value, 0U);
  EXPECT_THAT(sorted(said), ElementsAre("1 false 10 2000000", "2 false 10 2000000", "3 false 10 2000000"));
}

Coro<void> racing() {
  const auto one = []() -> Coro<Duration> {
    co_await latency(uniform(1ms, 10ms));
    co_await latency(uniform(1ms, 10ms));
    co_return now();
  };
  const auto [first, second] = co_await gather(one(), one());
  COROSIM_CHECK(first - second < 4ms);
}

TEST(DrawOverride, LetsAShrinkerLowerOneDrawAfterTheOther) {
  const Program race("race", racing);
  const ExploreResult found = explore(race);
  ASSERT_FALSE(found.failures.empty());
  const RunResult& failing = found.failures.front().run;
  Simulation simulation;
  std::vector<Drawn> drawn;
  RunOptions options;
  options.seed(failing.seed).follow(failing.decisions);
  EXPECT_TRUE(simulation.run(race, RunOptions(options).collect_draws(drawn)).failed());
  ASSERT_THAT(drawn, SizeIs(4));
  Conditions conditions;
  for (const Drawn& each : drawn) conditions.draws.emplace_back(each);
  RunResult smallest;
  const auto lower = [&](DrawOverride& draw) {
    for (std::uint64_t step = std::uint64_t{1} << 23; step > 0; step /= 2) {
      if (draw.value() < step) continue;
      draw.set_value(draw.value() - step);
      RunResult result = simulation.run(race, RunOptions(options).conditions(conditions));
      if (result.failed()) {
        smallest = std::move(result);
      } else {
        draw.set_value(draw.value() + step);
      }
    }
  };
  for (int round = 0; round < 2; ++round) std::for_each(conditions.draws.begin(), conditions.draws.end(), lower);
  std::uint64_t sum = 0;
  for (const DrawOverride& draw : smallest.draws) sum += draw.value();
  EXPECT_EQ(sum, 4'000'000U);  // exactly as much as the check needs
  const RunResult again = replay(simulation, race, Schedule::parse(schedule_of(race, smallest).text()));
  EXPECT_EQ(again.hash, smallest.hash);
  EXPECT_THAT(render_failure(race, smallest, ReportContext()), HasSubstr("  draw     main/lambda#1@1:latency="));
}

// Timers --------------------------------------------------------------------------------------------------------------

TEST(TimerJitter, ComesBackFromItsText) {
  EXPECT_EQ(TimerJitter(100us, 2ms).text(), "100000,2000000");
  EXPECT_EQ(TimerJitter::parse("100000,2000000").late(), 2ms);
  for (const char* text : {"", "1", "1,", "a,b", "-1,2", "1,2ms"})
    EXPECT_THROW(TimerJitter::parse(text), ValueError) << text;
}

TEST(TimerJitter, CountsFromNoneOverLateToEarly) {
  const TimerJitter jitter(2ns, 3ns);
  std::vector<Duration> offsets;
  for (std::uint64_t decision = 0; decision < jitter.bound(); ++decision) offsets.push_back(jitter.offset(decision));
  EXPECT_THAT(offsets, ElementsAre(0ns, 1ns, 2ns, 3ns, -1ns, -2ns));
}

Coro<void> nap_often() {
  for (int i = 0; i < 300; ++i) {
    const Duration start = now();
    co_await sleep(10ms);
    took.push_back(now() - start);
  }
}

TEST(TimerJitter, FiresTimersEarlyAndLateWithinItsBounds) {
  run(nap_often, RunOptions().seed(1).timer_jitter(TimerJitter(1ms, 2ms)));
  EXPECT_THAT(took, AllOf(SizeIs(300), Each(AllOf(Ge(9ms), Le(12ms)))));
  const auto exact = std::count(took.begin(), took.end(), 10ms);
  EXPECT_GT(exact, 100);
  EXPECT_LT(exact, 200);
  EXPECT_GT(std::count_if(took.begin(), took.end(), [](Duration time) { return time < 10ms; }), 20);
  EXPECT_GT(std::count_if(took.begin(), took.end(), [](Duration time) { return time > 10ms; }), 40);
}

Coro<void> nap_shortly() {
  for (int i = 0; i < 100; ++i) {
    const Duration start = now();
    co_await sleep(1us);
    took.push_back(now() - start);
  }
}

TEST(TimerJitter, TakesNoTimerBackInTime) {
  run(nap_shortly, RunOptions().seed(1).timer_jitter(TimerJitter(1ms, 0ms)));
  EXPECT_THAT(took, Each(AllOf(Ge(0us), Le(1us))));
  EXPECT_THAT(took, ::testing::Contains(0us));
}

TEST(TimerJitter, IsNothingByDefault) {
  run(nap_often, RunOptions().seed(1));
  EXPECT_THAT(took, Each(10ms));
}

// The record ----------------------------------------------------------------------------------------------------------

TEST(Decisions, StandInTheTraceByKind) {
  const RunResult result = run(servers, RunOptions().seed(13).timer_jitter(TimerJitter(1ms, 1ms)));
  const traces::Trace trace = traces::Trace::from_bytes(record(all_servers, result));
  std::vector<std::string> kinds;
  for (traces::StepNumber number = 0; number <= trace.steps().size(); ++number) {
    for (const traces::Note& note : trace.notes(number)) {
      const auto* draw = std::get_if<traces::Draw>(&note);
      if (draw != nullptr) kinds.push_back(draw->stream);
    }
  }
  for (const DrawKind kind : kAllDrawKinds) {
    EXPECT_EQ(std::count(kinds.begin(), kinds.end(), to_string(kind)), kind == DrawKind::kJitter ? 6 : 3);
  }
  EXPECT_THAT(trace.run().extra, ElementsAre(std::pair<std::string, std::string>("timer_jitter", "1000000,1000000")));
}

TEST(Decisions, ReplayWithTheirConditionsFromScheduleAndTrace) {
  Simulation simulation;
  for (Seed seed = 0; seed < 50; ++seed) {
    RunOptions options;
    options.seed(seed).timer_jitter(TimerJitter(1ms, 3ms)).inject({"main/server#3", 1, Moment::kWoken});
    options.override_draw({TaskName("main/server#1"), DrawKind::kLatency, 1, 1'234'567});
    const RunResult original = simulation.run(all_servers, options);
    const std::string text = schedule_of(all_servers, original).text();
    const RunResult again = replay(simulation, all_servers, Schedule::parse(text));
    EXPECT_EQ(again.hash, original.hash) << summary(again.end);
    EXPECT_EQ(schedule_of(all_servers, again).text(), text);
    traces::Writer writer;
    Recorder recorder(writer);
    recorder.with_pasts();
    const std::vector<std::byte> bytes = record(all_servers, original);
    EXPECT_FALSE(replay(simulation, all_servers, TraceSchedule(bytes), &recorder).diverged());
    EXPECT_EQ(writer.take_bytes(), bytes);
  }
}

}  // namespace
}  // namespace corosim::sim
