#include <corosim/traces/diff.hpp>
#include <corosim/traces/outline.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "alignment.hpp"
#include "lanes.hpp"
#include "run_lines.hpp"
#include "run_prefix.hpp"
#include "verdict.hpp"

namespace corosim::traces {

namespace {

constexpr std::size_t kNone = static_cast<std::size_t>(-1);

/// A difference before its words: most are only counted.
struct Finding {
  DifferenceKind kind = DifferenceKind::missing;
  std::size_t lane = 0;
  const Item* left = nullptr;
  const Item* right = nullptr;
  // Of an order difference: the item that changed places with this one, on either side.
  const Item* other_left = nullptr;
  const Item* other_right = nullptr;
  std::size_t other_lane = 0;
  std::size_t number = 0;  // in order of being found
  StepNumber at() const { return left != nullptr ? left->step : right != nullptr ? right->step : 0; }
};

/// A step that both runs took.
struct CommonStep {
  const Item* left = nullptr;
  const Item* right = nullptr;
  std::size_t lane = 0;
};

class Comparison {
 public:
  Comparison(const Trace& left, const Trace& right) : left_(left), right_(right), lanes_(left, right) {}
  /// Of what runs with this prefix did behind it; where the traces are `cut`, they did more.
  Comparison(const Trace& left, const Trace& right, RunPrefix prefix, bool cut)
      : left_(left),
        right_(right),
        lanes_(left, right, std::move(prefix.left.steps_in_common), std::move(prefix.right.steps_in_common)),
        cut_(cut) {}

  Diff run(const DiffOptions& options) {
    Diff diff;
    diff.left = summary(left_);
    diff.right = summary(right_);
    for (std::size_t lane = 0; lane < lanes_.lanes.size(); ++lane) compare_lane(lane);
    compare_order();
    std::sort(findings_.begin(), findings_.end(), [](const Finding& a, const Finding& b) {
      return std::make_pair(a.at(), a.number) < std::make_pair(b.at(), b.number);
    });
    for (const Finding& finding : findings_) {
      ++diff.counts[static_cast<std::size_t>(finding.kind)];
      if (diff.differences.size() < options.max_differences) diff.differences.push_back(put_in_words(finding));
    }
    compare_ends(diff);
    diff.first = first_difference();
    diff.swapped = parting_ && !differs_in_pasts_ && first_position_that_differs().has_value();
    diff.verdict = verdict(diff, left_);
    return diff;
  }

 private:
  static RunSummary summary(const Trace& trace) {
    const RunInfo& run = trace.run();
    return {trace.path(), run.order, run.strategy, run.seed, trace.steps().size(), end_in_words(trace), trace.tail()};
  }

  void compare_lane(std::size_t index) {
    const Lane& lane = lanes_.lanes[index];
    if (!lane.is_left || !lane.is_right) {
      found(Finding{DifferenceKind::missing, index, lane.left.empty() ? nullptr : &lane.left.front(),
                    lane.right.empty() ? nullptr : &lane.right.front()});
      return;
    }
    const auto keys = [](const std::vector<Item>& items) {
      std::vector<std::uint64_t> result(items.size());
      std::transform(items.begin(), items.end(), result.begin(), [](const Item& item) { return item.key; });
      return result;
    };
    std::size_t left_at = 0;
    std::size_t right_at = 0;
    for (const auto& [left, right] : align(keys(lane.left), keys(lane.right))) {
      compare_gap(index, left_at, left, right_at, right);
      pair(index, lane.left[left], lane.right[right]);
      left_at = left + 1;
      right_at = right + 1;
    }
    compare_gap(index, left_at, lane.left.size(), right_at, lane.right.size(), cut_);
  }

  void pair(std::size_t lane, const Item& left, const Item& right) {
    if (left.note == nullptr && right.note == nullptr) common_.push_back({&left, &right, lane});
  }

  /// What lies between two places that are alike: the same with other values, or on one side only. Behind the last,
  /// what one side lacks may come later, where the traces are cut.
  void compare_gap(std::size_t lane, std::size_t left_at, std::size_t left_end, std::size_t right_at,
                   std::size_t right_end, bool cut = false) {
    if (left_at == left_end && right_at == right_end) return;
    const std::vector<Item>& lefts = lanes_.lanes[lane].left;
    const std::vector<Item>& rights = lanes_.lanes[lane].right;
    const auto miss_until = [&](std::size_t left, std::size_t right) {
      for (; left_at < left; ++left_at) miss(lane, &lefts[left_at], nullptr);
      for (; right_at < right; ++right_at) miss(lane, nullptr, &rights[right_at]);
    };
    const auto shapes = [](const std::vector<Item>& items, std::size_t from, std::size_t to) {
      std::vector<std::uint64_t> result;
      for (std::size_t i = from; i < to; ++i) result.push_back(items[i].shape);
      return result;
    };
    const std::size_t left_begin = left_at;
    const std::size_t right_begin = right_at;
    for (const auto& [left, right] : align(shapes(lefts, left_at, left_end), shapes(rights, right_at, right_end))) {
      const Item& a = lefts[left_begin + left];
      const Item& b = rights[right_begin + right];
      miss_until(left_begin + left, right_begin + right);
      const bool ends = a.note != nullptr && std::holds_alternative<TaskEnded>(*a.note);
      found(Finding{ends ? DifferenceKind::outcome : DifferenceKind::value, lane, &a, &b});
      pair(lane, a, b);
      ++left_at;
      ++right_at;
    }
    if (!cut) miss_until(left_end, right_end);
  }

  void found(Finding finding) {
    finding.number = findings_.size();
    findings_.push_back(finding);
  }
  void miss(std::size_t lane, const Item* left, const Item* right) {
    found(Finding{DifferenceKind::missing, lane, left, right});
  }

  /// Of the steps that both runs took, the fewest that would have to move for both to have the same order have moved.
  void compare_order() {
    std::sort(common_.begin(), common_.end(),
              [](const CommonStep& a, const CommonStep& b) { return a.left->step < b.left->step; });
    if (compare_pasts()) return;
    std::vector<std::size_t> right_steps(common_.size());
    std::transform(common_.begin(), common_.end(), right_steps.begin(),
                   [](const CommonStep& step) { return static_cast<std::size_t>(step.right->step); });
    const std::vector<std::size_t> kept = longest_increasing(right_steps);

    std::size_t next_kept = 0;
    std::chrono::nanoseconds shift{0};
    for (std::size_t i = 0; i < common_.size(); ++i) {
      const CommonStep& step = common_[i];
      if (next_kept < kept.size() && kept[next_kept] == i) {
        ++next_kept;
        const auto moved_by = right_.step(step.right->step)->time - left_.step(step.left->step)->time;
        if (moved_by != shift) {
          found(Finding{DifferenceKind::timing, step.lane, step.left, step.right});
        }
        shift = moved_by;
        continue;
      }
      const auto place = static_cast<std::size_t>(
          std::lower_bound(kept.begin(), kept.end(), right_steps[i],
                           [&](std::size_t index, std::size_t right) { return right_steps[index] < right; }) -
          kept.begin());
      const std::size_t passed = place > next_kept ? next_kept : next_kept > 0 ? next_kept - 1 : kNone;
      const CommonStep* other = passed < kept.size() ? &common_[kept[passed]] : nullptr;
      found(Finding{DifferenceKind::order, step.lane, step.left, step.right, other == nullptr ? nullptr : other->left,
                    nullptr, other == nullptr ? 0 : other->lane, 0});
    }
  }

  /// A step of one side, and of the other, where both took it.
  struct Located {
    const Item* left = nullptr;
    const Item* right = nullptr;
    std::size_t lane = 0;
    bool same_past = true;  // as those that stand in no lane because they are the same
  };
  using LocatedSteps = std::vector<Located>;  // by step index of one side

  void locate(LocatedSteps& lefts, LocatedSteps& rights) const {
    lefts.resize(left_.steps().size());
    rights.resize(right_.steps().size());
    const auto index = [](const Trace& trace, const Item& item) {
      return static_cast<std::size_t>(item.step - trace.steps().front().number);
    };
    for (std::size_t lane = 0; lane < lanes_.lanes.size(); ++lane) {
      for (const Item& item : lanes_.lanes[lane].left) {
        if (item.note == nullptr) lefts[index(left_, item)] = {&item, nullptr, lane, false};
      }
      for (const Item& item : lanes_.lanes[lane].right) {
        if (item.note == nullptr) rights[index(right_, item)] = {nullptr, &item, lane, false};
      }
    }
    for (const CommonStep& step : common_) {
      const bool same = left_.past(step.left->step) == right_.past(step.right->step);
      const Located located{step.left, step.right, step.lane, same};
      lefts[index(left_, *step.left)] = rights[index(right_, *step.right)] = located;
    }
  }

  static std::size_t first_of_another_past(const LocatedSteps& steps) {
    const auto first = std::find_if(steps.begin(), steps.end(), [](const Located& step) { return !step.same_past; });
    return static_cast<std::size_t>(first - steps.begin());
  }

  /// By what their steps came after, two runs differ in order where the first steps that came after something else are
  /// two tasks': either is the one that the other waits for. False where this is not known, or where it is not the
  /// order that makes the difference.
  bool compare_pasts() {
    if (!left_.has_pasts() || !right_.has_pasts()) return false;
    LocatedSteps lefts;
    LocatedSteps rights;
    locate(lefts, rights);
    const Parting parting{first_of_another_past(lefts), first_of_another_past(rights)};
    const bool left_parts = parting.left < lefts.size();
    const bool right_parts = parting.right < rights.size();
    if (left_parts && right_parts) {
      const Located& one = lefts[parting.left];
      const Located& other = rights[parting.right];
      if (one.lane == other.lane) return false;
      found(Finding{DifferenceKind::order, one.lane, one.left, one.right, other.left, other.right, other.lane, 0});
    }
    parting_ = parting;
    differs_in_pasts_ = left_parts || right_parts;
    return true;
  }

  static Difference::Side side(const Trace& trace, const Item* item) {
    if (item == nullptr) return {};
    const Step* step = trace.step(item->step);
    return {item->step, step == nullptr ? std::chrono::nanoseconds(0) : step->time, describe(trace, *item)};
  }

  Difference put_in_words(const Finding& finding) const {
    const Lane& lane = lanes_.lanes[finding.lane];
    Difference difference{finding.kind, lane.task, side(left_, finding.left), side(right_, finding.right)};
    if (!lane.is_left || !lane.is_right) {
      std::string& text = lane.is_left ? difference.left.text : difference.right.text;
      const std::vector<Item>& items = lane.is_left ? lane.left : lane.right;
      const auto steps = std::count_if(items.begin(), items.end(), [](const Item& i) { return i.note == nullptr; });
      text = fmt::format("the whole task, {} {}", steps, steps == 1 ? "step" : "steps");
    }
    const Item* const other_item = finding.other_left != nullptr ? finding.other_left : finding.other_right;
    if (finding.kind == DifferenceKind::order && other_item != nullptr) {
      const bool was_before = finding.other_left == nullptr || finding.left->step < finding.other_left->step;
      const Trace& of_other = finding.other_left != nullptr ? left_ : right_;
      const std::string other = fmt::format("{} ({})", lanes_.lanes[finding.other_lane].task,
                                            describe(of_other, *of_other.step(other_item->step)));
      if (finding.right == nullptr) difference.right.text = "not reached";
      difference.left.text += fmt::format("; {} {}", was_before ? "before" : "after", other);
      difference.right.text += fmt::format("; {} {}", was_before ? "after" : "before", other);
    }
    return difference;
  }

  void compare_ends(Diff& diff) const {
    if (diff.left.end == diff.right.end) return;
    ++diff.counts[static_cast<std::size_t>(DifferenceKind::outcome)];
    const auto end = [](const Trace& trace, const std::string& text) {
      const bool has_steps = !trace.steps().empty();
      return Difference::Side{has_steps ? trace.steps().back().number : 0,
                              trace.end() ? trace.end()->time
                              : has_steps ? trace.steps().back().time
                                          : std::chrono::nanoseconds(0),
                              text};
    };
    diff.differences.push_back(
        {DifferenceKind::outcome, "(run)", end(left_, diff.left.end), end(right_, diff.right.end)});
  }

  std::optional<FirstDifference> first_difference() const {
    if (parting_) {
      if (!differs_in_pasts_) return std::nullopt;
      return parting_at(parting_->left, parting_->right);
    }
    const auto index = first_position_that_differs();
    if (!index) return std::nullopt;
    return parting_at(*index, *index);
  }

  /// The step index at which the runs did different things, or one of them nothing.
  std::optional<std::size_t> first_position_that_differs() const {
    const std::size_t both = std::min(left_.steps().size(), right_.steps().size());
    std::size_t index = 0;
    const auto identity = [](const Translation& translation, const Step& step) {
      return std::make_tuple(translation.lane_of_task[step.task], step.kind, translation.site[step.site]);
    };
    while (index < both &&
           identity(lanes_.left, left_.steps()[index]) == identity(lanes_.right, right_.steps()[index])) {
      ++index;
    }
    if (index == both && left_.steps().size() == right_.steps().size()) return std::nullopt;
    return index;
  }

  FirstDifference parting_at(std::size_t left, std::size_t right) const {
    FirstDifference first{first_side(left_, left), first_side(right_, right), false};
    first.is_decision = first.left.lanes > 1 && first.right.lanes > 1;
    return first;
  }

  static FirstDifference::Side first_side(const Trace& trace, std::size_t index) {
    FirstDifference::Side side;
    if (index >= trace.steps().size()) return side;
    const Step& step = trace.steps()[index];
    side.step = step.number;
    side.time = step.time;
    side.lanes = step.ready;
    for (const ReadyHandle& handle : ready_before(trace, step.number)) {
      side.ready.push_back({trace.task_name(handle.task), trace.site_name(handle.site), handle.ran == step.number});
    }
    std::sort(side.ready.begin(), side.ready.end(), [](const auto& a, const auto& b) {
      return std::tie(a.task, a.site, b.is_chosen) < std::tie(b.task, b.site, a.is_chosen);
    });
    return side;
  }

  const Trace& left_;
  const Trace& right_;
  Lanes lanes_;
  bool cut_ = false;
  std::vector<Finding> findings_;
  std::vector<CommonStep> common_;
  struct Parting {  // step indices; the number of steps where that side never parts
    std::size_t left = 0;
    std::size_t right = 0;
  };
  std::optional<Parting> parting_;  // where the pasts tell
  bool differs_in_pasts_ = false;
};

}  // namespace

std::string_view to_string(DifferenceKind kind) {
  static constexpr std::array<std::string_view, kDifferenceKinds> kWords = {"missing", "order", "value", "timing",
                                                                            "outcome"};
  return kWords[static_cast<std::size_t>(kind)];
}

bool Diff::equal() const {
  return std::all_of(counts.begin(), counts.end(), [](std::uint64_t number) { return number == 0; }) && !first;
}

Diff diff(const Trace& left, const Trace& right, const DiffOptions& options) {
  return Comparison(left, right).run(options);
}

Diff diff(const OpenTrace& left, const OpenTrace& right, const DiffOptions& options) {
  if (std::max(read_outline(left()).steps, read_outline(right()).steps) <= options.max_steps) {
    return diff(Trace::part(left(), {}), Trace::part(right(), {}), options);
  }
  RunPrefix prefix = run_prefix(left(), right());
  const auto part = [&options](const PrefixSide& side) {
    const StepNumber first = side.parts_at != 0 ? side.parts_at : side.last_step + 1;
    return StepRange{first, std::min(side.last_step, first + options.max_steps - 1)};
  };
  const StepRange of_left = part(prefix.left);
  const StepRange of_right = part(prefix.right);
  const bool cut = of_left.last < prefix.left.last_step || of_right.last < prefix.right.last_step;
  const std::uint64_t left_steps = prefix.left.steps;
  const std::uint64_t right_steps = prefix.right.steps;
  const bool swapped = prefix.swapped;
  const Trace left_part = Trace::part(left(), of_left);
  const Trace right_part = Trace::part(right(), of_right);
  Diff found = Comparison(left_part, right_part, std::move(prefix), cut).run(options);
  found.left.steps = left_steps;
  found.right.steps = right_steps;
  found.swapped = found.swapped || swapped;
  found.compared = std::make_pair(of_left, of_right);
  found.verdict = verdict(found, left_part);
  return found;
}

}  // namespace corosim::traces
