#include <corosim/sim/constraints.hpp>

#include <algorithm>
#include <utility>

#include <corosim/runtime/task_state.hpp>
#include <corosim/sim/world.hpp>

namespace corosim::sim {

namespace {

constexpr std::string_view kFirst = "-first";
// A task that polls would keep the others out forever. After so many steps of one task another one gets a turn.
constexpr std::uint32_t kMostInARow = 500;

struct KindName {
  DefaultOrder::Kind kind;
  std::string_view text;
};
constexpr KindName kKindNames[] = {{DefaultOrder::Kind::kFifo, "fifo"},
                                   {DefaultOrder::Kind::kEldest, "eldest"},
                                   {DefaultOrder::Kind::kYoungest, "youngest"},
                                   {DefaultOrder::Kind::kRandom, "random"}};

}  // namespace

DefaultOrder DefaultOrder::favouring(std::string actor) {
  DefaultOrder order(Kind::kFavour);
  order.favourite_ = std::move(actor);
  return order;
}

std::string DefaultOrder::text() const {
  for (const KindName& known : kKindNames) {
    if (known.kind == kind_) return std::string(known.text);
  }
  return favourite_ + std::string(kFirst);
}

std::optional<DefaultOrder> DefaultOrder::parse(std::string_view text) {
  for (const KindName& known : kKindNames) {
    if (known.text == text) return known.kind;
  }
  if (!text.ends_with(kFirst) || text.size() == kFirst.size()) return std::nullopt;
  return favouring(std::string(text.substr(0, text.size() - kFirst.size())));
}

void ConstrainedStrategy::set(const DefaultOrder& order, std::vector<Constraint> constraints) {
  order_ = order;
  favourite_ = name_of(order.favourite());
  constraints_ = std::move(constraints);
  pairs_.clear();
  for (auto& held_by : held_by_) held_by.clear();
  for (const Constraint& constraint : constraints_) {
    const Name second = name_of(constraint.second.actor);
    pairs_.push_back({name_of(constraint.first.actor), constraint.first.nth, second, constraint.second.nth});
    held_by_[second].push_back(static_cast<std::uint32_t>(pairs_.size() - 1));
  }
}

void ConstrainedStrategy::begin(Seed seed) {
  random_ = Random(seed, kScheduleStream);
  ++run_;
  steps_ = arrivals_ = 0;
  latest_ = detail::Runnable::kNoActor;
  for (auto& steps : steps_of_) steps.clear();
  for (Pair& pair : pairs_) pair.used = false;
}

ConstrainedStrategy::Name ConstrainedStrategy::name_of(const std::string& actor) {
  const auto [entry, is_new] = names_.try_emplace(actor, static_cast<Name>(names_.size()));
  if (is_new) {
    actors_.push_back(actor);
    steps_of_.emplace_back();
    held_by_.emplace_back();
  }
  return entry->second;
}

std::size_t ConstrainedStrategy::pick(const ReadySet& ready) {
  look_at(ready);
  const std::size_t place = allowed();
  take(place);
  return place;
}

void ConstrainedStrategy::look_at(const ReadySet& ready) {
  candidates_.clear();
  bool all_had_their_share = true;
  for (std::size_t place = 0; place < ready.size(); ++place) {
    const detail::Runnable& handle = ready[place];
    if (handle.actor >= known_.size()) known_.resize(handle.actor + 1);
    Known& known = known_[handle.actor];
    if (known.run != run_) known = {run_, name_of(actor_name(handle, World::current()->tasks()))};
    if (known.arrival == 0) {
      known.arrival = ++arrivals_;
      if (handle.actor != latest_) known.in_a_row = 0;
    }
    const detail::TaskState* const task = handle.task();
    // A task's timer goes before the task; callbacks, which have no task, go by their names.
    const std::uint64_t seniority =
        task != nullptr ? std::uint64_t{task->id()} << 33 | (handle.kind() == HandleKind::kTimer ? 0U : 1U)
                        : handle.identity() >> 32;
    const bool had_its_share = known.in_a_row >= kMostInARow;
    all_had_their_share = all_had_their_share && had_its_share;
    candidates_.push_back({handle.actor, known.name, seniority, known.arrival, had_its_share});
  }
  if (!all_had_their_share) return;
  for (Candidate& candidate : candidates_) {
    candidate.had_its_share = false;
    known_[candidate.actor].in_a_row = 0;
  }
}

bool ConstrainedStrategy::goes_before(const Candidate& a, const Candidate& b) const {
  if (order_.kind() == DefaultOrder::Kind::kFifo) return a.arrival < b.arrival;
  if (a.had_its_share != b.had_its_share) return b.had_its_share;
  if (order_.kind() == DefaultOrder::Kind::kFavour && (a.name == favourite_) != (b.name == favourite_)) {
    return a.name == favourite_;
  }
  return order_.kind() == DefaultOrder::Kind::kYoungest ? a.seniority > b.seniority : a.seniority < b.seniority;
}

// Whose turn it is by the default order, of those that were not passed over yet.
std::size_t ConstrainedStrategy::preferred() {
  std::size_t best = kNowhere;
  std::uint64_t seen = 0;
  for (std::size_t place = 0; place < candidates_.size(); ++place) {
    if (candidates_[place].passed_over) continue;
    const bool is_better = order_.kind() == DefaultOrder::Kind::kRandom
                               ? random_.below(++seen) == 0
                               : best == kNowhere || goes_before(candidates_[place], candidates_[best]);
    if (is_better) best = place;
  }
  return best;
}

// The first constraint that keeps the actor from its next step; null for none.
ConstrainedStrategy::Pair* ConstrainedStrategy::holder(Name name) {
  for (const std::uint32_t index : held_by_[name]) {
    Pair& pair = pairs_[index];
    if (steps_of_[name].size() + 1 == pair.second_nth && steps_of_[pair.first].size() < pair.first_nth) return &pair;
  }
  return nullptr;
}

std::size_t ConstrainedStrategy::place_of(Name name) const {
  for (std::size_t place = 0; place < candidates_.size(); ++place) {
    if (candidates_[place].name == name) return place;
  }
  return kNowhere;
}

// From the one whose turn it is to the one that has to act first; where that one is not ready, somebody else's turn
// comes.
std::size_t ConstrainedStrategy::allowed() {
  const std::size_t first_wanted = preferred();
  for (std::size_t place = first_wanted; place != kNowhere; place = preferred()) {
    for (;;) {
      Pair* const pair = holder(candidates_[place].name);
      if (pair == nullptr) return place;
      pair->used = true;
      candidates_[place].passed_over = true;
      if (order_.kind() == DefaultOrder::Kind::kRandom) break;
      place = place_of(pair->first);
      if (place == kNowhere || candidates_[place].passed_over) break;
    }
  }
  return first_wanted;  // all wait for others: a constraint is given up
}

void ConstrainedStrategy::take(std::size_t place) {
  const Candidate& taken = candidates_[place];
  Known& known = known_[taken.actor];
  known.arrival = 0;
  ++known.in_a_row;
  latest_ = taken.actor;
  steps_of_[taken.name].push_back(++steps_);
}

std::vector<Constraint> ConstrainedStrategy::used() const {
  std::vector<Constraint> result;
  for (std::size_t i = 0; i < pairs_.size(); ++i) {
    if (pairs_[i].used) result.push_back(constraints_[i]);
  }
  return result;
}

std::vector<Constraint> ConstrainedStrategy::broken() const {
  std::vector<Constraint> result;
  for (const Constraint& constraint : constraints_) {
    const std::uint64_t first = when(constraint.first);
    const std::uint64_t second = when(constraint.second);
    if (second != 0 && (first == 0 || first > second)) result.push_back(constraint);
  }
  return result;
}

std::uint64_t ConstrainedStrategy::when(const StepName& step) const {
  const auto name = names_.find(step.actor);
  if (name == names_.end() || step.nth == 0 || step.nth > steps_of_[name->second].size()) return 0;
  return steps_of_[name->second][step.nth - 1];
}

std::vector<std::pair<std::string, std::uint32_t>> ConstrainedStrategy::steps_before(std::uint64_t number) const {
  std::vector<std::pair<std::string, std::uint32_t>> result;
  for (Name name = 0; name < actors_.size(); ++name) {
    const auto& steps = steps_of_[name];
    const auto end = number == 0 ? steps.end() : std::lower_bound(steps.begin(), steps.end(), number);
    if (end != steps.begin()) result.emplace_back(actors_[name], static_cast<std::uint32_t>(end - steps.begin()));
  }
  return result;
}

bool ConstrainedStrategy::met(const std::string& actor) const {
  const auto name = names_.find(actor);
  return name != names_.end() && !steps_of_[name->second].empty();
}

}  // namespace corosim::sim
