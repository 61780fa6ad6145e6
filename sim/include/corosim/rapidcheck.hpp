#pragma once

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include <corosim/gtest.hpp>
#include <corosim/sim/simulated_run.hpp>

#include <fmt/format.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

/// Properties of coroutines, for RapidCheck: the inputs and the run are generated together and shrink together.
///
///     RC_GTEST_PROP(Account, KeepsEveryDeposit, (std::vector<std::uint8_t> amounts, corosim::SimulatedRun run)) {
///       corosim::testing::check(run, [&]() -> corosim::Coro<void> {
///         Account account;
///         co_await deposit_all(account, amounts);
///         RC_ASSERT(account.balance.get() == sum(amounts));
///       });
///     }
///
/// A SimulatedRun is what chance decides: the schedule and what the program draws; with runs(RunSpace()...) also
/// cancellations and timers that fire early or late. It follows from RapidCheck's random numbers and nothing else, so
/// that RC_PARAMS="reproduce=..." makes the same run again.

namespace corosim {

using sim::SimulatedRun;

namespace testing {

/// Which runs are generated.
class RunSpace {
 public:
  RunSpace() = default;
  /// So many in a run at most; none by default, as few properties hold of what was cancelled.
  RunSpace& cancellations(std::uint32_t value) {
    cancellations_ = value;
    return *this;
  }
  /// The bounds of how early and late timers fire.
  RunSpace& timer_jitter(const sim::TimerJitter& value) {
    jitter_ = value;
    return *this;
  }

 private:
  friend rc::Gen<SimulatedRun> runs(const RunSpace& space);
  std::uint32_t cancellations_ = 0;
  sim::TimerJitter jitter_;
};

namespace detail {

using Schedule = std::optional<std::vector<sim::Segment>>;

/// Fewer segments first, then earlier tasks and fewer steps.
inline rc::Seq<Schedule> smaller(const Schedule& schedule) {
  const auto each = [](const sim::Segment& segment) {
    const auto with_task = [segment](std::uint32_t task) { return sim::Segment{task, segment.steps}; };
    const auto with_steps = [segment](std::uint32_t steps) { return sim::Segment{segment.task, steps}; };
    return rc::seq::concat(rc::seq::map(rc::shrink::towards(segment.task, 0U), with_task),
                           rc::seq::map(rc::shrink::towards(segment.steps, 1U), with_steps));
  };
  const auto whole = [](std::vector<sim::Segment> segments) { return Schedule(std::move(segments)); };
  return rc::seq::map(rc::seq::concat(rc::shrink::removeChunks(*schedule), rc::shrink::eachElement(*schedule, each)),
                      whole);
}

inline rc::Shrinkable<Schedule> fixed(Schedule schedule) {
  return rc::shrinkable::shrinkRecur(std::move(schedule), &smaller);
}

/// Any plain schedule will do, until nothing else gets smaller; then the first of them that fails.
inline rc::Shrinkable<Schedule> any_plain() {
  return rc::shrinkable::shrink(rc::fn::constant(Schedule()), [](Schedule&&) {
    return rc::seq::map(rc::seq::fromContainer(sim::plain_schedules()),
                        [](std::vector<sim::Segment> segments) { return fixed(std::move(segments)); });
  });
}

inline rc::Gen<Schedule> schedules() {
  namespace gen = rc::gen;
  constexpr std::uint32_t kTasks = 16;
  constexpr std::uint32_t kSteps = 12;  // in a row; more take more segments
  const auto segments = gen::container<std::vector<sim::Segment>>(
      gen::apply([](std::uint32_t task, std::uint32_t steps) { return sim::Segment{task, steps}; },
                 gen::inRange<std::uint32_t>(0, kTasks), gen::inRange<std::uint32_t>(1, kSteps)));
  return [segments](const rc::Random& random, int size) {
    return rc::shrinkable::shrink(rc::fn::constant(Schedule(segments(random, size).value())), [](Schedule&& schedule) {
      return rc::seq::concat(rc::seq::just(any_plain()), fixed(schedule).shrinks());
    });
  };
}

/// `description` begins with a line such as "tests/bank_test.cpp:14:".
inline void fail_assertion(const std::string& description) {
  const std::size_t end = description.find(":\n");
  if (end == std::string::npos) {
    sim::fail_run(in_one_line(description), "");
    return;
  }
  const std::size_t slash = description.rfind('/', end);
  const std::size_t begin = slash == std::string::npos ? 0 : slash + 1;
  sim::fail_run(in_one_line(description.substr(end + 1)), description.substr(begin, end - begin));
}

}  // namespace detail

/// Shrinks to a plainer schedule first; then what is drawn becomes plain, timers exact, and cancellations are dropped.
inline rc::Gen<SimulatedRun> runs(const RunSpace& space = RunSpace()) {
  namespace gen = rc::gen;
  using sim::Cancellation;
  using sim::Seed;
  static constexpr std::uint32_t kPlaces = 1000;
  static constexpr int kPercent = 100;
  auto seed = gen::shrink(gen::noShrink(gen::cast<Seed>(gen::arbitrary<std::uint32_t>())),
                          [](Seed drawn) { return drawn == 0 ? rc::Seq<Seed>() : rc::seq::just(Seed{0}); });
  auto jitter = gen::map(gen::inRange(0, kPercent + 1), [bounds = space.jitter_](int percent) {
    return sim::TimerJitter(bounds.early() * percent / kPercent, bounds.late() * percent / kPercent);
  });
  auto cancellations = gen::mapcat(gen::inRange<std::size_t>(0, space.cancellations_ + 1), [](std::size_t count) {
    return gen::container<std::vector<Cancellation>>(
        count, gen::map(gen::resize(rc::kNominalSize, gen::inRange<std::uint32_t>(0, kPlaces)),
                        [](std::uint32_t place) { return Cancellation{place}; }));
  });
  return gen::apply(
      [](detail::Schedule segments, Seed drawn, const sim::TimerJitter& timers, std::vector<Cancellation> cancelled) {
        return SimulatedRun{std::move(segments), drawn, timers, std::move(cancelled)};
      },
      detail::schedules(), std::move(seed), std::move(jitter), std::move(cancellations));
}

/// How the runs of a property go.
class CheckOptions {
 public:
  CheckOptions() = default;
  CheckOptions& order(Order value) {
    order_ = value;
    return *this;
  }
  CheckOptions& limits(const sim::Limits& value) {
    limits_ = value;
    return *this;
  }

 private:
  friend void check(const SimulatedRun& run, std::function<Coro<void>()> main, const CheckOptions& options);
  Order order_ = Order::kLegal;
  sim::Limits limits_;
};

/// The body of a property, whose RC_ASSERT fails the run and whose RC_PRE discards it.
inline Coro<void> corosim_property(const std::function<Coro<void>()>& main,
                                   std::optional<rc::detail::CaseResult>& discarded) {
  try {
    co_await main();
  } catch (const rc::detail::CaseResult& result) {
    if (result.type == rc::detail::CaseResult::Type::Failure) detail::fail_assertion(result.description);
    if (result.type == rc::detail::CaseResult::Type::Discard) discarded = result;
  }
}

/// Runs `main` as `run` says, and fails the property with the whole report where the run fails: by RC_ASSERT, EXPECT_,
/// CO_ASSERT_ or COROSIM_CHECK, by an exception, in a deadlock. The report reduces the schedule further than RapidCheck
/// does, to the steps whose order decides. `main` is called more than once, so it makes what it needs.
///
/// REQUIRES: a test of GoogleTest is under way.
inline void check(const SimulatedRun& run, std::function<Coro<void>()> main,
                  const CheckOptions& options = CheckOptions()) {
  const ::testing::TestInfo* const info = ::testing::UnitTest::GetInstance()->current_test_info();
  const std::string name = fmt::format("{}.{}", info->test_suite_name(), info->name());
  std::optional<rc::detail::CaseResult> discarded;
  const sim::Program program(name, [&] { return corosim_property(main, discarded); });
  std::string report;
  {
    const FailureCatcher catcher;
    const sim::RunResult result = sim::run(program, run, options.order_, options.limits_);
    if (result.failed()) {
      const char* const directory = std::getenv("COROSIM_TRACE_DIR");
      const std::filesystem::path traces = directory != nullptr ? directory : ".corosim";
      report = sim::report(program, result, options.limits_, traces / (name + ".trace"));
    }
  }
  if (!report.empty()) throw rc::detail::CaseResult(rc::detail::CaseResult::Type::Failure, '\n' + report);
  if (discarded) throw rc::detail::CaseResult(*discarded);
}

}  // namespace testing

namespace sim {

/// As RapidCheck prints it.
inline void showValue(const SimulatedRun& run, std::ostream& out) { out << run.text(); }

}  // namespace sim
}  // namespace corosim

namespace rc {

/// A schedule, and what the program draws.
template <>
struct Arbitrary<corosim::SimulatedRun> {
  static Gen<corosim::SimulatedRun> arbitrary() { return corosim::testing::runs(); }
};

}  // namespace rc
