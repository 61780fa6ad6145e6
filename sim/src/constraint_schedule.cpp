#include <corosim/sim/constraint_schedule.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

#include <fmt/format.h>

namespace corosim::sim {

namespace {

constexpr std::string_view kForm = "c1.ORDER.SEED.DEFAULT.PROGRAM.CONSTRAINTS";
constexpr std::string_view kConstraintForm = "TASK.STEP-before-TASK.STEP, as in deposit#2.2-before-deposit#1.3";
constexpr std::string_view kBefore = "-before-";
constexpr int kHexadecimal = 16;

// Writes ------------------------------------------------------------------------------------------------------------

// '.', ',', '-' and '=' have a meaning of their own here, most others have one in a shell.
std::string escaped(std::string_view text) {
  constexpr std::string_view kPlain = "#/~_:@";
  std::string result;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_plain = byte < 128 && (std::isalnum(byte) != 0 || kPlain.find(c) != std::string_view::npos);
    result += is_plain ? std::string(1, c) : fmt::format("%{:02x}", byte);
  }
  return result;
}

std::string text_of_step(const StepName& step) { return fmt::format("{}.{}", escaped(step.actor), step.nth); }

std::string text_of_default(const DefaultOrder& order) {
  if (order.kind() != DefaultOrder::Kind::kFavour) return order.text();
  return escaped(order.favourite()) + "-first";
}

// Reads -------------------------------------------------------------------------------------------------------------

template <class Number>
bool read_number(std::string_view text, Number& number, int base = 10) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  return error == std::errc() && end == text.data() + text.size();
}

std::string unescaped(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      result += text[i];
      continue;
    }
    std::uint8_t byte = 0;
    if (i + 2 >= text.size() || !read_number(text.substr(i + 1, 2), byte, kHexadecimal)) {
      throw ScheduleError(fmt::format("'{}' in the schedule: expected two hexadecimal digits behind each %", text));
    }
    result += static_cast<char>(byte);
    i += 2;
  }
  return result;
}

// The text up to the next `end`, which is taken off `rest` too.
std::string_view cut(std::string_view& rest, char end) {
  const auto at = std::min(rest.find(end), rest.size());
  const std::string_view part = rest.substr(0, at);
  rest.remove_prefix(std::min(at + 1, rest.size()));
  return part;
}

bool read_step(std::string_view text, StepName& step) {
  const auto dot = text.rfind('.');
  if (dot == std::string_view::npos || dot == 0) return false;
  step.actor = unescaped(text.substr(0, dot));
  return read_number(text.substr(dot + 1), step.nth) && step.nth > 0;
}

Constraint read_constraint(std::string_view text) {
  const auto before = text.find(kBefore);
  Constraint constraint;
  if (before == std::string_view::npos || !read_step(text.substr(0, before), constraint.first) ||
      !read_step(text.substr(before + kBefore.size()), constraint.second)) {
    throw ScheduleError(fmt::format("the schedule's constraint '{}': expected {}", text, kConstraintForm));
  }
  if (constraint.first.actor == constraint.second.actor) {
    throw ScheduleError(fmt::format("the schedule's constraint '{}': expected steps of two different tasks", text));
  }
  return constraint;
}

}  // namespace

std::string to_string(const Constraint& constraint) {
  return fmt::format("{}{}{}", text_of_step(constraint.first), kBefore, text_of_step(constraint.second));
}

ConstraintSchedule::ConstraintSchedule(std::string_view program, Order order, Seed seed, DefaultOrder default_order,
                                       std::vector<Constraint> constraints, Conditions conditions)
    : order_(order),
      seed_(seed),
      default_order_(std::move(default_order)),
      program_(program_fingerprint(program)),
      constraints_(std::move(constraints)),
      conditions_(std::move(conditions)) {}

std::string ConstraintSchedule::text() const {
  std::string text =
      fmt::format("c1.{}.{:x}.{}.{:04x}", to_string(order_), seed_, text_of_default(default_order_), program_);
  char separator = '.';
  for (const Constraint& constraint : constraints_) {
    text += std::exchange(separator, ',') + sim::to_string(constraint);
  }
  for (const auto& [kind, fact] : facts_of(conditions_)) {
    text += fmt::format("{}{}={}", std::exchange(separator, ','), kind, escaped(fact));
  }
  return text;
}

ConstraintSchedule ConstraintSchedule::parse(std::string_view text) {
  if (!is_constraint_schedule(text)) {
    throw ScheduleError(fmt::format("'{}' is not a schedule: expected {}", text, kForm));
  }
  std::string_view rest = text.substr(3);
  std::array<std::string_view, 4> parts;
  for (std::string_view& part : parts) {
    if (rest.empty()) {
      throw ScheduleError(fmt::format("the schedule ends early: expected {}; is it copied whole?", kForm));
    }
    part = cut(rest, '.');
  }
  ConstraintSchedule schedule({}, Order::kLegal, 0, DefaultOrder::Kind::kFifo, {});
  try {
    schedule.order_ = parse_order(parts[0]);
  } catch (const ValueError& error) {
    throw ScheduleError(fmt::format("the schedule's order: {}", error.what()));
  }
  if (!read_number(parts[1], schedule.seed_, kHexadecimal)) {
    throw ScheduleError(fmt::format("the schedule's seed is '{}': expected a hexadecimal number", parts[1]));
  }
  const auto default_order = DefaultOrder::parse(unescaped(parts[2]));
  if (!default_order) {
    throw ScheduleError(fmt::format(
        "the schedule's default order is '{}': expected fifo, eldest, youngest, random or TASK-first", parts[2]));
  }
  schedule.default_order_ = *default_order;
  if (parts[3].size() != 4 || !read_number(parts[3], schedule.program_, kHexadecimal)) {
    throw ScheduleError(
        fmt::format("the schedule's fingerprint of the program is '{}': expected four hexadecimal digits", parts[3]));
  }
  if (text.ends_with('.') || text.ends_with(',')) throw ScheduleError("the schedule ends early: is it copied whole?");
  std::vector<std::pair<std::string, std::string>> facts;
  while (!rest.empty()) {
    const std::string_view item = cut(rest, ',');
    const auto equals = item.find('=');
    if (equals == std::string_view::npos) {
      schedule.constraints_.push_back(read_constraint(item));
    } else {
      facts.emplace_back(item.substr(0, equals), unescaped(item.substr(equals + 1)));
      if (!is_condition(facts.back().first)) {
        throw ScheduleError(
            fmt::format("the schedule's condition '{}': expected cancel=, draw=, draws= or timer_jitter=", item));
      }
    }
  }
  try {
    schedule.conditions_ = conditions_of(facts);
  } catch (const ValueError& error) {
    throw ScheduleError(fmt::format("the schedule's conditions: {}", error.what()));
  }
  if (schedule.order_ == Order::kFifo && !schedule.constraints_.empty()) {
    throw ScheduleError(
        "the schedule's order is fifo, which leaves no choice: expected legal or any beside constraints");
  }
  return schedule;
}

ConstraintReplay replay(Simulation& simulation, const Program& program, const ConstraintSchedule& schedule,
                        Recorder* recorder, const Limits& limits) {
  if (!schedule.made_for(program.name())) {
    throw ScheduleError(fmt::format("the schedule is not of program '{}'", program.name()));
  }
  ConstrainedStrategy strategy(schedule.default_order(), schedule.constraints());
  RunOptions options;
  options.order(schedule.order()).seed(schedule.seed()).strategy(strategy).limits(limits);
  options.conditions(schedule.conditions());
  if (recorder != nullptr) options.recorder(*recorder);
  ConstraintReplay replayed{simulation.run(program, options), {}};
  const auto lose = [&](const Constraint& constraint, std::string reason) {
    replayed.lost.push_back(fmt::format("{}: {}", to_string(constraint), reason));
  };
  const auto missing = [&](const StepName& step) {
    return strategy.met(step.actor) ? fmt::format("{} has no step {} here", step.actor, step.nth)
                                    : fmt::format("there is no {} here", step.actor);
  };
  for (const Constraint& constraint : schedule.constraints()) {
    const std::uint64_t first = strategy.when(constraint.first);
    const std::uint64_t second = strategy.when(constraint.second);
    if (second != 0 && first > second) {
      lose(constraint, fmt::format("nothing else could run but {}", constraint.second.actor));
    } else if (first == 0 && second != 0) {
      lose(constraint, missing(constraint.first));
    } else if (second == 0 && !replayed.result.failed()) {
      lose(constraint, missing(first == 0 ? constraint.first : constraint.second));
    }
  }
  return replayed;
}

}  // namespace corosim::sim
