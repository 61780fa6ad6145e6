#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <tuple>
#include <vector>

#include <corosim/sim/happens_before.hpp>
#include <corosim/sim/partial_order.hpp>
#include <corosim/sim/run_result.hpp>
#include <corosim/sim/step_memory.hpp>
#include <corosim/sim/strategy.hpp>

#include "wakeup_tree.hpp"

namespace corosim::sim {

/// The strategy behind exhaust(): Optimal-DPOR, which runs one schedule of each equivalence class of schedules.
/// Abdulla, Aronis, Jonsson and Sagonas: "Source Sets: A Foundation for Optimal Dynamic Partial Order Reduction",
/// J. ACM 64(4), 2017, algorithm 2.
///
/// Each run leads to a maximal execution. For each race in it, two dependent steps that nothing but the schedule has
/// put in order, the execution in which the later step comes first is added to the wakeup tree of the point before the
/// earlier one, unless a step that was explored there already leads to it (the point's sleep set). The next run follows
/// this one up to the last point that has branches left.
///
/// What is different here, and why:
/// - Steps are long: what one touches after a race may depend on who won it. What the later step will touch when it
///   comes first is recalled from steps with the same past (StepMemory). If an explored step makes the reversal
///   superfluous, such a step has run; so what cannot be recalled is worth a run.
/// - A step can be taken back while it is ready, a cancelled timer's. That is a race of the step that takes it back
/// with
///   the one that never ran.
/// - The last step of a program takes back all that is ready, so it depends on every step.
class ExhaustiveSearch final : public Strategy {
 public:
  enum class Kind : std::uint8_t {
    kOrder,       // came to its end
    kBlocked,     // every step that was ready would have led to a run that was explored before
    kInfeasible,  // a step that should have been ready was not
  };

  explicit ExhaustiveSearch(bool goes_on_after_failures) : goes_on_after_failures_(goes_on_after_failures) {
    steps_.remember(memory_);
  }

  /// Prepares the next run. False: all are explored.
  bool next();
  /// The run is over, with this end.
  Kind finish(const RunEnd& end);
  /// The part of the search that is behind the next run, as far as is known of what is left: each point of that run
  /// divides what can follow it evenly among its branches (Kilby, Slaney, Thiebaux and Walsh, AAAI 2006). Too much
  /// while races are still to be found, and a guess where branches differ in size.
  double explored_part() const;
  /// The hash of the partial order of the latest run.
  std::uint64_t order_hash() const { return steps_.size() == 0 ? 0 : steps_[steps_.size() - 1].order_hash; }

  std::string_view name() const override { return "exhaustive"; }
  void begin(Seed) override;
  std::size_t pick(const ReadySet& ready) override;
  bool watches() const override { return true; }
  bool picks_always() const override { return true; }
  void executed(const Executed& step) override;
  void withdrawn(const Pending& step) override;
  void ended(std::span<const Pending> left) override;

 private:
  using Index = HappensBefore::Index;
  using Tree = WakeupTrees::Tree;
  static constexpr Index kNone = HappensBefore::kNone;

  // A point of the current run, before a step.
  struct Point {
    Actor actor = 0;                            // whose step is taken
    std::size_t place = 0;                      // in the ready set
    FootprintId expected = NextStep::kUnknown;  // what it was recalled to touch
    FootprintId footprint = 0;
    Tree pending = WakeupTrees::kEmpty;  // branches to explore after this one
    Tree after = WakeupTrees::kEmpty;    // what to explore after this step
    std::uint32_t explored = 0;          // branches that are done with
    std::vector<NextStep> sleep;         // ready steps that lead to runs that were explored before
  };
  // The step that loses a race, and which one wins it.
  struct Reversal {
    Index first;
    Index second;            // kNone: a step that never ran
    Pending pending;         // that one
    std::size_t number = 0;  // in the order of being found
    bool operator<(const Reversal& other) const {
      return std::tie(first, number) < std::tie(other.first, other.number);
    }
  };

  std::size_t blocked(Kind kind);
  void fall_asleep(Point& point, const Point& before) const;
  bool asleep(const Point& point, Actor actor) const;
  void find_reversals();
  void find_reversals_of_the_end();
  void reverse(std::span<const Reversal> same_first);
  bool redundant(const Point& point, std::span<const NextStep> sequence) const;
  NextStep winner(const Reversal& reversal);
  FootprintId recall_reversed(Index first, Index second);
  FootprintId recall_withdrawn(Index first, const Pending& step);
  FootprintId recall(PastHash past, Index first);
  std::uint64_t hash_of(Index step) const { return step == kNone ? 0 : steps_[step].hash; }
  void go_on_after_failure();

  bool goes_on_after_failures_;
  bool found_failures_ = false;
  HappensBefore steps_;
  StepMemory memory_;
  WakeupTrees trees_{steps_.footprints()};
  std::vector<Point> points_;  // those of the current run are the first depth_
  std::size_t depth_ = 0;
  std::size_t follow_ = 0;  // points that the next run has from this one, the last of them with another step
  Kind kind_ = Kind::kOrder;
  bool started_ = false;
  Index last_ = kNone;                 // the step that ended the program; kNone where the run ended otherwise
  std::vector<Reversal> withdrawals_;  // by the steps of the current run, in their order
  bool ended_ = false;                 // the program came to its end
  std::vector<Pending> left_;          // the steps that were ready then
  std::vector<Actor> ready_;           // at the latest point
  // Scratch.
  std::vector<Index> maximal_;
  std::vector<Reversal> reversals_;
  std::vector<NextStep> sleepers_;
  std::vector<NextStep> sequence_;
  std::vector<NextStep> path_;
};

}  // namespace corosim::sim
