#include <corosim/sim/constraints.hpp>

#include <string>
#include <vector>

#include <corosim/corosim.hpp>
#include <corosim/sim/constraint_schedule.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace corosim::sim {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::ThrowsMessage;

using Kind = DefaultOrder::Kind;

Coro<void> walk(std::vector<std::string>& log, std::string name, int steps) {
  for (int i = 1; i <= steps; ++i) {
    log.push_back(name + std::to_string(i));
    co_await sleep(0ms);
  }
}

// Three tasks of two awaits each: walk#1 logs a1 and a2, and so on.
struct Walks {
  std::vector<std::string> log;
  Program program{"walks", [this] { return main(); }};
  Coro<void> main() {
    log.clear();
    co_await gather(walk(log, "a", 2), walk(log, "b", 2), walk(log, "c", 2));
  }
};

std::vector<std::string> order_of_walks(const DefaultOrder& order, std::vector<Constraint> constraints = {}) {
  Walks walks;
  Simulation simulation;
  ConstrainedStrategy strategy(order, std::move(constraints));
  simulation.run(walks.program, RunOptions().order(Order::kAny).strategy(strategy));
  return walks.log;
}

TEST(DefaultOrder, SaysWhoGoesFirst) {
  EXPECT_THAT(order_of_walks(Kind::kFifo), ElementsAre("a1", "b1", "c1", "a2", "b2", "c2"));
  EXPECT_THAT(order_of_walks(Kind::kEldest), ElementsAre("a1", "a2", "b1", "b2", "c1", "c2"));
  EXPECT_THAT(order_of_walks(Kind::kYoungest), ElementsAre("c1", "c2", "b1", "b2", "a1", "a2"));
  EXPECT_THAT(order_of_walks(DefaultOrder::favouring("walk#2")), ElementsAre("b1", "b2", "a1", "a2", "c1", "c2"));
}

TEST(DefaultOrder, LetsNoPollingTaskKeepTheOthersOut) {
  bool done = false;
  const Program program("polls", [&done]() -> Coro<void> {
    done = false;
    const auto poll = [](const bool& flag) -> Coro<void> {
      while (!flag) co_await sleep(0ms);
    };
    const auto finish = [](bool& flag) -> Coro<void> {
      for (int i = 0; i < 20; ++i) co_await sleep(0ms);
      flag = true;
    };
    co_await gather(poll(done), poll(done), finish(done));
  });
  Simulation simulation;
  for (const Kind kind : {Kind::kFifo, Kind::kEldest, Kind::kYoungest}) {
    ConstrainedStrategy strategy(kind, {});
    const RunResult result = simulation.run(program, RunOptions().strategy(strategy).limits(Limits().steps(5000)));
    EXPECT_FALSE(result.failed()) << DefaultOrder(kind).text();
  }
}

TEST(DefaultOrder, ComesBackFromItsText) {
  for (const DefaultOrder& order :
       {DefaultOrder(Kind::kFifo), DefaultOrder(Kind::kEldest), DefaultOrder(Kind::kYoungest),
        DefaultOrder(Kind::kRandom), DefaultOrder::favouring("serve#1/query#2")}) {
    EXPECT_EQ(DefaultOrder::parse(order.text()), order) << order.text();
  }
  EXPECT_EQ(DefaultOrder::parse("oldest"), std::nullopt);
  EXPECT_EQ(DefaultOrder::parse("-first"), std::nullopt);
}

TEST(Constraints, MoveNothingButWhatTheyName) {
  EXPECT_THAT(order_of_walks(Kind::kEldest, {{{"walk#3", 1}, {"walk#1", 2}}}),
              ElementsAre("a1", "c1", "a2", "b1", "b2", "c2"));
}

TEST(Constraints, AreFollowedThroughOthers) {
  EXPECT_THAT(order_of_walks(Kind::kEldest, {{{"walk#2", 1}, {"walk#1", 1}}, {{"walk#3", 2}, {"walk#2", 1}}}),
              ElementsAre("c1", "c2", "b1", "a1", "a2", "b2"));
}

TEST(Constraints, AreKeptByChanceToo) {
  for (int i = 0; i < 20; ++i) {
    Walks walks;
    Simulation simulation;
    ConstrainedStrategy strategy(Kind::kRandom, {{{"walk#3", 2}, {"walk#1", 1}}});
    simulation.run(walks.program, RunOptions().order(Order::kAny).strategy(strategy).seed(static_cast<Seed>(i)));
    const auto at = [&](const char* what) { return std::find(walks.log.begin(), walks.log.end(), what); };
    EXPECT_LT(at("c2"), at("a1"));
  }
}

TEST(Constraints, AreGivenUpWhereNobodyElseCanRun) {
  Walks walks;
  Simulation simulation;
  const Constraint needless{{"walk#1", 1}, {"walk#2", 1}};
  const Constraint impossible{{"walk#1", 2}, {"main", 1}};
  ConstrainedStrategy strategy(Kind::kEldest, {needless, impossible});
  EXPECT_FALSE(simulation.run(walks.program, RunOptions().order(Order::kAny).strategy(strategy)).failed());
  EXPECT_THAT(strategy.broken(), ElementsAre(impossible));
}

TEST(Constraints, AreBrokenWhereTheFirstStepNeverCame) {
  Walks walks;
  Simulation simulation;
  const Constraint hopeless{{"nobody", 1}, {"main", 1}};
  ConstrainedStrategy strategy(Kind::kEldest, {hopeless});
  simulation.run(walks.program, RunOptions().order(Order::kAny).strategy(strategy));
  EXPECT_THAT(strategy.broken(), ElementsAre(hopeless));
}

TEST(Constraints, TellWhichHadASay) {
  Walks walks;
  Simulation simulation;
  const Constraint needless{{"walk#1", 1}, {"walk#2", 1}};
  const Constraint needed{{"walk#3", 1}, {"walk#1", 2}};
  ConstrainedStrategy strategy(Kind::kEldest, {needless, needed});
  const RunResult result = simulation.run(walks.program, RunOptions().order(Order::kAny).strategy(strategy));
  EXPECT_THAT(strategy.used(), ElementsAre(needed));
  strategy.set(Kind::kEldest, {needed});
  EXPECT_EQ(simulation.run(walks.program, RunOptions().order(Order::kAny).strategy(strategy)).hash, result.hash);
}

Coro<void> nap(std::vector<std::string>& log, std::string name) {
  co_await sleep(1ms);
  log.push_back(std::move(name));
}

TEST(Constraints, NameTimersAndCallbacksToo) {
  std::vector<std::string> log;
  const Program program("names", [&log]() -> Coro<void> {
    log.clear();
    get_running_loop().call_soon([&log] { log.push_back("callback"); });
    co_await gather(nap(log, "a"), nap(log, "b"), walk(log, "c", 1));
  });
  const auto run = [&](std::vector<Constraint> constraints) {
    Simulation simulation;
    ConstrainedStrategy strategy(Kind::kEldest, std::move(constraints));
    simulation.run(program, RunOptions().strategy(strategy));
    EXPECT_THAT(strategy.broken(), IsEmpty());
    return log;
  };
  EXPECT_THAT(run({}), ElementsAre("callback", "c1", "a", "b"));
  EXPECT_THAT(run({{{"nap#2", 2}, {"nap#1~timer", 1}}}), ElementsAre("callback", "c1", "b", "a"));
  EXPECT_THAT(run({{{"walk#1", 1}, {"callbacks", 1}}}), ElementsAre("c1", "callback", "a", "b"));
}

const Program bank("bank", []() -> Coro<void> { co_return; });

TEST(ConstraintSchedule, IsReadable) {
  const ConstraintSchedule schedule("bank", Order::kLegal, 0x2a, Kind::kEldest, {{{"deposit#2", 2}, {"deposit#1", 3}}});
  EXPECT_THAT(schedule.text(), ::testing::MatchesRegex("c1\\.legal\\.2a\\.eldest\\.[0-9a-f]{4}\\.deposit#2\\.2-before-"
                                                       "deposit#1\\.3"));
}

TEST(ConstraintSchedule, ComesBackFromItsText) {
  Conditions conditions;
  conditions.injections.emplace_back("main/deposit#2", 1U, Moment::kParked);
  conditions.draws.push_back(DrawOverride::parse("main/a.b,c=d@3:latency=1000"));
  conditions.jitter = TimerJitter(std::chrono::microseconds(1), std::chrono::milliseconds(2));
  conditions.plain_draws = true;
  const ConstraintSchedule schedule(
      "bank", Order::kAny, ~Seed{0}, DefaultOrder::favouring("serve#1/operator()#2"),
      {{{"serve#1/operator()#2", 17}, {"a.b,c-d=e%f\xc3\xa9", 1}}, {{"/lambda#1", 1}, {"main~timer", 4000000000U}}},
      conditions);
  const std::string text = schedule.text();
  EXPECT_EQ(text.find_first_of(" ()'\"$&|;<>*?[]{}!\\`\t\n"), std::string::npos) << text;
  const ConstraintSchedule back = ConstraintSchedule::parse(text);
  EXPECT_EQ(back.text(), text);
  EXPECT_EQ(back.order(), Order::kAny);
  EXPECT_EQ(back.seed(), ~Seed{0});
  EXPECT_EQ(back.default_order(), schedule.default_order());
  EXPECT_EQ(back.constraints(), schedule.constraints());
  EXPECT_EQ(facts_of(back.conditions()), facts_of(conditions));
  EXPECT_TRUE(back.made_for("bank"));
  EXPECT_FALSE(back.made_for("other"));
}

TEST(ConstraintSchedule, NeedsNoConstraints) {
  const std::string text = ConstraintSchedule("bank", Order::kLegal, 0, Kind::kFifo, {}).text();
  EXPECT_THAT(ConstraintSchedule::parse(text).constraints(), IsEmpty());
}

TEST(ConstraintSchedule, SaysWhatIsWrong) {
  const std::string good = ConstraintSchedule("bank", Order::kLegal, 0, Kind::kFifo, {{{"a#1", 1}, {"b#1", 2}}}).text();
  const auto changed = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    return text.replace(text.find(from), from.size(), to);
  };
  const auto expect = [](const std::string& text, const char* what) {
    EXPECT_THAT([&] { ConstraintSchedule::parse(text); }, ThrowsMessage<ScheduleError>(HasSubstr(what))) << text;
  };
  expect("hello", "'hello' is not a schedule: expected c1.ORDER.SEED.DEFAULT.PROGRAM.CONSTRAINTS");
  expect("c1.legal.0", "ends early");
  expect(changed("legal", "lawful"), "unknown order 'lawful'");
  expect(changed("legal", "fifo"), "fifo, which leaves no choice");
  expect(changed(".0.", ".xyz."), "seed is 'xyz': expected a hexadecimal number");
  expect(changed("fifo", "oldest"), "default order is 'oldest': expected fifo, eldest, youngest, random or TASK-first");
  expect("c1.legal.0.fifo.12.a#1.1-before-b#1.2", "fingerprint of the program is '12'");
  expect(changed("-before-b#1.2", ""), "'a#1.1': expected TASK.STEP-before-TASK.STEP");
  expect(changed("b#1.2", "b#1"), "expected TASK.STEP-before-TASK.STEP");
  expect(changed("b#1.2", "b#1.0"), "expected TASK.STEP-before-TASK.STEP");
  expect(changed("b#1.2", "a#1.2"), "expected steps of two different tasks");
  expect(changed("b#1.2", "b%1.2"), "two hexadecimal digits");
  expect(good + ",", "ends early");
}

TEST(ConstraintSchedule, ReplaysWhatItSays) {
  Walks walks;
  Simulation simulation;
  const ConstraintSchedule schedule("walks", Order::kAny, 0, Kind::kEldest, {{{"walk#3", 1}, {"walk#1", 2}}});
  EXPECT_THAT(replay(simulation, walks.program, schedule).lost, IsEmpty());
  EXPECT_THAT(walks.log, ElementsAre("a1", "c1", "a2", "b1", "b2", "c2"));
  EXPECT_THROW(replay(simulation, bank, schedule), ScheduleError);
}

TEST(ConstraintSchedule, SaysWhatItCouldNotKeep) {
  Walks walks;
  Simulation simulation;
  const ConstraintSchedule schedule("walks", Order::kAny, 0, Kind::kEldest,
                                    {{{"walk#3", 1}, {"walk#1", 9}},
                                     {{"run#1", 1}, {"walk#1", 2}},
                                     {{"walk#2", 9}, {"walk#1", 1}},
                                     {{"walk#1", 1}, {"main", 1}},
                                     {{"walk#3", 1}, {"walk#2", 2}}});
  EXPECT_THAT(replay(simulation, walks.program, schedule).lost,
              ElementsAre("walk#3.1-before-walk#1.9: walk#1 has no step 9 here",
                          "run#1.1-before-walk#1.2: there is no run#1 here",
                          "walk#2.9-before-walk#1.1: walk#2 has no step 9 here",
                          "walk#1.1-before-main.1: nothing else could run but main"));
}

}  // namespace
}  // namespace corosim::sim
