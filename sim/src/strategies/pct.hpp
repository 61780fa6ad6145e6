#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <corosim/sim/strategy.hpp>

#include "highest.hpp"

namespace corosim::sim {

/// Probabilistic concurrency testing: a random priority for each actor; the highest that is ready runs, and at d - 1
/// random choice points the one that would run is put behind all others. Finds a bug of depth d with probability at
/// least 1/(n k^(d-1)). Burckhardt, Kothari, Musuvathi and Nagarakatte, ASPLOS 2010. A task that yields keeps its
/// priority: awaiting is no sign of spinning here.
///
/// The number k of choice points is the largest of the runs so far.
class PctStrategy final : public Strategy {
 public:
  /// Of depth 2, 3 and 5 in turn: how deep a bug is, nobody knows beforehand.
  PctStrategy() : name_("pct"), depths_{2, 3, 5} {}
  explicit PctStrategy(std::uint32_t depth) : name_("pct" + std::to_string(depth)), depths_{depth} {}
  std::string_view name() const override { return name_; }
  void begin(Seed seed) override;
  std::size_t pick(const ReadySet& ready) override;
  void end(bool failed) override;

 private:
  struct ActorPriority {
    std::uint64_t priority = 0;
    std::uint64_t run = 0;
  };
  std::uint64_t& priority_of(Actor actor);

  std::string name_;
  std::vector<std::uint32_t> depths_;  // one run each
  Random random_{0, kScheduleStream};
  std::vector<ActorPriority> priorities_;  // by actor
  Highest highest_;
  std::vector<std::uint64_t> changes_;  // choice points at which the highest falls, in order, latest first
  std::uint64_t fallen_ = 0;            // the next one to fall gets the priority below all before
  std::uint64_t points_ = 0;            // choice points of the run so far
  std::uint64_t most_points_ = 1;
  std::uint64_t run_ = 0;
};

}  // namespace corosim::sim
