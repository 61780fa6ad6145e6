#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <corosim/sim/determinism.hpp>
#include <corosim/sim/run_log.hpp>
#include <corosim/traces/trace.hpp>

namespace corosim::sim {

/// A run with all that can be known of its steps, as words that can be compared with another run's.
class RecordedSteps {
 public:
  /// Runs the decisions of `found` again.
  RecordedSteps(Simulation& simulation, const Program& program, const RunResult& found, const Limits& limits);

  std::uint64_t size() const { return trace_.steps().size(); }
  /// What step `number` was and did, a line each: first which step it was, then what it did to Shared objects, drew,
  /// said, made and waited for, then the rest. The step after the last is the end of the run.
  std::vector<std::string> facts(std::uint64_t number) const;
  /// REQUIRES: 1 <= number <= size().
  StepPlace place(std::uint64_t number) const;
  const traces::Step& step(std::uint64_t number) const { return trace_.steps()[number - 1]; }

 private:
  std::string which(const traces::Step& step) const;
  std::string note_text(const traces::Note& note) const;
  std::string access_text(const RunLog::Access& access) const;
  std::string at(traces::SiteId site) const;

  RunLog log_;  // empty where the run is long
  traces::Trace trace_;
  RunEnd end_;
};

/// The text without what differs from run to run and decides nothing: addresses.
std::string without_addresses(std::string_view text);

}  // namespace corosim::sim
