// How programs and plans are drawn, and what a counterexample is shown as.
#include <array>
#include <ostream>
#include <utility>

#include <corosim/sim/strategy.hpp>

#include "observed_program.hpp"

namespace corosim::laws::observed {

namespace {

constexpr std::array kWords{"yield",
                            "sleep",
                            "lock",
                            "unit",
                            "units",
                            "put",
                            "get",
                            "event-wait",
                            "event-set",
                            "condition-wait",
                            "notify",
                            "barrier",
                            "call-soon",
                            "call-later",
                            "cancel-handle",
                            "done-callback",
                            "remove-done-callback",
                            "set-result",
                            "await-future",
                            "gather",
                            "group",
                            "timeout",
                            "shield",
                            "wait",
                            "as-completed",
                            "generator",
                            "thread",
                            "spawn",
                            "spawn-eager",
                            "draw",
                            "cancel",
                            "cancel-by-callback",
                            "cancel-self"};
static_assert(kWords.size() == static_cast<std::size_t>(Action::kLast) + 1);

}  // namespace

rc::Gen<Scripts> scripts() {
  namespace gen = rc::gen;
  constexpr std::size_t kTasks = 5;
  constexpr std::size_t kStatements = 6;
  const auto statement = gen::apply(
      [](int action, int operand, int swallows) {
        return Statement{static_cast<Action>(action), static_cast<std::uint8_t>(operand), swallows == 3};
      },
      gen::inRange(0, static_cast<int>(kWords.size())), gen::inRange(0, 8), gen::inRange(0, 4));
  const auto script = gen::mapcat(gen::inRange<std::size_t>(1, kStatements + 1),
                                  [statement](std::size_t size) { return gen::container<Script>(size, statement); });
  const auto all = gen::mapcat(gen::inRange<std::size_t>(1, kTasks + 1),
                               [script](std::size_t size) { return gen::container<Scripts>(size, script); });
  return gen::resize(rc::kNominalSize, all);
}

rc::Gen<Plan> plans(std::vector<sim::Order> orders) {
  namespace gen = rc::gen;
  constexpr std::size_t kTasks = 5;
  constexpr std::uint32_t kWaits = 6;
  const auto injection = gen::apply(
      [](std::size_t task, std::uint32_t wait, sim::Moment moment) {
        if (!sim::has_moment(wait, moment)) moment = wait == 0 ? sim::Moment::kUnstarted : sim::Moment::kParked;
        return sim::Injection(path_of(task), wait, moment);
      },
      gen::inRange<std::size_t>(0, kTasks), gen::inRange<std::uint32_t>(0, kWaits),
      gen::elementOf(std::vector<sim::Moment>(sim::kAllMoments.begin(), sim::kAllMoments.end())));
  const auto injections = gen::mapcat(gen::inRange<std::size_t>(0, 3), [injection](std::size_t size) {
    return gen::container<std::vector<sim::Injection>>(size, injection);
  });
  std::vector<std::string> strategies;
  for (const std::string_view name : sim::strategy_names()) strategies.emplace_back(name);
  return gen::resize(rc::kNominalSize, gen::apply(
                                           [](sim::Order order, std::string strategy, std::uint32_t seed,
                                              std::vector<sim::Injection> injected) {
                                             return Plan{order, std::move(strategy), seed, std::move(injected)};
                                           },
                                           gen::elementOf(std::move(orders)), gen::elementOf(std::move(strategies)),
                                           gen::arbitrary<std::uint32_t>(), injections));
}

rc::Gen<Plan> plans() { return plans({sim::Order::kFifo, sim::Order::kLegal, sim::Order::kAny}); }

void showValue(const Statement& statement, std::ostream& out) {
  out << kWords[static_cast<std::size_t>(statement.action)] << ' ' << int{statement.operand}
      << (statement.swallows ? " swallowing" : "");
}

void showValue(const Plan& plan, std::ostream& out) {
  out << sim::to_string(plan.order) << ", " << plan.strategy << ", seed " << plan.seed;
  for (const sim::Injection& each : plan.injections) out << ", cancel " << each.text();
}

}  // namespace corosim::laws::observed
