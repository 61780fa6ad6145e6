#pragma once

#include <string>
#include <vector>

#include <corosim/sim/constraints.hpp>
#include <corosim/sim/happens_before.hpp>
#include <corosim/sim/run_log.hpp>
#include <corosim/sim/simulation.hpp>

namespace corosim::sim {

/// A run as shrinking looks at it.
struct RecordedRun {
  RunLog log;
  HappensBefore order;

  void clear() {
    log.clear();
    order = HappensBefore();
  }
  /// Has `options` make a run that is recorded here.
  void record(RunOptions& options) {
    clear();
    options.observer(log).watch(log).watch(order);
  }
};

/// What a failing run has that a run under a default order has not: candidates for constraints, as steps of the latter.
/// All but the last of these give lists without repetitions.
class Deviations {
 public:
  /// The races and wake-ups of `failing`, once.
  explicit Deviations(const RecordedRun& failing);

  /// Those of them that the run of `strategy` did not keep; and that the failing step came before the steps that had
  /// not run then.
  std::vector<Constraint> from(const ConstrainedStrategy& strategy) const;
  /// The same, where `run` is a record of that run: a step is found again by the place where it went on, when it is not
  /// the actor's n-th any more because a lock was contended.
  std::vector<Constraint> from(const ConstrainedStrategy& strategy, const RecordedRun& run) const;
  /// All of them, as they are in the failing run.
  const std::vector<Constraint>& all() const { return edges_; }

  /// The failing step of `run` before whoever was first at each object that it shares with others.
  std::vector<Constraint> end_first(const RecordedRun& run) const;
  /// Each race of `run` the other way round; those of the failing step first.
  std::vector<Constraint> turned_round(const RecordedRun& run) const;

 private:
  StepName end() const { return failing_.log.name(failing_.log.size()); }
  StepName translate(const StepName& step, const RunLog& log) const;

  const RecordedRun& failing_;
  std::vector<Constraint> edges_;  // sorted
};

/// Whether two steps touch an object in common that one of them writes.
bool conflict(const RunLog::Step& a, const RunLog::Step& b);

}  // namespace corosim::sim
