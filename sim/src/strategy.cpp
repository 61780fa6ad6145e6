#include <corosim/sim/strategy.hpp>

#include <corosim/runtime/errors.hpp>

#include <fmt/format.h>

#include "strategies/bounded.hpp"
#include "strategies/deadlock.hpp"
#include "strategies/pct.hpp"
#include "strategies/portfolio.hpp"
#include "strategies/pos.hpp"
#include "strategies/race.hpp"
#include "strategies/rff.hpp"
#include "strategies/surw.hpp"
#include "strategies/urw.hpp"

namespace corosim::sim {

namespace {

using Made = std::unique_ptr<Strategy>;

template <class S>
Made learning() {
  return std::make_unique<LearningStrategy>([](Profile& profile) { return std::make_unique<S>(profile); });
}

struct Known {
  std::string_view name;
  Made (*make)();
};
constexpr Known kKnown[] = {
    {"portfolio", []() -> Made { return std::make_unique<PortfolioStrategy>(); }},
    {"surw", learning<SurwStrategy>},
    {"rff", learning<RffStrategy>},
    {"race", learning<RaceStrategy>},
    {"deadlock", learning<DeadlockStrategy>},
    {"urw", learning<UrwStrategy>},
    {"pos", learning<PosStrategy>},
    {"pct", []() -> Made { return std::make_unique<PctStrategy>(); }},
    {"pct2", []() -> Made { return std::make_unique<PctStrategy>(2U); }},
    {"pct3", []() -> Made { return std::make_unique<PctStrategy>(3U); }},
    {"pct5", []() -> Made { return std::make_unique<PctStrategy>(5U); }},
    {"random", []() -> Made { return std::make_unique<RandomStrategy>(); }},
    {"sticky", []() -> Made { return std::make_unique<StickyStrategy>(); }},
    {"delay2", []() -> Made { return std::make_unique<DelayBoundedStrategy>(2U); }},
    {"round-robin", []() -> Made { return std::make_unique<RoundRobinStrategy>(); }},
    {"lock-step", []() -> Made { return std::make_unique<LockStepStrategy>(); }},
    {"fifo", []() -> Made { return std::make_unique<FifoStrategy>(); }},
};

}  // namespace

std::string_view to_string(Order order) {
  switch (order) {
    case Order::kFifo:
      return "fifo";
    case Order::kLegal:
      return "legal";
    case Order::kAny:
      return "any";
  }
  return "?";
}

Order parse_order(std::string_view word) {
  for (const Order order : {Order::kFifo, Order::kLegal, Order::kAny}) {
    if (word == to_string(order)) return order;
  }
  throw ValueError(fmt::format("unknown order '{}': expected fifo, legal or any", word));
}

std::unique_ptr<Strategy> make_strategy(std::string_view name) {
  std::string names;
  for (const Known& known : kKnown) {
    if (name == known.name) return known.make();
    names += fmt::format("{}{}", names.empty() ? "" : ", ", known.name);
  }
  throw ValueError(fmt::format("unknown strategy '{}': expected one of {}", name, names));
}

std::vector<std::string_view> strategy_names() {
  std::vector<std::string_view> names;
  for (const Known& known : kKnown) names.push_back(known.name);
  return names;
}

void ReadySet::grow() {
  std::vector<detail::Runnable*> ring(ring_.size() * 2);
  std::vector<Actor> actors(ring.size());
  for (std::uint64_t p = head_; p != tail_; ++p) {
    const std::size_t at = static_cast<std::size_t>(p) & (ring.size() - 1);
    ring[at] = ring_[index(p)];
    actors[at] = actors_[index(p)];
  }
  ring_ = std::move(ring);
  actors_ = std::move(actors);
  mask_ = ring_.size() - 1;
}

}  // namespace corosim::sim
