#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <corosim/runtime/coro.hpp>
#include <corosim/sim/injection_campaign.hpp>

/// Laws of primitives under cancellation: a few tasks use a primitive, each of them is cancelled at each of its waits,
/// at every moment, under many schedules, and something holds nevertheless. COROSIM_LAWS_CASES says how many
/// cancellations there are to be under each order at least (property_tests/nightly), COROSIM_LAWS_STRATEGY who takes
/// the decisions.

namespace corosim::laws {

/// How a worker ended.
struct Ended {
  std::string path;
  int cancelling;
  bool cancelled;
};

/// The tasks of one run, over a state made for that run.
class Scenario {
 public:
  Scenario() = default;
  /// A task. It may end in a result or in CancelledError, and in nothing else.
  Scenario& worker(Coro<void> coro) {
    workers_.push_back(std::move(coro));
    return *this;
  }
  /// What main does beside them; never cancelled.
  Scenario& driver(Coro<void> coro) {
    driver_ = std::move(coro);
    return *this;
  }
  /// What holds when all tasks are done, those included that the workers made.
  Scenario& check(std::function<void()> holds) {
    check_ = std::move(holds);
    return *this;
  }

 private:
  friend Coro<void> run_scenario(std::function<Scenario()> make, std::shared_ptr<std::vector<Ended>> ended);
  std::vector<Coro<void>> workers_;
  std::optional<Coro<void>> driver_;
  std::function<void()> check_;
};

/// A scenario by name, and which of its tasks are cancelled: all but main unless said otherwise. Holds only where in
/// every run
///  - the scenario's own checks hold, all tasks come to an end, and nothing is left over;
///  - each worker counts as many requests to cancel as were injected, and no others;
///  - each worker that was asked ends cancelled: no request gets lost.
class Law {
 public:
  Law(std::string name, std::function<Scenario()> make) : name_(std::move(name)), make_(std::move(make)) {}
  Law& cancels(std::function<bool(std::string_view path)> wanted) {
    wanted_ = std::move(wanted);
    return *this;
  }
  /// What to_thread() is like.
  Law& executor(const sim::ExecutorModel& value) {
    executor_ = value;
    return *this;
  }

  sim::Program program() const;
  /// Every cancellation, under `schedules` schedules.
  sim::CampaignResult campaign(sim::Order order, std::uint64_t schedules, sim::Seed first_seed = 0) const;

 private:
  std::string check_workers(const sim::RunResult& run) const;

  std::string name_;
  std::function<Scenario()> make_;
  std::function<bool(std::string_view)> wanted_;
  sim::ExecutorModel executor_;
  std::shared_ptr<std::vector<Ended>> ended_ = std::make_shared<std::vector<Ended>>();
};

/// Fails the test unless the law holds under the orders legal and any.
void expect_holds(const Law& law);
/// Fails the test unless some cancellation breaks the law: a canary, without which a law may be one that cannot fail.
void expect_breaks(const Law& law);

}  // namespace corosim::laws
