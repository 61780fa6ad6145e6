#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <corosim/sim/cancellation_coverage.hpp>
#include <corosim/sim/simulation.hpp>

namespace corosim::sim {

/// What a campaign tries, and when it stops.
class CampaignOptions {
 public:
  CampaignOptions() = default;
  CampaignOptions& order(Order value) {
    order_ = value;
    return *this;
  }
  CampaignOptions& strategy(std::string value) {
    strategy_ = std::move(value);
    return *this;
  }
  /// Each cancellation is tried under so many schedules: the seeds first_seed, first_seed + 1, ...
  CampaignOptions& schedules(std::uint64_t value) {
    schedules_ = value;
    return *this;
  }
  CampaignOptions& first_seed(Seed value) {
    first_seed_ = value;
    return *this;
  }
  CampaignOptions& limits(const Limits& value) {
    limits_ = value;
    return *this;
  }
  /// What all runs are given besides: jitter of timers, for instance.
  CampaignOptions& conditions(const Conditions& value) {
    conditions_ = value;
    return *this;
  }
  /// What to_thread() is like.
  CampaignOptions& executor(const ExecutorModel& value) {
    executor_ = value;
    return *this;
  }
  /// How many cancellations a run may have: a wait that is only reached after one is itself cancelled in a run with
  /// two.
  CampaignOptions& cancellations(std::size_t value) {
    cancellations_ = value;
    return *this;
  }
  /// All by default.
  CampaignOptions& moments(std::vector<Moment> value) {
    moments_ = std::move(value);
    return *this;
  }
  /// Cancels only tasks whose path `wanted` accepts; all by default.
  CampaignOptions& tasks(std::function<bool(std::string_view path)> wanted) {
    wanted_ = std::move(wanted);
    return *this;
  }
  /// Asked after each run that passed: what is wrong; empty for nothing.
  CampaignOptions& check(std::function<std::string(const RunResult&)> value) {
    check_ = std::move(value);
    return *this;
  }
  /// Told before each run how it will be made, and, as an observer of the run, each of its steps.
  CampaignOptions& watch(std::function<void(Seed, const Conditions&)> before_run, StepObserver& observer) {
    before_run_ = std::move(before_run);
    observer_ = &observer;
    return *this;
  }
  /// The coverage has a row for each co_await of this file, reached or not. May be called more than once.
  CampaignOptions& source(std::filesystem::path value) {
    sources_.push_back(std::move(value));
    return *this;
  }
  /// Bounds of the whole: what is left then shows in CampaignResult::waits_left.
  CampaignOptions& runs(std::uint64_t value) {
    runs_ = value;
    return *this;
  }
  CampaignOptions& failures(std::uint64_t value) {
    failures_ = value;
    return *this;
  }

 private:
  friend class Campaign;
  Order order_ = Order::kLegal;
  std::string strategy_ = "random";
  std::uint64_t schedules_ = 4;
  Seed first_seed_ = 0;
  Limits limits_;
  Conditions conditions_;
  ExecutorModel executor_;
  std::size_t cancellations_ = 2;
  std::vector<Moment> moments_{kAllMoments.begin(), kAllMoments.end()};
  std::function<bool(std::string_view)> wanted_;
  std::function<std::string(const RunResult&)> check_;
  std::function<void(Seed, const Conditions&)> before_run_;
  StepObserver* observer_ = nullptr;
  std::vector<std::filesystem::path> sources_;
  std::uint64_t runs_ = 1'000'000;
  std::uint64_t failures_ = 20;
};

/// A run of a campaign that was found wrong.
struct CampaignFailure {
  std::string what;  // in one line
  RunResult result;  // with what was injected; nothing where the program fails by itself
};

/// What a campaign found.
struct CampaignResult {
  std::uint64_t runs = 0;
  std::uint64_t steps = 0;                // of all runs
  std::uint64_t waits = 0;                // different waits of tasks that were reached, and the starts of tasks
  std::uint64_t waits_left = 0;           // of these, not or not fully tried when the campaign stopped
  std::uint64_t cancellations = 0;        // runs in which the planned cancellation was made
  std::vector<CampaignFailure> failures;  // one for each wait and moment
  CancellationCoverage coverage;
  std::chrono::duration<double> took{};

  bool passed() const { return failures.empty(); }
};

/// Cancels every task of `program` at each of its waits, at each moment, one after the other.
///
/// First the program runs without a cancellation, once for each schedule. Then each wait that any run reached is tried,
/// those first whose site was tried least often; those of handlers and clean-up, which only a cancellation reaches,
/// together with that cancellation. What is tried depends on the program and the options alone.
///
/// A run is found wrong where
///  - it fails as any run does: a check, an exception that leaves main or that nobody sees, a deadlock, a limit. A
///    CancelledError that leaves main is no failure here: the run must then come to its end, as asyncio.run() would,
///    which is to cancel what is left and wait for it;
///  - tasks are left over at the end, or blocks of the frame pool, unless the program leaves some without a
///  cancellation
///    too;
///  - the check of the options says so.
/// A task that waits for something that only the cancelled task could have done deadlocks: that is a finding. Where it
/// is none, tasks() keeps such tasks from being cancelled alone.
CampaignResult injection_campaign(const Program& program, const CampaignOptions& options = CampaignOptions());

/// Failures and coverage, for a terminal. `command` starts the program, in the lines that say how to replay.
std::string render(const Program& program, const CampaignResult& result, std::string_view command = {});

}  // namespace corosim::sim
