#include <corosim/sim/conditions.hpp>

#include <string_view>

#include <corosim/runtime/errors.hpp>

#include <fmt/format.h>

namespace corosim::sim {

namespace {
constexpr std::string_view kInjection = "cancel";
constexpr std::string_view kDraw = "draw";
constexpr std::string_view kJitter = "timer_jitter";
constexpr std::string_view kDraws = "draws";
constexpr std::string_view kPlain = "plain";
}  // namespace

std::vector<std::pair<std::string, std::string>> facts_of(const Conditions& conditions) {
  std::vector<std::pair<std::string, std::string>> facts;
  for (const Injection& injection : conditions.injections) facts.emplace_back(kInjection, injection.text());
  for (const DrawOverride& draw : conditions.draws) facts.emplace_back(kDraw, draw.text());
  if (!conditions.jitter.none()) facts.emplace_back(kJitter, conditions.jitter.text());
  if (conditions.plain_draws) facts.emplace_back(kDraws, kPlain);
  return facts;
}

Conditions conditions_of(const std::vector<std::pair<std::string, std::string>>& facts) {
  Conditions conditions;
  for (const auto& [key, value] : facts) {
    if (key == kInjection) conditions.injections.push_back(Injection::parse(value));
    if (key == kDraw) conditions.draws.push_back(DrawOverride::parse(value));
    if (key == kJitter) conditions.jitter = TimerJitter::parse(value);
    if (key != kDraws) continue;
    if (value != kPlain) throw ValueError(fmt::format("draws={}: expected draws={}", value, kPlain));
    conditions.plain_draws = true;
  }
  return conditions;
}

bool is_condition(std::string_view kind) {
  return kind == kInjection || kind == kDraw || kind == kJitter || kind == kDraws;
}

}  // namespace corosim::sim
