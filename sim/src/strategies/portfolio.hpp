#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include <corosim/sim/strategy.hpp>

#include "bounded.hpp"
#include "deadlock.hpp"
#include "profile.hpp"
#include "rff.hpp"
#include "surw.hpp"
#include "urw.hpp"

namespace corosim::sim {

/// Several strategies side by side, which share what they learn of the program: no strategy finds everything, and
/// several in turn are never much slower than the best of them. The first run is in lock-step: it shows the whole
/// program, and fails where the order in which tasks begin matters. Then they take fixed turns; later, those that still
/// show combinations of writers and readers that no run has shown get more of the runs. Where locks are seen to be
/// taken in a cycle, the next run looks for the deadlock.
class PortfolioStrategy final : public Strategy {
 public:
  PortfolioStrategy();
  std::string_view name() const override { return "portfolio"; }
  void begin(Seed seed) override;
  std::size_t pick(const ReadySet& ready) override { return member_->strategy->pick(ready); }
  bool watches() const override { return true; }
  void executed(const Executed& step) override;
  void end(bool failed) override;

 private:
  struct Member {
    Strategy* strategy;
    double discoveries = 0;  // runs that showed something new, fading
    double runs = 0;         // fading
    double rate() const { return (discoveries + 1) / (runs + 2); }
  };
  Member& next_member(Seed seed);

  Profile profile_;
  LockStepStrategy lock_step_;
  SurwStrategy surw_{profile_};
  UrwStrategy urw_{profile_};
  RffStrategy rff_{profile_};            // learns from all runs
  DeadlockStrategy deadlock_{profile_};  // learns from all runs
  Member opening_{&lock_step_};
  std::array<Member, 4> turns_;  // a strategy may stand here twice
  Member lock_cycles_{&deadlock_};
  Member* member_ = nullptr;  // directs the run under way
  std::uint64_t runs_ = 0;
};

/// One strategy that learns, with a profile of its own.
class LearningStrategy final : public Strategy {
 public:
  template <class F>
  explicit LearningStrategy(F make) : strategy_(make(profile_)) {}
  std::string_view name() const override { return strategy_->name(); }
  void begin(Seed seed) override {
    profile_.begin();
    strategy_->begin(seed);
  }
  std::size_t pick(const ReadySet& ready) override { return strategy_->pick(ready); }
  bool watches() const override { return true; }
  void executed(const Executed& step) override {
    profile_.executed(step);
    strategy_->executed(step);
  }
  void end(bool failed) override {
    strategy_->end(failed);
    profile_.end();
  }

 private:
  Profile profile_;
  std::unique_ptr<Strategy> strategy_;
};

}  // namespace corosim::sim
