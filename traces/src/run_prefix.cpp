#include "run_prefix.hpp"

#include <corosim/traces/hash.hpp>

#include <algorithm>
#include <numeric>
#include <string>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "each_event.hpp"
#include "names.hpp"

namespace corosim::traces {

namespace {

/// A run, reduced to what its steps are called.
class Spine {
 public:
  explicit Spine(Reader reader) {
    each_event(reader, [&](Event&& event) { add(event, reader.sites()); });
    has_pasts_ = !seen_.empty() && pasts_.size() == seen_.size();
    if (has_pasts_) {
      std::transform(seen_.begin(), seen_.end(), pasts_.begin(), seen_.begin(),
                     [](std::uint32_t seen, std::uint32_t past) {
                       return static_cast<std::uint32_t>(mix(seen, std::uint64_t{past}));
                     });
    }
    pasts_ = {};
  }

  std::size_t size() const { return seen_.size(); }
  StepNumber number(std::size_t index) const { return first_step_ + index; }
  bool has_pasts() const { return has_pasts_; }
  TaskId task(std::size_t index) const { return tasks_[index]; }
  /// What the step did; with pasts, what it came after as well.
  std::uint32_t seen(std::size_t index) const { return seen_[index]; }
  /// By task, from 0, the loop.
  const std::vector<std::string>& paths() const { return paths_; }

 private:
  void add(const Event& event, const std::vector<Site>& sites) {
    std::visit(
        [&]<typename Kind>(const Kind& happened) {
          if constexpr (std::is_same_v<Kind, Step>) {
            if (seen_.empty()) first_step_ = happened.number;
            tasks_.push_back(happened.task);
            seen_.push_back(0);
            fold(mix(static_cast<std::uint64_t>(happened.kind), static_cast<std::uint64_t>(happened.time.count())));
            fold(mix(0, sites[happened.site].function));
          } else if constexpr (std::is_same_v<Kind, TaskCreated>) {
            paths_.push_back(lane_path(happened.name, births_[happened.name]++));
          } else if constexpr (std::is_same_v<Kind, Pasts>) {
            add_pasts(happened);
          } else if (!seen_.empty()) {
            fold(happened);
          }
        },
        event);
  }
  // One after the other, from the first step on.
  void add_pasts(const Pasts& pasts) {
    if (pasts.first == first_step_ + pasts_.size()) {
      pasts_.insert(pasts_.end(), pasts.hashes.begin(), pasts.hashes.end());
    }
  }

  void fold(std::uint64_t value) { seen_.back() = static_cast<std::uint32_t>(mix(seen_.back(), value)); }
  void fold(const Parked& parked) { fold(mix(1, parked.wait)); }
  void fold(const TaskEnded& ended) { fold(mix(static_cast<std::uint64_t>(ended.how) + 2, ended.text)); }
  void fold(const CancelRequested& cancel) { fold(mix(mix(5, paths_[cancel.task]), cancel.message)); }
  void fold(const Mark& mark) { fold(mix(6, mark.text)); }
  void fold(const Draw& draw) { fold(mix(mix(7, draw.stream), draw.value)); }
  void fold(const LeftReady&) {}
  void fold(const RunInfo&) {}
  void fold(const RunEnded&) {}

  StepNumber first_step_ = 1;
  std::vector<TaskId> tasks_;         // by step index
  std::vector<std::uint32_t> seen_;   // by step index
  std::vector<std::uint32_t> pasts_;  // by step index, while they are read
  bool has_pasts_ = false;
  std::vector<std::string> paths_{std::string(kLoopName)};
  std::unordered_map<std::string, std::size_t> births_;
};

/// The steps of one run by task, each task's in order.
class StepsByTask {
 public:
  explicit StepsByTask(const Spine& spine) : begins_(spine.paths().size() + 1), steps_(spine.size()) {
    for (std::size_t i = 0; i < spine.size(); ++i) ++begins_[spine.task(i) + 1];
    std::partial_sum(begins_.begin(), begins_.end(), begins_.begin());
    std::vector<std::uint32_t> next(begins_.begin(), begins_.end() - 1);
    for (std::size_t i = 0; i < spine.size(); ++i) steps_[next[spine.task(i)]++] = spine.seen(i);
  }
  std::uint32_t count(TaskId task) const { return begins_[task + 1] - begins_[task]; }
  std::uint32_t seen(TaskId task, std::uint32_t nth) const { return steps_[begins_[task] + nth]; }

 private:
  std::vector<std::uint32_t> begins_;  // by task
  std::vector<std::uint32_t> steps_;
};

/// The tasks of `other` by those of `one`; a number past the end for those that are not there.
std::vector<TaskId> same_tasks(const Spine& one, const Spine& other) {
  std::unordered_map<std::string, TaskId> numbers;
  for (TaskId task = 0; task < other.paths().size(); ++task) numbers.emplace(other.paths()[task], task);
  std::vector<TaskId> same;
  for (const std::string& path : one.paths()) {
    const auto found = numbers.find(path);
    same.push_back(found != numbers.end() ? found->second : static_cast<TaskId>(other.paths().size()));
  }
  return same;
}

/// By task of `one`: how many of its first steps the other took as well.
std::vector<std::uint32_t> common_by_past(const Spine& one, const Spine& other) {
  const std::vector<TaskId> same = same_tasks(one, other);
  const StepsByTask others(other);
  std::vector<std::uint32_t> common(one.paths().size());
  std::vector<bool> has_parted(one.paths().size());
  for (std::size_t i = 0; i < one.size(); ++i) {
    const TaskId task = one.task(i);
    if (has_parted[task]) continue;
    const bool is_same = same[task] < other.paths().size() && common[task] < others.count(same[task]) &&
                         others.seen(same[task], common[task]) == one.seen(i);
    if (is_same) ++common[task];
    has_parted[task] = !is_same;
  }
  return common;
}

/// How many steps are the same in the same order.
std::size_t common_in_order(const Spine& left, const Spine& right) {
  const std::vector<TaskId> same = same_tasks(left, right);
  const std::size_t both = std::min(left.size(), right.size());
  std::size_t index = 0;
  while (index < both && same[left.task(index)] == right.task(index) && left.seen(index) == right.seen(index)) ++index;
  return index;
}

PrefixSide side_of(const Spine& spine, std::vector<std::uint32_t> common) {
  PrefixSide side;
  side.steps = spine.size();
  side.last_step = spine.number(spine.size()) - 1;
  std::size_t index = 0;
  for (; index < spine.size() && common[spine.task(index)] > 0; ++index) --common[spine.task(index)];
  if (index < spine.size()) side.parts_at = spine.number(index);
  for (TaskId task = 0; task < common.size(); ++task) {
    if (common[task] > 0) side.steps_in_common[spine.paths()[task]] = common[task];
  }
  return side;
}

/// So many of the first steps of the run, by task.
std::vector<std::uint32_t> first_steps(const Spine& spine, std::size_t steps) {
  std::vector<std::uint32_t> count(spine.paths().size());
  for (std::size_t i = 0; i < steps; ++i) ++count[spine.task(i)];
  return count;
}

}  // namespace

RunPrefix run_prefix(Reader left_reader, Reader right_reader) {
  const Spine left(std::move(left_reader));
  const Spine right(std::move(right_reader));
  const std::size_t in_order = common_in_order(left, right);
  if (!left.has_pasts() || !right.has_pasts()) {
    return {side_of(left, first_steps(left, in_order)), side_of(right, first_steps(right, in_order)), false};
  }
  RunPrefix prefix{side_of(left, common_by_past(left, right)), side_of(right, common_by_past(right, left)), false};
  const bool has_parted = prefix.left.parts_at != 0 || prefix.right.parts_at != 0;
  prefix.swapped = !has_parted && in_order < left.size();
  return prefix;
}

}  // namespace corosim::traces
