#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include <corosim/runtime/access.hpp>
#include <corosim/runtime/runnable.hpp>

namespace corosim::sim {

/// Whose steps follow each other in every schedule: a task, a timer, under order `legal` the callbacks of the loop.
/// Numbered from 0 by first appearance over all runs of a Simulation, so that what is learned from one run holds in the
/// next.
using Actor = std::uint32_t;

/// A step that is over, and what it touched: an event, in the language of partial orders.
struct Executed {
  std::uint64_t number;  // from 1
  Actor actor;
  std::uint32_t nth;  // of the actor's steps in this run, from 1
  HandleKind kind;
  std::uint64_t name;                      // the handle's identity: the same in every run that has the step
  Site site;                               // where it went on
  std::uint32_t task;                      // its number in this run, from 1; 0 for none
  std::uint64_t cause;                     // the step that made it ready; 0: before the first
  std::uint64_t follows;                   // the step that left its lane before it; 0: none, or it has no lane
  TimePoint time;                          // all steps of an earlier time happen before all of a later
  std::uint32_t ready;                     // lanes that it was chosen from
  std::span<const detail::Touch> touches;  // in order; valid during the call
  std::span<const detail::AccessLog::Detail> details;
};

/// A step that is ready and has not run.
struct Pending {
  Actor actor;
  HandleKind kind;
  std::uint64_t name;
  std::uint64_t cause;
  bool in_front;  // false: others of its lane are before it
};

/// Looks at the steps of runs: strategies that learn, exhaustive search, detectors. Steps are told when they are over:
/// just before the next is chosen, or at the end of the run.
class StepWatcher {
 public:
  virtual ~StepWatcher() = default;
  virtual void executed(const Executed& step) = 0;
  /// The step that runs now took this one back: it will not happen.
  virtual void withdrawn(const Pending&) {}
  /// The program said something for the trace, in the step that runs now.
  virtual void marked(std::string_view) {}
  /// The program came to its end: by itself, or because nothing was left to do. These steps, the first of their lanes,
  /// were ready. Told after the last step; not at all where the scheduler ended the run.
  virtual void ended(std::span<const Pending> left) { static_cast<void>(left); }
};

}  // namespace corosim::sim
