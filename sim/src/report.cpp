#include <corosim/sim/report.hpp>

#include <utility>

#include <fmt/format.h>

#include "wait_cycle.hpp"

namespace corosim::sim {

namespace {

std::string stack_text(const std::vector<StackLine>& stack) {
  std::string text;
  for (auto line = stack.rbegin(); line != stack.rend(); ++line) {
    text += fmt::format("{}{} at {}", text.empty() ? "" : ", awaited by ", line->function, line->place);
  }
  return text;
}

std::string tasks_text(const std::vector<StoppedTask>& tasks) {
  constexpr std::size_t kMost = 50;
  std::string text;
  for (std::size_t i = 0; i < tasks.size() && i < kMost; ++i) {
    text += fmt::format("  {}\n    waits for {}\n", tasks[i].path, tasks[i].waits_for);
    if (!tasks[i].stack.empty()) text += fmt::format("    in {}\n", stack_text(tasks[i].stack));
  }
  if (tasks.size() > kMost) text += fmt::format("  and {} more tasks\n", tasks.size() - kMost);
  return text;
}

// Who went round, or was left out, in a run that came to no end.
std::string last_steps_text(const LastSteps& last) {
  std::string text;
  for (const LastSteps::Starved& starved : last.starved) {
    text += fmt::format("  left out {} at {}, ready since step {}\n", starved.task, starved.place, starved.since);
  }
  if (last.is_unfair())
    text += "           the schedule is unfair: COROSIM_STRATEGY=random, for one, leaves nobody out\n";
  if (last.watched == 0) return text;
  text += fmt::format("  rounds   in the last {} steps", last.watched);
  for (const LastSteps::Busy& busy : last.busy) {
    text += fmt::format("{} {} at {} ({})", &busy == &last.busy.front() ? ":" : ",", busy.task, busy.place, busy.steps);
  }
  if (last.busy_more > 0) text += fmt::format(", and {} more", last.busy_more);
  text += last.other.steps == 0 ? "; nothing else ran in them\n"
                                : fmt::format("; anything else last ran in step {}: {} at {}\n", last.other.steps,
                                              last.other.task, last.other.place);
  text += last.time_from == last.time_to
              ? "           meanwhile virtual time stood still: nobody sleeps, or only for 0 s\n"
              : fmt::format("           meanwhile virtual time went from {} to {}\n", text_of(last.time_from),
                            text_of(last.time_to));
  return text;
}

std::string injections_text(const std::vector<Injected>& injections) {
  std::string text;
  for (const Injected& injected : injections) {
    text += fmt::format("  cancel   {}", injected.injection.text());
    if (injected.requests == 0) {
      text += ": not reached\n";
      continue;
    }
    if (!injected.stack.empty() && injected.stack.back().awaiting.known()) {
      const StackFrame& inner = injected.stack.back();
      text += fmt::format(", in {} at {}", inner.function.function(), inner.awaiting.text());
    }
    text += fmt::format(", after step {}\n", injected.step);
  }
  return text;
}

std::string warnings_text(const std::vector<Warning>& warnings) {
  std::string text;
  for (const Warning& warning : warnings) {
    text += fmt::format("  warning  {}{}, at step {}{}\n", summary(warning),
                        warning.count > 1 ? fmt::format(", {} times", warning.count) : "", warning.step,
                        warning.task.empty() ? "" : " in " + warning.task);
  }
  return text;
}

struct EndText {
  const RunResult& result;
  std::string operator()(const Completed&) const { return "passed\n"; }
  std::string operator()(const Stopped&) const { return "stopped\n"; }
  std::string operator()(const Failed& failed) const {
    std::string text =
        fmt::format("FAILED at step {}, t = {} (virtual): {}\n", failed.step, text_of(failed.time), failed.what);
    if (!failed.place.empty()) text += fmt::format("  check    {}\n", failed.place);
    if (!failed.task.empty()) text += fmt::format("  task     {}\n", failed.task);
    if (!failed.stack.empty()) text += fmt::format("  in       {}\n", stack_text(failed.stack));
    return text + failed.details;
  }
  std::string operator()(const Deadlock& deadlock) const {
    const std::string cycle = wait_cycle_text(deadlock.tasks);
    return stopped("DEADLOCK", cycle.empty() ? cycle : fmt::format("  cycle    {}\n", cycle), deadlock.tasks);
  }
  std::string operator()(const StepLimit& limit) const {
    return stopped("STEP LIMIT", last_steps_text(limit.last), limit.tasks);
  }
  std::string operator()(const TimeLimit& limit) const {
    return stopped("TIME LIMIT", last_steps_text(limit.last), limit.tasks);
  }
  std::string operator()(const Diverged& diverged) const {
    return fmt::format("DIVERGED at step {}\n  expected {}\n  found    {}\n", diverged.divergence.step,
                       diverged.divergence.expected, diverged.divergence.found);
  }
  std::string stopped(std::string_view title, const std::string& why, const std::vector<StoppedTask>& tasks) const {
    return fmt::format("{} at step {}, t = {} (virtual): {}\n{}{}", title, result.steps, text_of(result.time),
                       summary(result.end), why, tasks_text(tasks));
  }
};

std::string conditions_text(const RunResult& result) {
  std::string text = injections_text(result.injections);
  for (const DrawOverride& draw : result.draws) text += fmt::format("  draw     {}\n", draw.text());
  if (result.plain_draws) text += "  draws    all others take their simplest value\n";
  if (!result.jitter.none()) {
    text += fmt::format("  timers   up to {} early and {} late\n", text_of(result.jitter.early()),
                        text_of(result.jitter.late()));
  }
  return text;
}

std::string count_of(std::uint64_t count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

std::string found_text(const RunResult& found, const ReportContext& context) {
  std::string text;
  if (context.found_after_runs) {
    text = fmt::format("after {} ({:.2f} s)", count_of(*context.found_after_runs, "run"), context.seconds);
    if (context.failing_runs > 1) text += fmt::format(", {} failed so", count_of(context.failing_runs, "run"));
  }
  if (context.explanation != nullptr) {
    const ShrinkResult& shrunk = context.explanation->shrunk;
    if (!text.empty()) text += " · ";
    if (shrunk.shrunk()) {
      const std::size_t left = shrunk.constraints.size();
      text += fmt::format("shrunk from {} to {} in {}", count_of(found.decisions.size(), "decision"),
                          left == 0 ? "none" : count_of(left, "constraint"), count_of(shrunk.runs, "run"));
    } else {
      text += fmt::format("not shrunk: {}", shrunk.why_not);
    }
  } else if (context.found_after_runs) {
    text += fmt::format(", {}", count_of(found.decisions.size(), "decision"));
  }
  return text.empty() ? text : fmt::format("  found    {}\n", text);
}

// Lines of at most so many characters, broken between words.
std::vector<std::string> wrapped(std::string_view text, std::size_t width) {
  std::vector<std::string> lines;
  while (text.size() > width) {
    const auto blank = text.rfind(' ', width);
    if (blank == std::string_view::npos) break;
    lines.emplace_back(text.substr(0, blank));
    text.remove_prefix(blank + 1);
  }
  lines.emplace_back(text);
  return lines;
}

std::string explanation_text(const Explanation& explanation) {
  constexpr std::size_t kWidth = 109;
  std::string text;
  if (!explanation.story.empty()) text += '\n' + render_story(explanation.story);
  std::vector<std::string> sentences = explanation.why;
  const std::vector<Constraint>& constraints = explanation.shrunk.constraints;
  for (const Constraint& constraint : constraints) {
    sentences.push_back(fmt::format("it fails where step {} of `{}` runs before step {} of `{}`", constraint.first.nth,
                                    constraint.first.actor, constraint.second.nth, constraint.second.actor));
  }
  if (explanation.random_runs > 0 && explanation.shrunk.shrunk()) {
    sentences.push_back(fmt::format("of {} random schedules{}, {} failed", explanation.random_runs,
                                    constraints.empty() ? "" : " that keep to this", explanation.random_failures));
  }
  const char* label = "why";
  for (const std::string& sentence : sentences) {
    for (const std::string& line : wrapped(sentence, kWidth)) {
      text += fmt::format("  {:8} {}\n", std::exchange(label, ""), line);
    }
  }
  return text;
}

std::string commands_text(const ReportContext& context) {
  std::string text;
  if (!context.replay_command.empty()) text += fmt::format("  replay   {}\n", context.replay_command);
  if (!context.trace_path.empty()) text += fmt::format("  look     corosim show {}\n", context.trace_path);
  if (!context.passing_trace_path.empty()) {
    text += fmt::format("  compare  corosim diff {} {}\n", context.passing_trace_path, context.trace_path);
  }
  if (!context.pin_command.empty()) text += fmt::format("  pin it   {}\n", context.pin_command);
  return text;
}

}  // namespace

std::string render_failure(const Program& program, const RunResult& found, const ReportContext& context) {
  const Explanation* const explanation = context.explanation;
  const RunResult& result = explanation != nullptr ? explanation->failing : found;
  std::string text = fmt::format("{} · seed {:#x} · order {} · strategy {}\n", program.name(), found.seed,
                                 to_string(found.order), found.strategy);
  text += std::visit(EndText{result}, result.end);
  text += conditions_text(result);
  text += warnings_text(result.warnings);
  text += found_text(found, context);
  if (explanation != nullptr) text += explanation_text(*explanation);
  text += '\n';
  return text + commands_text(context);
}

std::string render_crash(const Program& program, const CrashedRun& run, std::string_view strategy,
                         const ReportContext& context) {
  std::string text = fmt::format("{} · seed {:#x} · order {} · strategy {}\n", program.name(), run.seed,
                                 to_string(run.order), strategy);
  text += run.steps == 0 ? fmt::format(
                               "CRASHED: {}\n  It did not crash again in the same run: something outside of the "
                               "simulation decides.\n",
                               run.how)
                         : fmt::format("CRASHED in step {}: {}\n", run.steps, run.how);
  text += fmt::format("  found    after {}\n\n", count_of(run.found_after, "run"));
  return text + commands_text(context);
}

std::string render_passed(const Program& program, const RunResult& result) {
  return fmt::format("{} · seed {:#x} · order {} · strategy {}: passed in {} steps, {} virtual time, hash {:016x}\n{}",
                     program.name(), result.seed, to_string(result.order), result.strategy, result.steps,
                     text_of(result.time), result.hash, warnings_text(result.warnings));
}

std::string render_coverage(const ExploreResult& found) {
  if (found.orders.runs() == 0) return {};
  const OrderCounter& orders = found.orders;
  const double new_per_second = orders.chance_of_news() * static_cast<double>(found.runs) / found.took.count();
  return fmt::format("  covered  {}{} different order{}{}; one more run shows a new one with a chance of {:.3g} %{}\n",
                     orders.exact() ? "" : "about ", orders.orders(), orders.orders() == 1 ? "" : "s",
                     orders.seen_once() == 0 ? "" : fmt::format(" of at least {:.0f}", orders.estimated_orders()),
                     100 * orders.chance_of_news(),
                     new_per_second < 0.5 ? "" : fmt::format(", about {:.0f} a second", new_per_second));
}

std::string render_marks(const std::vector<MarkCount>& marks, std::uint64_t runs) {
  std::string text;
  for (const auto& [mark, reached] : marks) {
    text += reached > 0 ? fmt::format("  reached  {} ({}) in {} of {} runs\n", mark.name, mark.place, reached, runs)
                        : fmt::format("  never    reached: {} ({})\n", mark.name, mark.place);
  }
  return text;
}

std::string render_warnings(const std::vector<ExploredWarning>& warnings) {
  std::string text;
  for (const ExploredWarning& each : warnings) {
    text += fmt::format("  warning  {}, in {} run{}, the first of seed {:#x}\n", summary(each.warning), each.runs,
                        each.runs == 1 ? "" : "s", each.seed);
  }
  return text;
}

}  // namespace corosim::sim
