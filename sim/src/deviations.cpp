#include "deviations.hpp"

#include <algorithm>
#include <set>

namespace corosim::sim {

namespace {

void sort_unique(std::vector<Constraint>& constraints) {
  std::sort(constraints.begin(), constraints.end());
  constraints.erase(std::unique(constraints.begin(), constraints.end()), constraints.end());
}

bool broken(const ConstrainedStrategy& strategy, const Constraint& constraint) {
  const std::uint64_t first = strategy.when(constraint.first);
  const std::uint64_t second = strategy.when(constraint.second);
  return second != 0 && (first == 0 || first > second);
}

// Whether the steps went on at the same place, which is what their tasks had come to.
bool same_place(const RunLog::Step& a, const RunLog::Step& b) {
  return a.kind == b.kind && a.site.line() == b.site.line() && a.site.location().column() == b.site.location().column();
}

// The accesses of `a` that conflict with one of `b`.
std::vector<detail::ObjectId> conflicts(const RunLog::Step& a, const RunLog::Step& b) {
  std::vector<detail::ObjectId> objects;
  for (const RunLog::Access& left : a.accesses) {
    for (const RunLog::Access& right : b.accesses) {
      if (left.object == right.object && (left.write || right.write)) objects.push_back(left.object);
    }
  }
  return objects;
}

}  // namespace

bool conflict(const RunLog::Step& a, const RunLog::Step& b) { return !conflicts(a, b).empty(); }

Deviations::Deviations(const RecordedRun& failing) : failing_(failing) {
  const HappensBefore& order = failing.order;
  for (HappensBefore::Index step = 0; step < order.size(); ++step) {
    const auto add = [&](HappensBefore::Index earlier) {
      if (earlier == HappensBefore::kNone || order[earlier].actor == order[step].actor) return;
      edges_.push_back({failing.log.name(earlier + 1), failing.log.name(step + 1)});
    };
    for (const HappensBefore::Index race : order.races(step)) add(race);
    add(order[step].cause);
  }
  sort_unique(edges_);
}

std::vector<Constraint> Deviations::from(const ConstrainedStrategy& strategy) const {
  std::vector<Constraint> result;
  for (const Constraint& edge : edges_) {
    if (broken(strategy, edge)) result.push_back(edge);
  }
  for (const auto& [actor, steps] : strategy.steps_before(strategy.when(end()))) {
    const std::uint32_t taken = failing_.log.steps_of(actor);
    if (actor != end().actor && steps > taken) result.push_back({end(), {actor, taken + 1}});
  }
  sort_unique(result);
  return result;
}

std::vector<Constraint> Deviations::from(const ConstrainedStrategy& strategy, const RecordedRun& run) const {
  std::vector<Constraint> result;
  for (const Constraint& edge : edges_) {
    Constraint translated{translate(edge.first, run.log), translate(edge.second, run.log)};
    if (broken(strategy, translated)) result.push_back(std::move(translated));
  }
  const StepName last = translate(end(), run.log);
  for (const auto& [actor, steps] : strategy.steps_before(strategy.when(last))) {
    if (actor == last.actor) continue;
    const std::uint32_t taken = failing_.log.steps_of(actor);
    const std::uint32_t taken_here = taken == 0 ? 0 : translate({actor, taken}, run.log).nth;
    if (steps > taken_here) result.push_back({last, {actor, taken_here + 1}});
  }
  sort_unique(result);
  return result;
}

// As many of the actor's steps went on there before, then as now.
StepName Deviations::translate(const StepName& name, const RunLog& log) const {
  const std::uint64_t number = failing_.log.when(name);
  const RunLog::Step& step = failing_.log[number];
  const std::uint64_t namesake = log.when(name);
  if (namesake != 0 && same_place(log[namesake], step)) return name;
  std::uint32_t visits = 0;
  for (std::uint64_t n = 1; n <= number; ++n) {
    if (failing_.log[n].actor == step.actor && same_place(failing_.log[n], step)) ++visits;
  }
  for (std::uint64_t n = 1; n <= log.size(); ++n) {
    if (log.actor(n) == name.actor && same_place(log[n], step) && --visits == 0) return log.name(n);
  }
  return name;
}

std::vector<Constraint> Deviations::end_first(const RecordedRun& run) const {
  std::vector<Constraint> result;
  const RunLog& log = run.log;
  const std::uint64_t last = log.when(translate(end(), log));
  std::set<detail::ObjectId> seen;
  for (std::uint64_t n = 1; n < last; ++n) {
    if (log[n].actor == log[last].actor) continue;
    bool is_first = false;
    for (const detail::ObjectId object : conflicts(log[n], log[last]))
      is_first = seen.insert(object).second || is_first;
    if (is_first) result.push_back({log.name(last), log.name(n)});
  }
  return result;
}

std::vector<Constraint> Deviations::turned_round(const RecordedRun& run) const {
  std::vector<Constraint> result;
  const std::uint64_t last = run.log.when(translate(end(), run.log));
  for (std::uint64_t n = 1; n < last; ++n) {
    if (run.log[n].actor != run.log[last].actor && conflict(run.log[n], run.log[last])) {
      result.push_back({run.log.name(last), run.log.name(n)});
    }
  }
  for (HappensBefore::Index step = 0; step < run.order.size(); ++step) {
    for (const HappensBefore::Index race : run.order.races(step)) {
      if (run.order[race].actor == run.order[step].actor) continue;
      result.push_back({run.log.name(step + 1), run.log.name(race + 1)});
    }
  }
  return result;
}

}  // namespace corosim::sim
