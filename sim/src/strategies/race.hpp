#pragma once

#include <cstdint>
#include <vector>

#include <corosim/sim/flat_map.hpp>
#include <corosim/sim/strategy.hpp>

#include "priorities.hpp"
#include "profile.hpp"

namespace corosim::sim {

/// Race-directed testing: takes two steps of different actors that touch the same object, one writing it, and wants
/// them in a chosen order: the one that is to come second waits until the first is done. Sen, PLDI 2008; Park and Sen,
/// FSE 2008. Around that the run is simple, one actor going on as long as it can, since most bugs need one unlucky
/// order and luck nowhere else. Pairs of program lines that were tried less often come first.
class RaceStrategy final : public Strategy {
 public:
  explicit RaceStrategy(Profile& profile) : profile_(profile) {}
  std::string_view name() const override { return "race"; }
  void begin(Seed seed) override;
  std::size_t pick(const ReadySet& ready) override;
  void executed(const Executed& step) override;

 private:
  enum class Base : std::uint8_t { kActors, kSteps, kFifo };
  struct Ordering {
    Actor first;
    std::uint32_t first_step;
    Actor second;
    std::uint32_t second_step;
    std::uint64_t lines;  // names the pair of program lines
  };
  bool draw(Ordering& ordering);
  void choose_ordering();
  bool held(Actor actor) const;

  Profile& profile_;
  Random random_{0, kScheduleStream};
  Priorities priorities_;
  Base base_ = Base::kActors;
  std::vector<Ordering> wanted_;  // of the run under way
  FlatMap<std::uint32_t> tried_;  // pair of lines -> how often
};

}  // namespace corosim::sim
