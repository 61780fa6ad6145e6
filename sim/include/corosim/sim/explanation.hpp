#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <corosim/sim/shrink.hpp>

namespace corosim::sim {

/// What is looked for beside the reduced run, and at what cost.
class ExplainOptions {
 public:
  ExplainOptions() = default;
  ExplainOptions& shrink(const ShrinkOptions& value) {
    shrink_ = value;
    return *this;
  }
  /// Of each run.
  ExplainOptions& limits(const Limits& value) {
    limits_ = value;
    shrink_.limits(value);
    return *this;
  }
  /// Real time for all that is looked for beside the reduced run.
  ExplainOptions& time(std::chrono::milliseconds value) {
    time_ = value;
    return *this;
  }
  /// How many runs the search for a run that passes may take.
  ExplainOptions& partner_runs(std::uint32_t value) {
    partner_runs_ = value;
    return *this;
  }
  /// In how many random schedules that keep the constraints the failure is looked for.
  ExplainOptions& random_runs(std::uint32_t value) {
    random_runs_ = value;
    return *this;
  }

 private:
  friend class Explainer;
  ShrinkOptions shrink_;
  Limits limits_;
  std::chrono::milliseconds time_{5000};
  std::uint32_t partner_runs_ = 60;
  std::uint32_t random_runs_ = 100;
};

/// What somebody did in one step, where it matters for a failure.
struct StoryLine {
  std::uint64_t step;
  Duration time;
  std::string actor;
  std::string text;   // "reads balance = 0"
  std::string place;  // "bank.cpp:33"; empty where it is not known
  std::string note;   // "overwrites step 5"
};

/// A failure, reduced and told: what happened, and which order it depends on.
struct Explanation {
  ShrinkResult shrunk;
  std::string schedule;               // the reduced run's; empty where nothing was reduced
  RunResult failing;                  // the reduced run; where there is none, the run as it was found
  std::optional<RunResult> passing;   // a run that passes, if possible one that differs in the order of two steps
  std::vector<std::string> why;       // sentences
  std::vector<StoryLine> story;       // by step
  std::uint32_t random_failures = 0;  // of random_runs schedules that keep the constraints and leave all else to chance
  std::uint32_t random_runs = 0;
};

/// Shrinks the failing run, finds the pair of steps whose order decides (Choi and Zeller, ISSTA 2002), and says what
/// happened in terms of the Shared objects, locks and the like that they touched.
Explanation explain(const Program& program, const RunResult& failing, const ExplainOptions& options = ExplainOptions());

}  // namespace corosim::sim
