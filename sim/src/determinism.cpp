#include <corosim/sim/determinism.hpp>

#include <algorithm>
#include <memory>
#include <vector>

#include <fmt/format.h>

#include "recorded_steps.hpp"

namespace corosim::sim {

namespace {

// So many runs are recorded. Where a coin decides they may come out the same up to a later step than the first that
// looks at it: the more runs, the closer to that one.
constexpr std::uint64_t kRecordings = 6;

bool is_cut_short(const RunResult& run) {
  const auto* const limit = std::get_if<TimeLimit>(&run.end);
  return limit != nullptr && !limit->virtual_time;
}

// Where two recorded runs part: at a step, and at which of its facts.
struct Fork {
  std::uint64_t step;
  std::size_t fact;
};

std::optional<Fork> fork_of(const RecordedSteps& a, const RecordedSteps& b) {
  const std::uint64_t steps = std::max(a.size(), b.size()) + 1;
  for (std::uint64_t step = 1; step <= steps; ++step) {
    const std::vector<std::string> once = a.facts(step);
    const std::vector<std::string> again = b.facts(step);
    for (std::size_t i = 0; i < std::max(once.size(), again.size()); ++i) {
      const bool both = i < once.size() && i < again.size();
      if (!both || without_addresses(once[i]) != without_addresses(again[i])) return Fork{step, i};
    }
  }
  return std::nullopt;
}

// Steps that are others, not the same with other doings, were made so before: by the step before, which made something
// else ready; or, where the time is another, by the one that set the earlier timer.
std::uint64_t origin_of(const RecordedSteps& a, const RecordedSteps& b, const Fork& fork) {
  if (fork.fact != 0) return fork.step;
  const std::uint64_t before = fork.step - 1;
  if (fork.step > a.size() || fork.step > b.size()) return before;
  const traces::Step& once = a.step(fork.step);
  const traces::Step& again = b.step(fork.step);
  if (once.time == again.time) return before;
  return (once.time < again.time ? once : again).cause;
}

class Locator {
 public:
  Locator(const Program& program, const RunResult& found, const RunResult& again, const Limits& limits)
      : program_(program), found_(found), limits_(limits) {
    result_.run = fmt::format("{} · seed {:#x} · order {} · strategy {}", program.name(), found.seed,
                              to_string(found.order), found.strategy);
    result_.first = outcome_of(found);
    result_.second = outcome_of(again);
    parting_ = HashTrail::parting(found.trail, again.trail);
  }

  Nondeterminism locate() {
    const RecordedSteps reference = record();
    std::unique_ptr<RecordedSteps> other;
    std::optional<Fork> earliest;
    result_.runs = 3;  // found, again, reference
    for (; result_.runs < kRecordings + 2; ++result_.runs) {
      auto next = std::make_unique<RecordedSteps>(record());
      const auto fork = fork_of(reference, *next);
      if (!fork || (earliest && earliest->step <= fork->step)) continue;
      earliest = fork;
      other = std::move(next);
    }
    if (earliest) {
      tell_fork(reference, *other, *earliest);
    } else {
      tell_first_only(reference);
    }
    return std::move(result_);
  }

 private:
  static Nondeterminism::Outcome outcome_of(const RunResult& run) {
    const std::string end = summary(run.end);
    const std::string_view how = word(run.end);
    return {run.failed() && !end.starts_with(how) ? fmt::format("{}: {}", how, end) : end, run.steps, run.hash};
  }

  RecordedSteps record() { return RecordedSteps(simulation_, program_, found_, limits_); }

  static StepPlace place(const RecordedSteps& run, std::uint64_t number) {
    return number >= 1 && number <= run.size() ? run.place(number) : StepPlace{number, {}, {}, {}};
  }

  void tell_fork(const RecordedSteps& a, const RecordedSteps& b, const Fork& fork) {
    const auto fact = [&](const RecordedSteps& run) {
      const std::vector<std::string> facts = run.facts(fork.step);
      return fork.fact < facts.size() ? facts[fork.fact] : std::string("does nothing more");
    };
    result_.kind = Nondeterminism::Kind::kEveryRun;
    result_.last_equal = fork.step - 1;
    result_.step = place(fork.step <= a.size() ? a : b, fork.step);
    result_.origin = place(a, origin_of(a, b, fork));
    result_.once = fact(a);
    result_.again = fact(b);
  }

  // Of the first run nothing is left but its end and the trail of its hash.
  void tell_first_only(const RecordedSteps& later) {
    result_.kind = Nondeterminism::Kind::kFirstOnly;
    const std::uint64_t shorter = std::min(found_.steps, later.size());
    result_.last_equal = parting_.last_equal;
    const bool is_outcome = !parting_.first_different && result_.last_equal == shorter;
    const std::uint64_t different = parting_.first_different ? *parting_.first_different
                                    : is_outcome             ? std::max<std::uint64_t>(shorter, 1)
                                                             : shorter + 1;
    if (is_outcome) result_.last_equal = different - 1;
    result_.step = place(later, different);
    const bool is_exact = different == result_.last_equal + 1;
    result_.origin = place(later, is_exact && !is_outcome ? different - 1 : different);
    if (!is_exact) tell_between(later, different);
    if (different <= later.size()) result_.again = later.facts(different).front();
  }

  void tell_between(const RecordedSteps& later, std::uint64_t different) {
    for (std::uint64_t step = std::max<std::uint64_t>(result_.last_equal, 1); step < different; ++step) {
      const StepPlace here = place(later, step);
      const auto same = [&](const StepPlace& each) { return each.task == here.task && each.place == here.place; };
      if (std::none_of(result_.between.begin(), result_.between.end(), same)) result_.between.push_back(here);
    }
  }

  const Program& program_;
  const RunResult& found_;
  Limits limits_;
  HashTrail::Parting parting_;
  Simulation simulation_;
  Nondeterminism result_;
};

std::string text_of(const StepPlace& step) {
  if (step.number == 0) return "the program's setting up, before its first step";
  if (step.task.empty()) return fmt::format("step {}, the end of the run", step.number);
  return fmt::format("step {} of {}, at t = {}{}{}", step.number, step.task, sim::text_of(step.time),
                     step.place.empty() ? "" : ", which went on at ", step.place);
}

std::string text_of(const std::vector<StepPlace>& steps) {
  constexpr std::size_t kMost = 8;
  std::string text;
  for (std::size_t i = 0; i < std::min(steps.size(), kMost); ++i) {
    text += fmt::format("{}{}{}", text.empty() ? "" : ", ", steps[i].task,
                        steps[i].place.empty() ? "" : " at " + steps[i].place);
  }
  return steps.size() > kMost ? fmt::format("{} and {} more", text, steps.size() - kMost) : text;
}

std::string where_to_look(const StepPlace& origin) {
  if (origin.place.empty()) return "that step";
  return fmt::format("what {} does after {}, up to its next await", origin.task, origin.place);
}

}  // namespace

std::string Nondeterminism::text() const {
  const auto outcome = [](std::string_view title, const Outcome& of) {
    return fmt::format("  {}    {} after {} step{}, hash {:016x}\n", title, of.end, of.steps, of.steps == 1 ? "" : "s",
                       of.hash);
  };
  std::string text = fmt::format("not deterministic: {}\nThe same decisions, taken again, gave another run:\n", run) +
                     outcome("first", first) + outcome("again", second);
  if (kind == Kind::kEveryRun) {
    text +=
        fmt::format("The first step that differs is {}:\n  once     {}\n  again    {}\n", text_of(step), once, again);
    if (origin.number != step.number) text += fmt::format("That was decided earlier, in {}.\n", text_of(origin));
    text += fmt::format(
        "Something outside of the simulation decides. Look at {}, for:\n"
        "  an order or a hash by address (a set of pointers, an unordered container), a clock, memory that was never\n"
        "  set, state that one run leaves to the next (a static, a global, a cache, a file), a thread,\n"
        "  std::random_device, the environment.",
        where_to_look(origin));
  } else {
    const bool is_exact = step.number == last_equal + 1;
    text += fmt::format("The first run differs from every later one: {} more came out like the second.\n", runs - 2);
    text += is_exact ? fmt::format("The first step that differs is, in the later runs, {}:\n", text_of(step))
                     : fmt::format("Up to step {} all runs are the same; at the latest they differ in {}:\n",
                                   last_equal, text_of(step));
    if (!again.empty()) text += fmt::format("  later    {}\n", again);
    if (!between.empty()) text += fmt::format("  between  {}\n", text_of(between));
    if (origin.number != step.number)
      text += fmt::format("That was decided earlier, perhaps in {}.\n", text_of(origin));
    text += fmt::format(
        "Look at {}, for:\n"
        "  state that is left over from one run to the next (a global, a static, a cache, a file); or something that\n"
        "  seldom comes out differently (a thread, a clock, the order of addresses).",
        is_exact ? where_to_look(origin) : "the steps between");
  }
  text += " What to use instead: docs/determinism.md";
  if (!first_trace.empty())
    text += fmt::format("\n  look     corosim show {}   (the end of the first run)", first_trace);
  return text;
}

RunOptions same_again(const RunResult& found, const Limits& limits) {
  RunOptions options;
  options.order(found.order).follow(found.decisions, found.strategy).seed(found.seed).limits(limits);
  options.conditions(found.conditions());
  if (std::holds_alternative<Stopped>(found.end)) options.stop_after(found.steps);
  return options;
}

bool is_same_run(const RunResult& found, const RunResult& again) {
  if (is_cut_short(found) || is_cut_short(again)) {
    return !HashTrail::parting(found.trail, again.trail).first_different.has_value();
  }
  return found.hash == again.hash && found.steps == again.steps && found.decisions.size() == again.decisions.size() &&
         without_addresses(summary(found.end)) == without_addresses(summary(again.end));
}

std::optional<Nondeterminism> compare_again(Simulation& simulation, const Program& program, const RunResult& found,
                                            const Limits& limits) {
  if (found.diverged()) return std::nullopt;  // it did not follow decisions in the first place
  const RunResult again = simulation.run(program, same_again(found, limits));
  if (is_same_run(found, again)) return std::nullopt;
  return Locator(program, found, again, limits).locate();
}

void require_deterministic(Simulation& simulation, const Program& program, const RunResult& found,
                           const Limits& limits) {
  if (auto finding = compare_again(simulation, program, found, limits)) throw NotDeterministic(std::move(*finding));
}

void require_same(const Program& program, const RunResult& found, const RunResult& again, const Limits& limits) {
  if (!is_same_run(found, again)) throw NotDeterministic(Locator(program, found, again, limits).locate());
}

}  // namespace corosim::sim
