#include <corosim/sim/report.hpp>

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
    return text;
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

}  // namespace

std::string render_failure(const Program& program, const RunResult& result, const ReportContext& context) {
  std::string text = fmt::format("{} · seed {:#x} · order {} · strategy {}\n", program.name(), result.seed,
                                 to_string(result.order), result.strategy);
  text += std::visit(EndText{result}, result.end);
  text += injections_text(result.injections);
  for (const DrawOverride& draw : result.draws) text += fmt::format("  draw     {}\n", draw.text());
  if (!result.jitter.none()) {
    text += fmt::format("  timers   up to {} early and {} late\n", text_of(result.jitter.early()),
                        text_of(result.jitter.late()));
  }
  text += warnings_text(result.warnings);
  if (context.found_after_runs) {
    text += fmt::format("  found    after {} run{} ({:.2f} s), {} decisions\n", *context.found_after_runs,
                        *context.found_after_runs == 1 ? "" : "s", context.seconds, result.decisions.size());
  }
  text += '\n';
  if (!context.replay_command.empty()) text += fmt::format("  replay   {}\n", context.replay_command);
  if (!context.trace_path.empty()) text += fmt::format("  look     corosim show {}\n", context.trace_path);
  if (!context.passing_trace_path.empty()) {
    text += fmt::format("  compare  corosim diff {} {}\n", context.passing_trace_path, context.trace_path);
  }
  return text;
}

std::string render_passed(const Program& program, const RunResult& result) {
  return fmt::format("{} · seed {:#x} · order {} · strategy {}: passed in {} steps, {} virtual time, hash {:016x}\n{}",
                     program.name(), result.seed, to_string(result.order), result.strategy, result.steps,
                     text_of(result.time), result.hash, warnings_text(result.warnings));
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
