#include "portfolio.hpp"

#include "bounded.hpp"
#include "pct.hpp"
#include "pos.hpp"
#include "surw.hpp"
#include "urw.hpp"

namespace corosim::sim {

PortfolioStrategy::PortfolioStrategy() {
  members_.push_back(std::make_unique<SurwStrategy>(profile_));
  members_.push_back(std::make_unique<UrwStrategy>(profile_));
  auto rff = std::make_unique<RffStrategy>(profile_);
  rff_ = rff.get();
  members_.push_back(std::move(rff));
  members_.push_back(std::make_unique<PosStrategy>(profile_));
}

void PortfolioStrategy::begin(Seed seed) {
  profile_.begin();
  member_ = members_[runs_++ % members_.size()].get();
  if (member_ != rff_) rff_->begin_watching();
  member_->begin(seed);
}

void PortfolioStrategy::executed(const Executed& step) {
  profile_.executed(step);
  if (member_ != rff_) rff_->executed(step);
  member_->executed(step);
}

void PortfolioStrategy::end(bool failed) {
  if (member_ != rff_) rff_->end(failed);
  member_->end(failed);
  profile_.end();
}

}  // namespace corosim::sim
