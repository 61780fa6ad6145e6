#pragma once

#include <cstdint>
#include <vector>

#include <corosim/sim/flat_map.hpp>
#include <corosim/sim/strategy.hpp>

#include "priorities.hpp"
#include "profile.hpp"

namespace corosim::sim {

/// Looks for locks that are taken in a cycle by different actors, one holding what the next one wants, and brings each
/// of them to the point where it holds the one and asks for the other. Joshi, Park, Sen and Naik, PLDI 2009. Each cycle
/// is tried a few times; where there is none it has nothing to offer.
class DeadlockStrategy final : public Strategy {
 public:
  explicit DeadlockStrategy(Profile& profile) : profile_(profile) {}
  std::string_view name() const override { return "deadlock"; }
  /// Whether a cycle is known that was not tried enough.
  bool has_target();
  void begin(Seed seed) override;
  std::size_t pick(const ReadySet& ready) override;
  void executed(const Executed& step) override;

  /// Learns from a run that begins, whoever directs it.
  void begin_watching();

 private:
  static constexpr std::size_t kLongestCycle = 8;
  static constexpr std::uint32_t kTries = 2;

  /// `actor` holds `held` and asks for `wanted` in its n-th step.
  struct Request {
    Actor actor;
    std::uint32_t nth;
    std::uint64_t held;
    std::uint64_t wanted;
  };
  void acquire(const Executed& step, std::uint64_t lock);
  void release(Actor actor, std::uint64_t lock);
  void find_cycles();
  void extend(std::vector<const Request*>& path);
  bool waits(Actor actor) const;

  Profile& profile_;
  Random random_{0, kScheduleStream};
  Priorities priorities_;
  std::vector<Request> requests_;  // of all runs, each once
  FlatMap<bool> known_requests_;
  std::vector<std::vector<std::uint64_t>> held_;  // by actor, in the run under way
  std::vector<std::vector<Request>> cycles_;
  FlatMap<std::uint32_t> tries_;  // cycle -> how often
  std::size_t searched_ = 0;      // requests among which cycles were looked for
  const std::vector<Request>* target_ = nullptr;
};

}  // namespace corosim::sim
