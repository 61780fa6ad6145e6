#include <corosim/sim/explanation.hpp>

#include <variant>

#include <corosim/sim/constraint_schedule.hpp>
#include <corosim/sim/failure_signature.hpp>

#include "critical_pair.hpp"
#include "story.hpp"
#include "why.hpp"

namespace corosim::sim {

namespace {
constexpr std::uint64_t kStepsOfRandomRuns = 1'000'000;
constexpr std::uint64_t kLongestStory = 50'000;  // steps of a run that is recorded in detail
}  // namespace

class Explainer {
 public:
  Explainer(const Program& program, const RunResult& found, const ExplainOptions& options)
      : program_(program), found_(found), options_(options) {}

  Explanation explain() {
    result_.shrunk = sim::shrink(program_, found_, options_.shrink_);
    const ShrinkResult& shrunk = result_.shrunk;
    result_.failing = shrunk.shrunk() ? shrunk.failing : found_;
    if (result_.failing.steps > kLongestStory) return std::move(result_);
    deadline_ = std::chrono::steady_clock::now() + options_.time_;
    record();
    if (shrunk.shrunk()) {
      result_.schedule = ConstraintSchedule(program_.name(), shrunk.order, found_.seed, shrunk.default_order,
                                            shrunk.constraints, shrunk.failing.conditions())
                             .text();
      find_partner();
      count_random_failures();
    }
    tell();
    return std::move(result_);
  }

 private:
  void record() {
    const RunResult& failing = result_.failing;
    RunOptions run;
    run.order(failing.order).seed(failing.seed).follow(failing.decisions).limits(options_.limits_).detailed();
    run.conditions(failing.conditions());
    recorded_.record(run);
    simulation_.run(program_, run);
  }

  void find_partner() {
    PartnerSearch search(program_, result_.shrunk, recorded_, options_.limits_);
    auto partner = search.find(options_.partner_runs_, deadline_);
    if (!partner) return;
    result_.passing = partner->result;
    partner_ = std::move(partner);
  }

  void count_random_failures() {
    const std::string signature = failure_signature(found_);
    ConstrainedStrategy strategy(DefaultOrder::Kind::kRandom, result_.shrunk.constraints);
    Limits limits = options_.limits_;
    limits.steps(std::min(limits.steps(), longest_useful_run(result_.failing)));
    RunOptions run;
    run.order(result_.shrunk.order).seed(found_.seed).strategy(strategy).limits(limits);
    run.conditions(result_.failing.conditions());
    for (std::uint64_t steps = 0; result_.random_runs < options_.random_runs_ && steps < kStepsOfRandomRuns &&
                                  std::chrono::steady_clock::now() < deadline_;) {
      strategy.vary(++result_.random_runs);
      RunResult random = simulation_.run(program_, run);
      steps += random.steps;
      if (failure_signature(random) == signature) ++result_.random_failures;
      if (!result_.passing && std::holds_alternative<Completed>(random.end)) result_.passing = std::move(random);
    }
  }

  void tell() {
    Why why;
    if (const auto* deadlock = std::get_if<Deadlock>(&result_.failing.end)) {
      tell_deadlock(why, recorded_.log, deadlock->tasks);
    }
    if (partner_ && partner_->pair) {
      tell_pair(why, recorded_.log, *partner_);
    } else if (result_.shrunk.shrunk() && !partner_) {
      why.sentences.push_back(
          result_.passing
              ? "other orders pass, and no two steps that decide were seen to touch anything in common: declare "
                "what tasks share as Shared<T>"
              : "no order of the steps was found in which the test passes");
    }
    result_.why = why.sentences;
    const bool has_pair = partner_ && partner_->pair && !partner_->pair->second_in_passing;
    result_.story = tell_story(recorded_.log, why, has_pair ? partner_->pair : std::nullopt, result_.failing.end);
  }

  const Program& program_;
  const RunResult& found_;
  const ExplainOptions& options_;
  std::chrono::steady_clock::time_point deadline_;
  Simulation simulation_;
  RecordedRun recorded_;
  std::optional<PassingPartner> partner_;
  Explanation result_;
};

Explanation explain(const Program& program, const RunResult& failing, const ExplainOptions& options) {
  return Explainer(program, failing, options).explain();
}

}  // namespace corosim::sim
