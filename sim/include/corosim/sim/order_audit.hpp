#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <corosim/sim/decisions.hpp>
#include <corosim/sim/partial_order.hpp>
#include <corosim/sim/simulation.hpp>

namespace corosim::sim {

/// A step that had seen the same in two runs, and did not do the same: tasks share state without Shared<T>, or
/// something outside of the simulation decides.
struct UndeclaredSharing {
  Seed first = 0;
  Seed second = 0;
  std::uint64_t step = 0;   // of the second run
  std::string place;        // where it went on; empty where that is not known
  bool is_failure = false;  // a check failed in one of them; else they went on with other Shared objects

  std::string text() const;
};

/// Holds an exploration against what its count of orders and exhaustive search rely on: a step is a function of what it
/// has seen, which is what it, and those that it depends on, touched and drew. Compared is what a step does to Shared
/// objects, and whether a check fails in it. Remembers a bounded number of steps, so
/// it may miss a pair, but never names a wrong one. O(touches) a run, and nothing is allocated once it has seen one of
/// that size.
class OrderAudit {
 public:
  OrderAudit();
  /// `pasts` are of PartialOrderHash::keep_pasts(), `draws` all that the run drew (RunOptions::collect_draws): runs
  /// that drew other values are not compared.
  std::optional<UndeclaredSharing> add(std::span<const PastStep> pasts, std::span<const Drawn> draws,
                                       const RunResult& run);

 private:
  struct Seen {
    std::uint64_t past = 0;  // with the draws; 0: none
    std::uint64_t next = 0;
    bool is_telling = false;
    bool is_failure = false;
    Seed seed = 0;
  };

  std::vector<Seen> seen_;  // by the low bits of the past
};

/// Looks for undeclared sharing in `runs` random orders of one seed, which all draw the same.
std::optional<UndeclaredSharing> audit_sharing(const Program& program, Order order, Seed seed, std::uint64_t runs,
                                               const Limits& limits = Limits());

}  // namespace corosim::sim
