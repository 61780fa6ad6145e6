#pragma once

#include <corosim/sim/strategy.hpp>

#include "profile.hpp"
#include "remaining.hpp"

namespace corosim::sim {

/// Uniform random walk: an actor is chosen in proportion to the steps that it has left, so that, where the program's
/// length does not depend on the schedule, each interleaving is as likely as any other. The baseline of Zhao et al.,
/// ASPLOS 2025.
class UrwStrategy final : public Strategy {
 public:
  explicit UrwStrategy(Profile& profile) : profile_(profile) {}
  std::string_view name() const override { return "urw"; }
  void begin(Seed seed) override;
  std::size_t pick(const ReadySet& ready) override;
  void executed(const Executed& step) override { remaining_.take(step.actor, 1); }

 private:
  Profile& profile_;
  Random random_{0, kScheduleStream};
  Remaining remaining_;
};

}  // namespace corosim::sim
