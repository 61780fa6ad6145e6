#pragma once

#include <corosim/sim/strategy.hpp>

#include "highest.hpp"
#include "priorities.hpp"
#include "profile.hpp"

namespace corosim::sim {

/// Partial order sampling: each pending step has a random priority and the highest runs; steps that race with the one
/// that ran draw anew. Favours rare partial orders over those with many interleavings. Yuan, Yang and Gu, CAV 2018.
/// What a pending step will touch is predicted from earlier runs.
class PosStrategy final : public Strategy {
 public:
  explicit PosStrategy(Profile& profile) : profile_(profile) {}
  std::string_view name() const override { return "pos"; }
  void begin(Seed seed) override;
  std::size_t pick(const ReadySet& ready) override;

 private:
  Profile& profile_;
  Random random_{0, kScheduleStream};
  Priorities priorities_;
  Highest highest_;
};

}  // namespace corosim::sim
