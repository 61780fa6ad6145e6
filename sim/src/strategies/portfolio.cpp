#include "portfolio.hpp"

#include "weighted.hpp"

namespace corosim::sim {

namespace {
constexpr std::uint64_t kFixedTurns = 256;  // runs before the turns depend on what was found
constexpr std::uint64_t kTurnStream = 4;
constexpr double kFading = 0.99;
}  // namespace

PortfolioStrategy::PortfolioStrategy() : turns_{Member{&rff_}, Member{&surw_}, Member{&surw_}, Member{&urw_}} {}

PortfolioStrategy::Member& PortfolioStrategy::next_member(Seed seed) {
  if (runs_ == 0) return opening_;
  if (deadlock_.has_target()) return lock_cycles_;
  if (runs_ < kFixedTurns) return turns_[static_cast<std::size_t>((runs_ - 1) % turns_.size())];
  Random random(seed, kTurnStream);
  return turns_[pick_weighted(random, turns_.size(), [&](std::size_t turn) { return turns_[turn].rate(); })];
}

void PortfolioStrategy::begin(Seed seed) {
  profile_.begin();
  member_ = &next_member(seed);
  ++runs_;
  if (member_->strategy != &rff_) rff_.begin_watching();
  if (member_->strategy != &deadlock_) deadlock_.begin_watching();
  member_->strategy->begin(seed);
}

void PortfolioStrategy::executed(const Executed& step) {
  profile_.executed(step);
  rff_.executed(step);
  deadlock_.executed(step);
  if (member_->strategy != &rff_ && member_->strategy != &deadlock_) member_->strategy->executed(step);
}

void PortfolioStrategy::end(bool failed) {
  rff_.end(failed);
  if (member_->strategy != &rff_) member_->strategy->end(failed);
  member_->runs = member_->runs * kFading + 1;
  member_->discoveries = member_->discoveries * kFading + (rff_.saw_something_new() ? 1 : 0);
  profile_.end();
}

}  // namespace corosim::sim
