#include "cancellation_law.hpp"

#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <stdexcept>

#include <corosim/runtime/task.hpp>
#include <corosim/runtime/wait.hpp>
#include <corosim/sim/check.hpp>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace corosim::laws {

namespace {

constexpr std::uint64_t kSchedules = 20;

std::string strategy() {
  const char* const name = std::getenv("COROSIM_LAWS_STRATEGY");
  return name != nullptr ? name : "random";
}

std::vector<AnyTask> all_but_this() {
  std::vector<AnyTask> tasks = all_tasks();
  std::erase(tasks, *current_task());
  return tasks;
}

// How many cancellations a law is tried with at least, under each order.
std::uint64_t cases() {
  const char* const text = std::getenv("COROSIM_LAWS_CASES");
  if (text == nullptr) return 0;
  std::uint64_t number = 0;
  const std::string_view digits = text;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size()) {
    throw std::invalid_argument(fmt::format("COROSIM_LAWS_CASES={}: expected a number", digits));
  }
  return number;
}

}  // namespace

Coro<void> run_scenario(std::function<Scenario()> make, std::shared_ptr<std::vector<Ended>> ended) {
  ended->clear();
  Scenario scenario = make();
  std::vector<Task<void>> workers;
  std::vector<std::string> paths;
  std::map<std::string, int> count;
  for (Coro<void>& worker : scenario.workers_) {
    const std::string function(worker.born().function());
    paths.push_back(fmt::format("main/{}#{}", function, ++count[function]));
    workers.push_back(create_task(std::move(worker)));
  }
  if (scenario.driver_) co_await std::move(*scenario.driver_);
  for (std::vector<AnyTask> others = all_but_this(); !others.empty(); others = all_but_this()) {
    co_await wait(others);
  }
  for (std::size_t i = 0; i < workers.size(); ++i) {
    ended->push_back({paths[i], workers[i].cancelling(), workers[i].cancelled()});
    if (workers[i].cancelled()) continue;
    if (const std::exception_ptr error = workers[i].exception()) std::rethrow_exception(error);
  }
  if (scenario.check_) scenario.check_();
}

sim::Program Law::program() const {
  return {name_, [make = make_, ended = ended_] { return run_scenario(make, ended); }};
}

std::string Law::check_workers(const sim::RunResult& run) const {
  for (const Ended& worker : *ended_) {
    std::uint32_t asked = 0;
    for (const sim::Injected& injected : run.injections) {
      if (injected.injection.task().path() == worker.path) asked += injected.requests;
    }
    if (static_cast<int>(asked) != worker.cancelling) {
      return fmt::format("{} was asked to cancel {} times, and counts {}", worker.path, asked, worker.cancelling);
    }
    if (asked > 0 && !worker.cancelled) return fmt::format("{} was asked to cancel, and did not", worker.path);
  }
  return {};
}

sim::CampaignResult Law::campaign(sim::Order order, std::uint64_t schedules, sim::Seed first_seed) const {
  sim::CampaignOptions options;
  options.order(order).strategy(strategy()).schedules(schedules).first_seed(first_seed).failures(3);
  options.executor(executor_);
  options.check([this](const sim::RunResult& run) { return check_workers(run); });
  options.tasks([this](std::string_view path) { return path != "main" && (!wanted_ || wanted_(path)); });
  options.limits(sim::Limits().steps(10'000));
  return sim::injection_campaign(program(), options);
}

void expect_holds(const Law& law) {
  for (const sim::Order order : {sim::Order::kLegal, sim::Order::kAny}) {
    std::uint64_t cancellations = 0;
    sim::Seed first_seed = 0;
    do {
      const sim::CampaignResult result = law.campaign(order, kSchedules, first_seed);
      EXPECT_TRUE(result.passed()) << sim::to_string(order) << '\n' << sim::render(law.program(), result);
      EXPECT_EQ(result.waits_left, 0U);
      // Each wait met more than the one cancellation, or the law was hardly tried.
      EXPECT_GT(result.cancellations, 3 * result.waits);
      cancellations += result.cancellations;
      first_seed += kSchedules;
    } while (cancellations < cases() && !::testing::Test::HasFailure());
  }
}

void expect_breaks(const Law& law) {
  bool broken = false;
  for (const sim::Order order : {sim::Order::kLegal, sim::Order::kAny}) {
    const sim::CampaignResult result = law.campaign(order, kSchedules, 0);
    for (const sim::CampaignFailure& failure : result.failures) {
      EXPECT_FALSE(failure.result.injections.empty()) << "it fails without a cancellation: " << failure.what;
      broken = true;
    }
  }
  EXPECT_TRUE(broken);
}

}  // namespace corosim::laws
