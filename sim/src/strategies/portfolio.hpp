#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <corosim/sim/strategy.hpp>

#include "profile.hpp"
#include "rff.hpp"

namespace corosim::sim {

/// Several strategies side by side, which share what they learn of the program.
class PortfolioStrategy final : public Strategy {
 public:
  PortfolioStrategy();
  std::string_view name() const override { return "portfolio"; }
  void begin(Seed seed) override;
  std::size_t pick(const ReadySet& ready) override { return member_->pick(ready); }
  bool watches() const override { return true; }
  void executed(const Executed& step) override;
  void end(bool failed) override;

 private:
  Profile profile_;
  std::vector<std::unique_ptr<Strategy>> members_;
  RffStrategy* rff_ = nullptr;  // learns from all runs
  Strategy* member_ = nullptr;  // directs the run under way
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
