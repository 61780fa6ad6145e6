#pragma once

#include <cstdint>
#include <vector>

#include <corosim/sim/strategy.hpp>

#include "priorities.hpp"
#include "profile.hpp"
#include "remaining.hpp"

namespace corosim::sim {

/// Selectively uniform random walk: one shared object is chosen for each run, and the accesses to it are interleaved
/// uniformly, whatever else the tasks do in between. Zhao, Yao, Yu, Chen, Soulé and Sen, ASPLOS 2025. An actor is
/// *intended* to make the next interesting step, with probability in proportion to the interesting steps that it has
/// left; others whose next step is interesting are held back until it has.
class SurwStrategy final : public Strategy {
 public:
  explicit SurwStrategy(Profile& profile) : profile_(profile) {}
  std::string_view name() const override { return "surw"; }
  void begin(Seed seed) override;
  std::size_t pick(const ReadySet& ready) override;
  void executed(const Executed& step) override;

 private:
  static constexpr Actor kNobody = static_cast<Actor>(-1);

  ObjectIndex choose_object();
  bool interesting(Actor actor) const;
  void be_born(Actor actor);
  void intend(const ReadySet& ready);
  bool held(Actor actor) const { return actor < held_in_.size() && held_in_[actor] == hold_; }
  void hold(Actor actor);

  Profile& profile_;
  Random random_{0, kScheduleStream};
  Priorities priorities_;
  Remaining remaining_;
  ObjectIndex object_ = 0;
  bool chosen_ = false;  // an object was: there is a contended one
  Actor intended_ = kNobody;
  std::vector<std::uint64_t> held_in_;  // by actor: the hold that it is in
  std::uint64_t hold_ = 1;              // releasing all holds begins the next one
};

}  // namespace corosim::sim
