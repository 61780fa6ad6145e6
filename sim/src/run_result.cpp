#include <corosim/sim/run_result.hpp>

#include <array>

#include <fmt/format.h>

namespace corosim::sim {

namespace {

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};

std::string count(std::size_t n, std::string_view noun) { return fmt::format("{} {}{}", n, noun, n == 1 ? "" : "s"); }

}  // namespace

std::string text_of(Duration time) {
  struct Unit {
    std::int64_t nanoseconds;
    const char* name;
  };
  constexpr std::array<Unit, 4> kUnits{{{1'000'000'000, "s"}, {1'000'000, "ms"}, {1'000, "us"}, {1, "ns"}}};
  if (time == Duration::zero()) return "0 s";
  for (const auto& unit : kUnits) {
    if (time.count() < unit.nanoseconds && time.count() > -unit.nanoseconds) continue;
    const std::int64_t whole = time.count() / unit.nanoseconds;
    const std::int64_t rest = std::abs(time.count() % unit.nanoseconds);
    if (rest == 0) return fmt::format("{} {}", whole, unit.name);
    std::string digits = fmt::format("{:0{}}", rest, fmt::formatted_size("{}", unit.nanoseconds) - 1);
    digits.erase(digits.find_last_not_of('0') + 1);
    return fmt::format("{}.{} {}", whole, digits, unit.name);
  }
  return fmt::format("{} ns", time.count());
}

Conditions RunResult::conditions() const {
  Conditions conditions{{}, draws, jitter, plain_draws};
  for (const Injected& injected : injections) {
    if (injected.requests > 0) conditions.injections.push_back(injected.injection);
  }
  return conditions;
}

std::string summary(const RunEnd& end) {
  return std::visit(
      Overloaded{[](const Completed&) -> std::string { return "completed"; },
                 [](const Failed& failed) { return failed.what; },
                 [](const Deadlock& deadlock) {
                   return fmt::format("deadlock: {} left, nothing is ready and no timer is pending",
                                      count(deadlock.tasks.size(), "task"));
                 },
                 [](const StepLimit& limit) {
                   return fmt::format("step limit: still running after {} steps, perhaps a livelock", limit.limit);
                 },
                 [](const TimeLimit& limit) {
                   return fmt::format("time limit: still running after {} of {} time", text_of(limit.limit),
                                      limit.virtual_time ? "virtual" : "real");
                 },
                 [](const Diverged& diverged) {
                   return fmt::format("diverged at step {}: expected {}, found {}", diverged.divergence.step,
                                      diverged.divergence.expected, diverged.divergence.found);
                 },
                 [](const Stopped&) -> std::string { return "stopped"; }},
      end);
}

std::string summary(const Warning& warning) {
  return warning.place.empty() ? warning.what : fmt::format("{} ({})", warning.what, warning.place);
}

std::string_view word(const RunEnd& end) {
  constexpr std::array<std::string_view, 7> kWords{"completed",  "failed",   "deadlock", "step_limit",
                                                   "time_limit", "diverged", "stopped"};
  static_assert(kWords.size() == std::variant_size_v<RunEnd>);
  return kWords[end.index()];
}

}  // namespace corosim::sim
