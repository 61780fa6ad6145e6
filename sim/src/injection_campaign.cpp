#include <corosim/sim/injection_campaign.hpp>

#include <algorithm>
#include <functional>
#include <memory>
#include <queue>

#include <corosim/sim/flat_map.hpp>
#include <corosim/sim/replay.hpp>
#include <corosim/sim/report.hpp>

#include <fmt/format.h>

namespace corosim::sim {

/// One campaign, while it runs.
class Campaign final : private WaitObserver {
 public:
  Campaign(const Program& program, const CampaignOptions& options)
      : program_(program), options_(options), strategy_(make_strategy(options.strategy_)) {
    for (const auto& source : options.sources_) result_.coverage.expect_sites_of(source);
  }

  CampaignResult run() {
    const auto started = std::chrono::steady_clock::now();
    for (std::uint64_t schedule = 0; schedule < options_.schedules_ && more(); ++schedule) {
      RunResult found = run_once(schedule);
      tasks_usually_left_ = std::max(tasks_usually_left_, tasks_left(found));
      blocks_usually_left_ = std::max(blocks_usually_left_, found.blocks_left);
      if (std::string what = fault_of(found); !what.empty()) fail(std::move(what), std::move(found));
    }
    // A program that fails by itself says nothing about cancellation.
    const bool sound = result_.failures.empty();
    while (sound && !targets_.empty() && more()) {
      const Target target = targets_.top();
      targets_.pop();
      if (!try_target(target)) ++result_.waits_left;
    }
    result_.waits_left += targets_.size();
    result_.took = std::chrono::steady_clock::now() - started;
    return std::move(result_);
  }

 private:
  struct Target {
    std::uint64_t rank;    // how many targets of the same site were found before
    std::uint64_t number;  // in the order of finding
    std::uint64_t path_hash;
    std::uint32_t wait;
    std::vector<Injection> after;  // with which it was reached first
    bool operator>(const Target& other) const { return rank != other.rank ? rank > other.rank : number > other.number; }
  };

  void reached(const WaitReached& wait) override {
    const Site site = wait.task.site();
    const std::uint64_t target = wait.task.path_hash() + wait.wait * 0x9e3779b97f4a7c15U;
    std::uint64_t place = site.line();
    for (const char c : site.file()) place = mix(place + static_cast<unsigned char>(c));
    bool& seen = seen_[mix(target) ^ place];
    if (!seen) {
      seen = true;
      result_.coverage.add_wait(wait.task.stack(), plan_.empty());
    }
    if (plan_.size() >= options_.cancellations_) return;
    bool& aimed_at = aimed_at_[mix(target)];
    if (aimed_at) return;
    aimed_at = true;
    if (options_.wanted_ && !options_.wanted_(wait.path())) return;
    targets_.push({found_at_[place]++, result_.waits++, wait.task.path_hash(), wait.wait, plan_});
  }

  bool more() const { return result_.runs < options_.runs_ && result_.failures.size() < options_.failures_; }

  // False where the campaign's bounds were met before all was tried.
  bool try_target(const Target& target) {
    for (const Moment moment : options_.moments_) {
      if (!has_moment(target.wait, moment)) continue;
      plan_ = target.after;
      plan_.emplace_back(TaskName(target.path_hash), target.wait, moment);
      for (std::uint64_t schedule = 0; schedule < options_.schedules_; ++schedule) {
        if (!more()) return false;
        RunResult found = run_once(schedule);
        const Injected& injected = found.injections.back();
        if (injected.requests == 0) continue;
        ++result_.cancellations;
        result_.coverage.add_cancellation(injected);
        std::string what = fault_of(found);
        if (what.empty()) what = leaks_of(found, schedule);
        if (what.empty()) continue;
        fail(std::move(what), std::move(found));
        break;  // once for each wait and moment
      }
    }
    return true;
  }

  RunResult run_once(std::uint64_t schedule) {
    RunOptions run;
    run.order(options_.order_).strategy(*strategy_).seed(options_.first_seed_ + schedule).limits(options_.limits_);
    run.conditions(options_.conditions_).inject(plan_).executor(options_.executor_).waits(*this);
    if (options_.observer_ != nullptr) {
      Conditions conditions = options_.conditions_;
      conditions.injections.insert(conditions.injections.end(), plan_.begin(), plan_.end());
      options_.before_run_(options_.first_seed_ + schedule, conditions);
      run.observer(*options_.observer_);
    }
    RunResult found = simulation_.run(program_, run);
    ++result_.runs;
    result_.steps += found.steps;
    return found;
  }

  static std::size_t tasks_left(const RunResult& found) {
    const auto* completed = std::get_if<Completed>(&found.end);
    return completed != nullptr ? completed->tasks.size() : 0;
  }

  std::string fault_of(const RunResult& found) const {
    if (found.failed()) return summary(found.end);
    return options_.check_ ? options_.check_(found) : std::string();
  }

  std::string leaks_of(const RunResult& found, std::uint64_t schedule) {
    if (tasks_left(found) > tasks_usually_left_) {
      return fmt::format("{} left over at the end: {}", tasks_left(found) == 1 ? "a task is" : "tasks are",
                         std::get<Completed>(found.end).tasks.front().path);
    }
    if (found.blocks_left <= blocks_usually_left_) return {};
    // What the program makes once and keeps is left the first time only.
    const RunResult again = run_once(schedule);
    if (again.blocks_left <= blocks_usually_left_) return {};
    return fmt::format("{} blocks of the frame pool are left at the end", again.blocks_left);
  }

  void fail(std::string what, RunResult result) { result_.failures.push_back({std::move(what), std::move(result)}); }

  const Program& program_;
  const CampaignOptions& options_;
  std::unique_ptr<Strategy> strategy_;
  Simulation simulation_;
  CampaignResult result_;
  std::vector<Injection> plan_;  // of the run that is under way
  std::size_t tasks_usually_left_ = 0;
  std::int64_t blocks_usually_left_ = 0;
  FlatMap<bool> seen_;               // by task, wait and site
  FlatMap<bool> aimed_at_;           // by task and wait
  FlatMap<std::uint64_t> found_at_;  // by site: how many targets
  std::priority_queue<Target, std::vector<Target>, std::greater<>> targets_;
};

CampaignResult injection_campaign(const Program& program, const CampaignOptions& options) {
  return Campaign(program, options).run();
}

std::string render(const Program& program, const CampaignResult& result, std::string_view command) {
  std::string text = fmt::format("{}: {} runs, {} cancellations at {} waits ({:.2f} s)", program.name(), result.runs,
                                 result.cancellations, result.waits, result.took.count());
  text +=
      result.failures.empty() ? std::string(", no failure\n") : fmt::format(", {} failed\n", result.failures.size());
  if (result.waits_left > 0) text += fmt::format("{} waits were not tried, or not fully\n", result.waits_left);
  text += '\n' + result.coverage.render();
  for (const CampaignFailure& failure : result.failures) {
    text += '\n';
    ReportContext context;
    context.replay_command = fmt::format("COROSIM_REPLAY={}{}{}", schedule_of(program, failure.result).text(),
                                         command.empty() ? "" : " ", command);
    if (!failure.result.failed()) text += fmt::format("FAILED: {}\n", failure.what);
    text += render_failure(program, failure.result, context);
  }
  return text;
}

}  // namespace corosim::sim
