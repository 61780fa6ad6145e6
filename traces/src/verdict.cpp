#include "verdict.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace corosim::traces {

namespace {

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

std::string ends(const Diff& diff) {
  const std::string left = first_line(diff.left.end);
  const std::string right = first_line(diff.right.end);
  if (diff.left.end == diff.right.end) return "both " + left;
  return fmt::format("left {}, right {}", left, right);
}

std::string chosen(const FirstDifference::Side& side) {
  const auto handle = std::find_if(side.ready.begin(), side.ready.end(), [](const auto& h) { return h.is_chosen; });
  if (handle == side.ready.end()) return "nothing";
  return handle->site.empty() ? fmt::format("`{}`", handle->task)
                              : fmt::format("`{}` ({})", handle->task, handle->site);
}

std::string part(const FirstDifference& first) {
  const StepNumber step = first.left.step != 0 ? first.left.step : first.right.step;
  if (first.left.step == 0) return fmt::format("left has no step {}, where right ran {}", step, chosen(first.right));
  if (first.right.step == 0) return fmt::format("right has no step {}, where left ran {}", step, chosen(first.left));
  if (first.left.step != first.right.step) {
    return fmt::format(
        "the runs part over the order of two steps: left runs {} first, at step {}, and right {}, at step {}",
        chosen(first.left), first.left.step, chosen(first.right), first.right.step);
  }
  if (first.is_decision) {
    return fmt::format("the runs part at step {}, where left chose {} and right {}", step, chosen(first.left),
                       chosen(first.right));
  }
  return fmt::format("the runs part at step {}, where left ran {} and right {}, with nothing to choose", step,
                     chosen(first.left), chosen(first.right));
}

std::string part(const Difference& difference) {
  const Difference::Side& at = difference.left.step != 0 ? difference.left : difference.right;
  if (difference.kind == DifferenceKind::timing) {
    return fmt::format("the same steps in the same order, but at other times from step {} of `{}` on", at.step,
                       difference.task);
  }
  if (difference.kind == DifferenceKind::outcome && difference.task == "(run)") return "the same steps, another end";
  return fmt::format("the first difference is at step {}, where `{}` {} on the left and {} on the right", at.step,
                     difference.task, difference.left.text.empty() ? "did nothing" : difference.left.text,
                     difference.right.text.empty() ? "did nothing" : difference.right.text);
}

std::string sentence(std::string text) {
  text.front() =
      text.front() >= 'a' && text.front() <= 'z' ? static_cast<char>(text.front() - 'a' + 'A') : text.front();
  if (text.back() != '.') text += '.';
  return text;
}

}  // namespace

std::string verdict(const Diff& diff, const Trace& left) {
  if (diff.equal()) {
    if (diff.swapped) {
      return sentence(fmt::format("the two runs differ only in the order of independent steps: {} steps, {} tasks, {}",
                                  diff.left.steps, left.tasks().size(), first_line(diff.left.end)));
    }
    return sentence(fmt::format("the two runs are the same: {} steps, {} tasks, {}", diff.left.steps,
                                left.tasks().size(), first_line(diff.left.end)));
  }
  // A value that differs before the steps do is why they do.
  const auto before_steps = [&](const Difference& difference) {
    const StepNumber step = std::max(difference.left.step, difference.right.step);
    const bool is_cause = difference.kind == DifferenceKind::value || difference.kind == DifferenceKind::timing;
    return !diff.first || (is_cause && step < std::max(diff.first->left.step, diff.first->right.step));
  };
  const auto early = std::find_if(diff.differences.begin(), diff.differences.end(), before_steps);
  const std::string where = early != diff.differences.end() ? part(*early) : part(*diff.first);
  return sentence(fmt::format("{}; {}", where, ends(diff)));
}

}  // namespace corosim::traces
