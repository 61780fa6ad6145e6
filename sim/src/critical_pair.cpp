#include "critical_pair.hpp"

#include <algorithm>
#include <tuple>
#include <utility>
#include <variant>

#include "deal.hpp"

namespace corosim::sim {

namespace {

constexpr int kTellingRank = 1;  // objects that the program declared or named itself

struct Race {
  std::uint64_t first;
  std::uint64_t second;
  detail::ObjectId object;
  int rank;
};

std::optional<Race> race_between(const RunLog& log, std::uint64_t first, std::uint64_t second) {
  if (first == 0 || second == 0 || log[first].actor == log[second].actor) return std::nullopt;
  const auto object = conflict_over(log, first, second);
  if (!object) return std::nullopt;
  return Race{first, second, *object, rank(log, first, second, *object)};
}

// Those over what the program declared first; of these the last first, as they are closest to the failure.
void sort(std::vector<Race>& races) {
  std::sort(races.begin(), races.end(), [](const Race& a, const Race& b) {
    return std::tuple(a.rank, b.second, b.first) < std::tuple(b.rank, a.second, a.first);
  });
}

// With nothing in between.
std::vector<Race> races_of(const RecordedRun& run) {
  std::vector<Race> races;
  for (HappensBefore::Index step = 0; step < run.order.size(); ++step) {
    for (const HappensBefore::Index earlier : run.order.races(step)) {
      if (const auto race = race_between(run.log, earlier + 1, step + 1)) races.push_back(*race);
    }
  }
  sort(races);
  return races;
}

// Of tasks that race somewhere, the other pairs of steps that conflict: to take a lock before somebody else, a task
// must ask for it before that one does, not before it is released.
std::vector<Race> conflicts_behind(const RunLog& log, const std::vector<Race>& races) {
  std::vector<Race> conflicts;
  for (const Race& race : races) {
    for (std::uint32_t nth = 1; nth < log[race.first].nth; ++nth) {
      const auto conflict = race_between(log, log.when({log.actor(race.first), nth}), race.second);
      if (conflict) conflicts.push_back(*conflict);
    }
  }
  sort(conflicts);
  return conflicts;
}

}  // namespace

PartnerSearch::PartnerSearch(const Program& program, const ShrinkResult& shrunk, const RecordedRun& failing,
                             const Limits& limits)
    : program_(program), shrunk_(shrunk), failing_(failing), limits_(limits), strategy_(shrunk.default_order, {}) {
  limits_.steps(std::min(limits.steps(), longest_useful_run(shrunk.failing)));
}

std::optional<PassingPartner> PartnerSearch::find(std::uint32_t most_runs,
                                                  std::chrono::steady_clock::time_point deadline) {
  most_runs_ = most_runs;
  deadline_ = deadline;
  for (const bool turn_round : {true, false}) {
    for (std::size_t i = 0; i < shrunk_.constraints.size(); ++i) {
      std::vector<Constraint> others = shrunk_.constraints;
      others.erase(others.begin() + static_cast<std::ptrdiff_t>(i));
      const Constraint& changed = shrunk_.constraints[i];
      if (turn_round) others.push_back({changed.second, changed.first});
      if (auto found = try_constraints(std::move(others), changed)) return found;
    }
  }
  const RunLog& log = failing_.log;
  std::vector<Race> races = races_of(failing_);
  const std::vector<Race> behind = conflicts_behind(log, races);
  races.insert(races.end(), behind.begin(), behind.end());
  for (const Race& race : races) {
    std::vector<Constraint> more = shrunk_.constraints;
    more.push_back({log.name(race.second), log.name(race.first)});
    if (auto found = try_constraints(std::move(more), {log.name(race.first), log.name(race.second)})) return found;
  }
  return std::nullopt;
}

std::optional<PassingPartner> PartnerSearch::try_constraints(std::vector<Constraint> constraints,
                                                             const Constraint& changed) {
  if (runs_ == most_runs_ || std::chrono::steady_clock::now() >= deadline_) return std::nullopt;
  ++runs_;
  strategy_.set(shrunk_.default_order, std::move(constraints));
  RunOptions options;
  options.order(shrunk_.order).seed(shrunk_.failing.seed).strategy(strategy_).limits(limits_);
  options.conditions(shrunk_.failing.conditions());
  RunResult result = simulation_.run(program_, options);
  if (!std::holds_alternative<Completed>(result.end)) return std::nullopt;
  RecordedRun passing;
  RunOptions again;
  again.order(result.order).seed(result.seed).follow(result.decisions).limits(limits_).detailed();
  again.conditions(shrunk_.failing.conditions());
  passing.record(again);
  simulation_.run(program_, again);
  auto pair = pair_of(changed, passing);
  return PassingPartner{std::move(result), std::move(passing.log), pair};
}

// The steps of the constraint themselves, if they conflict over something that the program knows of. Otherwise the
// first race that came out the other way, in either run.
std::optional<CriticalPair> PartnerSearch::pair_of(const Constraint& changed, const RecordedRun& passing) const {
  const RunLog& log = failing_.log;
  const std::uint64_t first = log.when(changed.first);
  const auto own = race_between(log, first, log.when(changed.second));
  if (own && own->rank <= kTellingRank) return CriticalPair{own->first, own->second, own->object};
  const auto cut_short = race_between(passing.log, passing.log.when(changed.second), passing.log.when(changed.first));
  if (first != 0 && log.when(changed.second) == 0 && cut_short && cut_short->rank <= kTellingRank) {
    return CriticalPair{first, cut_short->first, cut_short->object, true};
  }
  std::optional<CriticalPair> best;
  int best_rank = 0;
  const auto consider = [&](const Race& race, const CriticalPair& pair) {
    if (best && best_rank <= race.rank) return;
    best = pair;
    best_rank = race.rank;
  };
  const auto by_step = [](std::vector<Race> races) {
    std::sort(races.begin(), races.end(), [](const Race& a, const Race& b) { return a.second < b.second; });
    return races;
  };
  for (const Race& race : by_step(races_of(failing_))) {
    const std::uint64_t a = passing.log.when(log.name(race.first));
    const std::uint64_t b = passing.log.when(log.name(race.second));
    if (b != 0 && (a == 0 || b < a)) consider(race, {race.first, race.second, race.object});
  }
  for (const Race& race : by_step(races_of(passing))) {
    const std::uint64_t a = log.when(passing.log.name(race.first));
    const std::uint64_t b = log.when(passing.log.name(race.second));
    if (a == 0 && b != 0) consider(race, {b, race.first, race.object, true});
  }
  return best;
}

}  // namespace corosim::sim
