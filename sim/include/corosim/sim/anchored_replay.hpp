#pragma once

#include <cstdint>
#include <string>

#include <corosim/sim/simulation.hpp>
#include <corosim/traces/trace.hpp>

namespace corosim::sim {

/// How much of a recorded run another version of its program could follow.
struct AnchoredReplay {
  RunResult result;
  std::uint64_t recorded = 0;   // steps of the trace
  std::uint64_t followed = 0;   // of these, taken here as well
  std::uint64_t reordered = 0;  // of these, after a step that came later in the trace
  std::string first_lost;       // the first that was not taken; empty where all were

  /// "followed 35 of 40 recorded steps, 2 in another order; the first lost is step 12, main/deposit#2 ...".
  std::string text() const;
};

/// Runs `program`, which may have been edited since, in the order of the steps of `trace`. A step is found again by its
/// anchor: the path of its task, the await site, and for the how-manieth time the task comes there. Sites are those of
/// a function with the same name, by their lines: an edit that moves them all by as much is followed, and so is one
/// between two of them. A step that the trace does not know runs right after the one that made it ready; one that is
/// not reached is lost. Throws ScheduleError when the trace is of a program of another name, or lacks its beginning.
AnchoredReplay replay_anchored(Simulation& simulation, const Program& program, const traces::Trace& trace,
                               Recorder* recorder = nullptr, const Limits& limits = Limits());

}  // namespace corosim::sim
