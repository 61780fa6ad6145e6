#include <corosim/sim/order_audit.hpp>

#include <corosim/sim/random.hpp>

#include <fmt/format.h>

namespace corosim::sim {

namespace {

constexpr std::size_t kPlaces = std::size_t{1} << 16;  // a power of two

// Of all draws, in whatever order the tasks came to them.
std::uint64_t hash_of(std::span<const Drawn> draws) {
  std::uint64_t sum = 0;
  for (const Drawn& draw : draws) {
    sum += mix(mix(draw.drawer ^ (std::uint64_t{draw.nth} << 8) ^ static_cast<std::uint64_t>(draw.kind)) + draw.value);
  }
  return sum;
}

// The runs of one seed differ in their order.
class OtherOrders final : public Strategy {
 public:
  std::string_view name() const override { return "random"; }
  void begin(Seed seed) override { random_ = Random(mix(seed) + ++runs_, kScheduleStream); }
  std::size_t pick(const ReadySet& ready) override { return static_cast<std::size_t>(random_.below(ready.size())); }
  bool sees_actors() const override { return false; }

 private:
  Random random_{0, kScheduleStream};
  std::uint64_t runs_ = 0;
};

}  // namespace

OrderAudit::OrderAudit() : seen_(kPlaces) {}

std::optional<UndeclaredSharing> OrderAudit::add(std::span<const PastStep> pasts, std::span<const Drawn> draws,
                                                 const RunResult& run) {
  const std::uint64_t drawn = hash_of(draws);
  std::optional<UndeclaredSharing> found;
  for (const PastStep& each : pasts) {
    const std::uint64_t past = mix(each.past ^ drawn) | 1;
    Seen& seen = seen_[static_cast<std::size_t>(past >> 1) % kPlaces];
    if (seen.past != past) {
      seen = {past, each.next, each.is_telling, each.is_failure, run.seed};
    } else if (seen.next != each.next && (seen.is_telling || each.is_telling) && !found) {
      found = {seen.seed, run.seed, each.step, each.where.known() ? each.where.text() : std::string(),
               seen.is_failure || each.is_failure};
    }
  }
  return found;
}

std::optional<UndeclaredSharing> audit_sharing(const Program& program, Order order, Seed seed, std::uint64_t runs,
                                               const Limits& limits) {
  Simulation simulation;
  OtherOrders strategy;
  PartialOrderHash hash;
  std::vector<PastStep> pasts;
  OrderAudit audit;
  hash.keep_pasts(pasts);
  RunOptions options;
  options.order(order).seed(seed).strategy(strategy).limits(limits).watch(hash);
  for (std::uint64_t run = 0; run < runs; ++run) {
    hash.begin();
    const RunResult result = simulation.run(program, options);
    if (auto found = audit.add(pasts, {}, result)) return found;
  }
  return std::nullopt;
}

std::string UndeclaredSharing::text() const {
  const std::string who = first == second ? fmt::format("two orders of seed {:#x}", first)
                                          : fmt::format("seeds {:#x} and {:#x}", first, second);
  return fmt::format(
      "{}: step {}{} has seen the same in both, and {}.\n"
      "Tasks share state without Shared<T>: exhaustive search and the count of orders cannot be trusted.",
      who, step, place.empty() ? "" : ", which went on at " + place + ",",
      is_failure ? "a check fails in one of them only" : "goes on with other objects");
}

}  // namespace corosim::sim
