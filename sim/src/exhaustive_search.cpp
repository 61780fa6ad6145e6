#include "exhaustive_search.hpp"

#include <algorithm>
#include <utility>

#include <corosim/runtime/assert.hpp>
#include <corosim/sim/partial_order.hpp>

namespace corosim::sim {

namespace {
// Where it is remembered that the step with this past was the last of the program.
std::uint64_t ends_program(std::uint64_t past) { return mix(~past); }
}  // namespace

// Running -------------------------------------------------------------------------------------------------------------

void ExhaustiveSearch::begin(Seed) {
  const Index kept = follow_ == 0 ? 0 : static_cast<Index>(follow_ - 1);
  steps_.truncate(kept);
  while (!withdrawals_.empty() && withdrawals_.back().first >= kept) withdrawals_.pop_back();
  ended_ = false;
  left_.clear();
  depth_ = 0;
  kind_ = Kind::kOrder;
  started_ = true;
}

std::size_t ExhaustiveSearch::pick(const ReadySet& ready) {
  const std::size_t depth = depth_++;
  if (depth + 1 < follow_) {
    const Point& point = points_[depth];
    COROSIM_ASSERT(point.place < ready.size() && ready[point.place].actor == point.actor);
    return point.place;
  }
  if (goes_on_after_failures_) {
    ready_.clear();
    for (std::size_t place = 0; place < ready.size(); ++place) ready_.push_back(ready[place].actor);
  }
  if (depth == points_.size()) points_.emplace_back();
  Point& point = points_[depth];
  if (depth >= follow_) {
    point.explored = 0;
    if (depth > 0) {
      fall_asleep(point, points_[depth - 1]);
      point.pending = std::exchange(points_[depth - 1].after, WakeupTrees::kEmpty);
    }
    if (point.pending == WakeupTrees::kEmpty) {
      for (std::size_t place = 0; place < ready.size(); ++place) {
        if (asleep(point, ready[place].actor)) continue;
        point.actor = ready[place].actor;
        point.expected = NextStep::kUnknown;
        return point.place = place;
      }
      return blocked(Kind::kBlocked);
    }
    const WakeupTrees::Branch branch = trees_.take_first(point.pending);
    point.actor = branch.step.actor;
    point.expected = branch.step.footprint;
    point.after = branch.after;
    if (asleep(point, point.actor)) return blocked(Kind::kBlocked);
  }
  for (std::size_t place = 0; place < ready.size(); ++place) {
    if (ready[place].actor == point.actor) return point.place = place;
  }
  return blocked(Kind::kInfeasible);
}

// The run goes no further: the point is not one of its steps.
std::size_t ExhaustiveSearch::blocked(Kind kind) {
  kind_ = kind;
  --depth_;
  trees_.clear(points_[depth_].pending);
  trees_.clear(points_[depth_].after);
  return kAbandon;
}

// Steps stay asleep until something happens that they depend on.
void ExhaustiveSearch::fall_asleep(Point& point, const Point& before) const {
  point.sleep.clear();
  for (const NextStep& each : before.sleep) {
    if (!steps_.footprints().conflict(each.footprint, before.footprint)) point.sleep.push_back(each);
  }
}

bool ExhaustiveSearch::asleep(const Point& point, Actor actor) const {
  return std::any_of(point.sleep.begin(), point.sleep.end(), [&](const NextStep& each) { return each.actor == actor; });
}

void ExhaustiveSearch::executed(const Executed& step) {
  if (step.number < follow_) return;
  steps_.executed(step);
  points_[step.number - 1].footprint = steps_[static_cast<Index>(step.number - 1)].footprint;
}

void ExhaustiveSearch::withdrawn(const Pending& step) {
  const bool was_ready = step.cause < depth_;  // before this step
  if (depth_ < follow_ || !step.in_front || !was_ready) return;
  withdrawals_.push_back({static_cast<Index>(depth_ - 1), kNone, step, 0});
}

void ExhaustiveSearch::ended(std::span<const Pending> left) {
  ended_ = true;
  left_.assign(left.begin(), left.end());
}

// Between runs --------------------------------------------------------------------------------------------------------

ExhaustiveSearch::Kind ExhaustiveSearch::finish(const RunEnd& end) {
  COROSIM_ASSERT_CMP(steps_.size(), ==, depth_);
  const bool stopped = std::holds_alternative<Deadlock>(end) || std::holds_alternative<TimeLimit>(end);
  last_ = ended_ && !stopped && depth_ > 0 ? static_cast<Index>(depth_ - 1) : kNone;
  if (last_ != kNone) {
    points_[last_].footprint = Footprints::kEverything;
    memory_.learn(ends_program(steps_[last_].past), StepMemory::Next(Footprints::kEverything));
  }
  if (kind_ == Kind::kOrder || found_failures_) find_reversals();
  if (!ended_ && std::holds_alternative<Failed>(end) && goes_on_after_failures_) go_on_after_failure();
  return kind_;
}

// What failed would fail as well after steps that it does not depend on. So that these are seen too, one of them goes
// first, with what failed asleep.
void ExhaustiveSearch::go_on_after_failure() {
  found_failures_ = true;
  Point& point = points_[depth_ - 1];
  if (point.pending != WakeupTrees::kEmpty) return;
  for (const Actor actor : ready_) {
    if (actor == point.actor || asleep(point, actor)) continue;
    path_.assign(1, NextStep{actor, NextStep::kUnknown});
    trees_.insert(point.pending, path_);
    return;
  }
}

bool ExhaustiveSearch::next() {
  if (!started_) return true;
  for (std::size_t depth = depth_; depth > 0; --depth) {
    Point& point = points_[depth - 1];
    trees_.clear(point.after);
    point.sleep.push_back({point.actor, point.footprint});
    ++point.explored;
    while (point.pending != WakeupTrees::kEmpty) {
      // What it begins with may have turned out to lead to a run that was explored meanwhile.
      if (trees_.first_path(point.pending, path_) && redundant(point, path_)) {
        trees_.remove_first_path(point.pending);
        continue;
      }
      const WakeupTrees::Branch branch = trees_.take_first(point.pending);
      point.actor = branch.step.actor;
      point.expected = branch.step.footprint;
      point.after = branch.after;
      follow_ = depth;
      return true;
    }
  }
  return false;
}

double ExhaustiveSearch::explored_part() const {
  double part = 0;
  double weight = 1;  // of what can follow the point
  for (std::size_t depth = 0; depth < follow_; ++depth) {
    const Point& point = points_[depth];
    const double branches = point.explored + 1.0 + static_cast<double>(trees_.branches(point.pending));
    part += weight * point.explored / branches;
    weight /= branches;
  }
  return part;
}

// Races ---------------------------------------------------------------------------------------------------------------

void ExhaustiveSearch::find_reversals() {
  reversals_ = withdrawals_;
  for (Index second = 0; second < steps_.size(); ++second) {
    if (second == last_) continue;
    for (const Index first : steps_.races(second)) reversals_.push_back({first, second, {}, 0});
  }
  if (last_ != kNone) find_reversals_of_the_end();
  for (std::size_t i = 0; i < reversals_.size(); ++i) reversals_[i].number = i;
  std::sort(reversals_.begin(), reversals_.end());
  for (std::size_t from = 0; from < reversals_.size();) {
    std::size_t to = from + 1;
    while (to < reversals_.size() && reversals_[to].first == reversals_[from].first) ++to;
    reverse({reversals_.data() + from, to - from});
    from = to;
  }
}

// The program could have come to its end before steps that run, and after steps that do not.
void ExhaustiveSearch::find_reversals_of_the_end() {
  for (const Pending& step : left_) {
    if (step.cause <= last_) reversals_.push_back({last_, kNone, step, 0});
  }
  const HappensBefore::Event& last = steps_[last_];
  steps_.maximal_before(last_, maximal_);
  for (const Index first : maximal_) {
    if (first != last.cause && first != last.previous && first != last.follows)
      reversals_.push_back({first, last_, {}, 0});
  }
}

// The steps after `first` that do not depend on it, then the winner of the race: the paper's notdep(e, E).proc(e').
void ExhaustiveSearch::reverse(std::span<const Reversal> same_first) {
  const Index first = same_first.front().first;
  Point& point = points_[first];
  sequence_.clear();
  for (Index each = first + 1; each < steps_.size() && steps_[each].instant == steps_[first].instant; ++each) {
    if (each != last_ && !steps_.ordered(first, each)) {
      sequence_.push_back({points_[each].actor, points_[each].footprint});
    }
  }
  // Sleeping steps that are independent of all of these.
  const std::size_t independent = sequence_.size();
  sleepers_.clear();
  for (const NextStep& each : point.sleep) {
    const WakeupTrees::WeakInitial initial = trees_.weak_initial(each, sequence_);
    if (!initial.yes()) continue;
    if (initial.place < independent) return;  // whatever follows was explored
    sleepers_.push_back(each);
  }
  for (const Reversal& reversal : same_first) {
    const NextStep last = winner(reversal);
    const bool explored = std::any_of(sleepers_.begin(), sleepers_.end(), [&](const NextStep& each) {
      return trees_.weak_initial(each, {&last, 1}).yes();
    });
    if (explored) continue;
    path_.assign(sequence_.begin(), sequence_.end());
    path_.push_back(last);
    trees_.insert(point.pending, path_);
  }
}

bool ExhaustiveSearch::redundant(const Point& point, std::span<const NextStep> sequence) const {
  return std::any_of(point.sleep.begin(), point.sleep.end(),
                     [&](const NextStep& each) { return trees_.weak_initial(each, sequence).yes(); });
}

// The step that comes first in the reversal, and what it touches there.
NextStep ExhaustiveSearch::winner(const Reversal& reversal) {
  if (reversal.second == kNone) {
    return {reversal.pending.actor, recall_withdrawn(reversal.first, reversal.pending)};
  }
  return {points_[reversal.second].actor, recall_reversed(reversal.first, reversal.second)};
}

// As long as it finds what it found in this run, the step does what it did; from there on, what one like it had done.
FootprintId ExhaustiveSearch::recall_reversed(Index first, Index second) {
  const HappensBefore::Event& event = steps_[second];
  const Footprints& footprints = steps_.footprints();
  PastHash past(event.name, event.kind, event.time, hash_of(event.previous), hash_of(event.cause));
  for (const ObjectAccess& each : footprints.accesses(event.footprint)) {
    const std::uint64_t state = steps_.state_without(first, each);
    past.touch(footprints.object(each.object), each.access, state);
    if (state != steps_.state_seen(second, each)) return recall(past, first);
  }
  return points_[second].footprint;
}

FootprintId ExhaustiveSearch::recall_withdrawn(Index first, const Pending& step) {
  const Index previous = steps_.latest_of(step.actor, first);
  const Index cause = step.cause == 0 ? kNone : static_cast<Index>(step.cause - 1);
  return recall(PastHash(step.name, step.kind, steps_[first].time, hash_of(previous), hash_of(cause)), first);
}

// What a step with this past touches, where everything has happened but `first` and what depends on it.
FootprintId ExhaustiveSearch::recall(PastHash past, Index first) {
  for (;;) {
    const StepMemory::Next next = memory_.recall(past.value());
    if (!next.known()) return NextStep::kUnknown;
    if (next.is_end())
      return memory_.recall(ends_program(past.value())).known() ? Footprints::kEverything : next.footprint();
    const ObjectAccess access = next.access();
    past.touch(steps_.footprints().object(access.object), access.access, steps_.state_without(first, access));
  }
}

}  // namespace corosim::sim
