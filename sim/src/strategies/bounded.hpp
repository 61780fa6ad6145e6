#pragma once

#include <string>
#include <vector>

#include <corosim/sim/strategy.hpp>

namespace corosim::sim {

/// One actor as long as it can go on, then the one that has been ready longest; at `delays` random choice points the
/// one whose turn it is has to wait for one step. Emmi, Qadeer and Rakamarić, POPL 2011.
class DelayBoundedStrategy final : public Strategy {
 public:
  explicit DelayBoundedStrategy(std::uint32_t delays) : name_("delay" + std::to_string(delays)), delays_(delays) {}
  std::string_view name() const override { return name_; }
  void begin(Seed seed) override;
  std::size_t pick(const ReadySet& ready) override;
  void end(bool failed) override;

 private:
  std::string name_;
  std::uint32_t delays_;
  Random random_{0, kScheduleStream};
  std::vector<std::uint64_t> delayed_;  // choice points, latest first
  Actor running_ = 0;
  std::uint64_t points_ = 0;
  std::uint64_t most_points_ = 1;
};

/// The actors in turn, in the order of their first appearance.
class RoundRobinStrategy final : public Strategy {
 public:
  std::string_view name() const override { return "round-robin"; }
  void begin(Seed) override { last_ = 0; }
  std::size_t pick(const ReadySet& ready) override;

 private:
  Actor last_ = 0;
};

/// All in lock-step, whoever has taken no step yet first, the youngest of them first: an order that asyncio never
/// shows, and so the one in which what merely happens to work fails soonest.
class LockStepStrategy final : public Strategy {
 public:
  std::string_view name() const override { return "lock-step"; }
  void begin(Seed) override;
  std::size_t pick(const ReadySet& ready) override;
  bool learns() const override { return false; }

 private:
  std::uint64_t& latest(Actor actor);

  std::vector<std::uint64_t> latest_;  // by actor: the choice point that it was last chosen at; 0 for none
  std::uint64_t points_ = 0;
};

/// Mostly goes on with the actor that ran last; at each choice point, with probability 3 in 10, takes any that is
/// ready.
class StickyStrategy final : public Strategy {
 public:
  std::string_view name() const override { return "sticky"; }
  void begin(Seed seed) override { random_ = Random(seed, kScheduleStream); }
  std::size_t pick(const ReadySet& ready) override;

 private:
  Random random_{0, kScheduleStream};
  Actor running_ = 0;
};

}  // namespace corosim::sim
