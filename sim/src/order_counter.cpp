#include <corosim/sim/order_counter.hpp>

namespace corosim::sim {

void OrderCounter::add(std::uint64_t hash) {
  ++runs_;
  if (!is_kept(hash)) return;
  // The low bits say nothing among those that are kept.
  const std::uint32_t times = ++kept_[hash >> level_];
  if (times == 1) ++seen_once_;
  if (times == 2) {
    --seen_once_;
    ++seen_twice_;
  }
  if (times == 3) --seen_twice_;
  if (kept_.size() <= most_kept_) return;
  ++level_;
  FlatMap<std::uint32_t> fewer;
  seen_once_ = 0;
  seen_twice_ = 0;
  kept_.for_each([&](std::uint64_t key, std::uint32_t count) {
    if ((key & 1) != 0) return;
    fewer[key >> 1] = count;
    seen_once_ += count == 1 ? 1 : 0;
    seen_twice_ += count == 2 ? 1 : 0;
  });
  kept_ = std::move(fewer);
}

double OrderCounter::chance_of_news() const {
  return runs_ == 0 ? 1 : static_cast<double>(seen_once()) / static_cast<double>(runs_);
}

double OrderCounter::estimated_orders() const {
  const auto once = static_cast<double>(seen_once());
  const auto twice = static_cast<double>(seen_twice());
  return static_cast<double>(orders()) + once * (once - 1) / (2 * (twice + 1));
}

}  // namespace corosim::sim
