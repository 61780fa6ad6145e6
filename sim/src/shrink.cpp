#include <corosim/sim/shrink.hpp>

#include <algorithm>
#include <iterator>
#include <numeric>
#include <optional>
#include <utility>

#include <corosim/sim/failure_signature.hpp>

#include <fmt/format.h>

#include "deviations.hpp"

namespace corosim::sim {

namespace {

// Beyond that, the happens-before relation of a run takes too much memory.
constexpr std::uint64_t kLongestRun = 50'000;
// Delta debugging under one default order takes no more runs than that, as long as others are left to try.
constexpr std::uint32_t kRunsOfOneOrder = 40;
// Each of these leads closer to the failing run, and mostly the first one reproduces it.
constexpr int kMostRounds = 5;

using Set = std::vector<Constraint>;  // sorted

bool includes(const Set& larger, const Set& smaller) {
  return std::includes(larger.begin(), larger.end(), smaller.begin(), smaller.end());
}

template <class T>
std::vector<T> part_of(const std::vector<T>& set, std::size_t part, std::size_t parts, bool inverse) {
  const auto from = set.begin() + static_cast<std::ptrdiff_t>(set.size() * part / parts);
  const auto to = set.begin() + static_cast<std::ptrdiff_t>(set.size() * (part + 1) / parts);
  if (!inverse) return {from, to};
  std::vector<T> rest(set.begin(), from);
  rest.insert(rest.end(), to, set.end());
  return rest;
}

// Zeller and Hildebrandt 2002, ddmin. `reduced(fewer)` says what is needed of `fewer`, nothing where it is not enough.
// What is left is enough, and would not be without any one of its elements. The set of `least` elements is known.
template <class T, class Reduced>
std::vector<T> delta_debug(std::vector<T> set, Reduced reduced, std::size_t least = 1) {
  const auto reduce = [&](std::size_t parts, bool inverse) {
    for (std::size_t part = 0; part < parts; ++part) {
      auto fewer = reduced(part_of(set, part, parts, inverse));
      if (!fewer) continue;
      set = std::move(*fewer);
      return true;
    }
    return false;
  };
  if (least == 0 && !set.empty()) {
    if (auto none = reduced(std::vector<T>())) return std::move(*none);
  }
  std::size_t parts = 2;
  while (set.size() > 1) {
    parts = std::min(parts, set.size());
    if (reduce(parts, false)) {
      parts = 2;
    } else if (parts > 2 && reduce(parts, true)) {
      parts = std::max<std::size_t>(parts - 1, 2);
    } else if (parts < set.size()) {
      parts *= 2;
    } else {
      break;
    }
  }
  return set;
}

}  // namespace

class Shrinker {
 public:
  Shrinker(const Program& program, const RunResult& failing, const ShrinkOptions& options)
      : program_(program),
        failing_(failing),
        options_(options),
        order_(failing.order == Order::kFifo ? Order::kLegal : failing.order),
        signature_(failure_signature(failing)),
        conditions_(failing.conditions()) {}

  ShrinkResult shrink() {
    ShrinkResult result;
    result.why_not = search();
    result.order = order_;
    if (result.shrunk()) {
      while (simplify_conditions() && drop_constraints()) {
      }
      mend();
      weaken();
      result.default_order = orders_[best_->order].order;
      result.constraints = best_->constraints;
      result.failing = run_of(best_->order, best_->constraints);
    }
    result.runs = runs_;
    return result;
  }

 private:
  using Clock = std::chrono::steady_clock;
  struct Attempt {
    std::size_t order;
    Set constraints;
    Set used;                          // with these alone it is the same run
    bool all_kept;                     // or some were given up
    std::optional<RunResult> failing;  // where it fails in the same way
  };
  struct Found {
    std::size_t order;
    Set constraints;
  };
  struct Default {
    DefaultOrder order;
    RecordedRun run;  // without constraints
    Set deviations;
  };

  // Returns why nothing was found.
  std::string search() {
    if (signature_.empty()) return "the run did not fail";
    if (failing_.steps > kLongestRun) return fmt::format("the run is too long: {} steps", failing_.steps);
    record_failing();
    if (failing_log_.log.size() == 0) return "the program fails before its first step";
    deviations_.emplace(failing_log_);
    try_default_orders();
    if (!good()) reduce_each();
    if (!good()) try_single(&Shrinker::turned_round);
    if (!good()) try_single(&Shrinker::all_of_failing_run);
    if (best_) return {};
    return fmt::format("no default order with constraints fails in the same way, in {} runs", runs_);
  }

  bool good() const { return best_ && best_->constraints.size() <= 1; }
  bool affordable() const {
    return runs_ < budget_ && runs_ < options_.runs_ && steps_ < options_.steps_ && Clock::now() < deadline_;
  }
  void keep(std::size_t order, Set constraints) {
    if (!best_ || constraints.size() < best_->constraints.size()) best_ = {order, std::move(constraints)};
  }

  // Runs -------------------------------------------------------------------------------------------------------------

  void record_failing() {
    RunOptions run;
    run.order(failing_.order).seed(failing_.seed).follow(failing_.decisions).limits(options_.limits_);
    run.conditions(conditions_);
    failing_log_.record(run);
    simulation_.run(program_, run);
    ++runs_;
  }

  RunResult run(std::size_t order, const Set& constraints, RecordedRun* record = nullptr) {
    strategy_.set(orders_[order].order, constraints);
    Limits limits = options_.limits_;
    limits.steps(std::min(limits.steps(), longest_useful_run(failing_)));
    RunOptions options;
    options.order(order_).seed(failing_.seed).strategy(strategy_).limits(limits).conditions(conditions_);
    if (drawn_ != nullptr) options.collect_draws(*drawn_);
    if (record != nullptr) record->record(options);
    RunResult result = simulation_.run(program_, options);
    ++runs_;
    steps_ += result.steps;
    return result;
  }

  // A run in which only some constraints had a say is that of all sets in between.
  const Attempt* known(std::size_t order, const Set& constraints) const {
    for (const Attempt& attempt : attempts_) {
      if (attempt.order == order && includes(constraints, attempt.used) && includes(attempt.constraints, constraints)) {
        return &attempt;
      }
    }
    return nullptr;
  }

  // Whether the program fails in the same way.
  bool fails(std::size_t order, const Set& constraints, RecordedRun* record = nullptr) {
    if (const Attempt* const attempt = known(order, constraints)) {
      used_ = attempt->used;
      return attempt->failing.has_value();
    }
    if (!affordable()) return false;
    RunResult result = run(order, constraints, record);
    used_ = strategy_.used();
    std::sort(used_.begin(), used_.end());
    const bool same = failure_signature(result) == signature_;
    attempts_.push_back({order, constraints, used_, strategy_.broken().empty(), std::nullopt});
    if (same) attempts_.back().failing = std::move(result);
    return same;
  }

  RunResult run_of(std::size_t order, const Set& constraints) {
    const Attempt* const attempt = known(order, constraints);
    return attempt != nullptr && attempt->failing ? *attempt->failing : run(order, constraints);
  }

  // The search -------------------------------------------------------------------------------------------------------

  void try_default_orders() {
    const std::string& last = failing_log_.log.actor(failing_log_.log.size());
    if (last != "main") orders_.push_back({DefaultOrder::favouring(last), {}, {}});
    for (const auto kind : {DefaultOrder::Kind::kEldest, DefaultOrder::Kind::kFifo, DefaultOrder::Kind::kYoungest}) {
      orders_.push_back({kind, {}, {}});
    }
    for (std::size_t order = 0; order < orders_.size(); ++order) {
      if (fails(order, {}, &orders_[order].run)) return keep(order, {});
      orders_[order].deviations = deviations_->from(strategy_, orders_[order].run);
    }
  }

  // The default orders that are closest to the failing run first.
  void reduce_each() {
    std::vector<std::size_t> by_distance;
    for (std::size_t order = 0; order < orders_.size(); ++order) by_distance.push_back(order);
    std::sort(by_distance.begin(), by_distance.end(), [&](std::size_t a, std::size_t b) {
      return std::pair(orders_[a].deviations.size(), a) < std::pair(orders_[b].deviations.size(), b);
    });
    for (const std::size_t order : by_distance) {
      budget_ = runs_ + kRunsOfOneOrder;
      if (auto constraints = reproduce(order)) keep(order, minimise(order, std::move(*constraints)));
      budget_ = options_.runs_;
      if (good()) return;
      if (order == by_distance.front()) try_single(&Shrinker::end_first);
      if (good()) return;
    }
  }

  // Constraints under which the default order fails as well.
  std::optional<Set> reproduce(std::size_t order) {
    Set constraints = orders_[order].deviations;
    for (int round = 0; round < kMostRounds; ++round) {
      const std::size_t attempts = attempts_.size();
      if (fails(order, constraints)) return used_;
      if (attempts == attempts_.size()) return std::nullopt;  // no new run to look at
      const Set more = deviations_->from(strategy_);
      Set both;
      std::set_union(constraints.begin(), constraints.end(), more.begin(), more.end(), std::back_inserter(both));
      if (both == constraints) return std::nullopt;
      constraints = std::move(both);
    }
    return std::nullopt;
  }

  Set minimise(std::size_t order, Set constraints) {
    return delta_debug(std::move(constraints), [&](const Set& fewer) -> std::optional<Set> {
      if (!fails(order, fewer)) return std::nullopt;
      return used_;
    });
  }

  Set end_first(std::size_t order) const { return deviations_->end_first(orders_[order].run); }
  Set turned_round(std::size_t order) const { return deviations_->turned_round(orders_[order].run); }
  Set all_of_failing_run(std::size_t) const { return deviations_->all(); }

  void try_single(Set (Shrinker::*candidates)(std::size_t) const) {
    for (std::size_t order = 0; order < orders_.size(); ++order) {
      for (const Constraint& candidate : (this->*candidates)(order)) {
        if (!affordable()) return;
        if (fails(order, {candidate})) return keep(order, used_);
      }
    }
  }

  // Making the result plainer ----------------------------------------------------------------------------------------

  // Cancellations and jitter that the failure does not need go; then draws become as simple as they can be. Whether
  // anything changed.
  bool simplify_conditions() {
    const auto before = facts_of(conditions_);
    std::vector<Injection> all = conditions_.injections;
    conditions_.injections = delta_debug(
        std::move(all),
        [&](const std::vector<Injection>& fewer) {
          Conditions candidate = conditions_;
          candidate.injections = fewer;
          return still_fails(candidate) ? std::optional(fewer) : std::nullopt;
        },
        0);
    if (!conditions_.jitter.none()) {
      Conditions candidate = conditions_;
      candidate.jitter = TimerJitter();
      if (still_fails(candidate)) conditions_ = std::move(candidate);
    }
    simplify_draws();
    return facts_of(conditions_) != before;
  }

  // Under other conditions fewer of them may be enough. Whether any went.
  bool drop_constraints() {
    const std::size_t before = best_->constraints.size();
    if (before == 0) return false;
    best_->constraints = fails(best_->order, {}) ? Set() : minimise(best_->order, best_->constraints);
    return best_->constraints.size() < before;
  }

  void simplify_draws() {
    std::vector<Drawn> drawn;
    drawn_ = &drawn;
    run(best_->order, best_->constraints);
    drawn_ = nullptr;
    if (drawn.empty()) return;
    std::vector<DrawOverride> draws;
    for (const Drawn& each : drawn) {
      if (each.value != 0) draws.emplace_back(each);
    }
    Conditions plain = conditions_;
    plain.plain_draws = true;
    plain.draws = draws;
    if (draws.empty() || !still_fails(plain)) return;  // all of them are simple, or too many to say
    conditions_ = plain;
    conditions_.draws = delta_debug(
        std::move(draws),
        [&](const std::vector<DrawOverride>& fewer) {
          plain.draws = fewer;
          return still_fails(plain) ? std::optional(fewer) : std::nullopt;
        },
        0);
    for (std::size_t i = 0; i < conditions_.draws.size(); ++i) lower_draw(i);
  }

  // By halves, to the least value below which the failure goes away; where that is not one point, to one such value.
  void lower_draw(std::size_t place) {
    std::uint64_t passes = 0;
    while (conditions_.draws[place].value() - passes > 1 && affordable()) {
      Conditions candidate = conditions_;
      const std::uint64_t middle = std::midpoint(passes, candidate.draws[place].value());
      candidate.draws[place].set_value(middle);
      if (still_fails(candidate)) {
        conditions_ = std::move(candidate);
      } else {
        passes = middle;
      }
    }
  }

  // Whether the reduced run fails in the same way under these conditions.
  bool still_fails(Conditions candidate) {
    std::swap(conditions_, candidate);
    attempts_.clear();
    const bool failing = fails(best_->order, best_->constraints);
    attempts_.clear();
    std::swap(conditions_, candidate);
    return failing;
  }

  // A constraint that had to be given up has kept its second step back until nobody else could run: the step that ran
  // then says the same, and is kept.
  void mend() {
    const Attempt* const attempt = known(best_->order, best_->constraints);
    if (best_->constraints.empty() || (attempt != nullptr && attempt->all_kept)) return;
    RecordedRun record;
    run(best_->order, best_->constraints, &record);
    for (const Constraint& broken : strategy_.broken()) {
      const std::uint64_t given_up = record.log.when(broken.second);
      if (given_up < 2 || !affordable()) continue;
      Set mended = best_->constraints;
      std::replace(mended.begin(), mended.end(), broken, {record.log.name(given_up - 1), broken.second});
      std::sort(mended.begin(), mended.end());
      if (fails(best_->order, mended)) best_->constraints = used_;
    }
  }

  // Replaces a constraint between steps that have nothing in common by the race behind it: an earlier step of the first
  // task, a later one of the second.
  void weaken() {
    constexpr int kMostTries = 4;
    RecordedRun record;
    for (std::size_t i = 0; i < best_->constraints.size(); ++i) {
      const Constraint constraint = best_->constraints[i];
      if (is_race(failing_log_.log, constraint)) continue;
      if (record.log.size() == 0) run(best_->order, best_->constraints, &record);
      const RunLog& log = record.log;
      if (is_race(log, constraint)) continue;
      int tries = 0;
      for (const Constraint& race : races_within(log, constraint)) {
        if (++tries > kMostTries || !affordable()) break;
        Set weaker = best_->constraints;
        weaker[i] = race;
        std::sort(weaker.begin(), weaker.end());
        if (!fails(best_->order, weaker)) continue;
        best_->constraints = used_;
        record.clear();
        break;
      }
    }
  }

  static bool is_race(const RunLog& log, const Constraint& constraint) {
    const std::uint64_t first = log.when(constraint.first);
    const std::uint64_t second = log.when(constraint.second);
    return first != 0 && second != 0 && conflict(log[first], log[second]);
  }

  // Those that `constraint` implies, the closest first.
  static Set races_within(const RunLog& log, const Constraint& constraint) {
    Set races;
    for (std::uint32_t first = constraint.first.nth; first > 0; --first) {
      const std::uint64_t a = log.when({constraint.first.actor, first});
      if (a == 0) continue;
      for (std::uint32_t second = constraint.second.nth;; ++second) {
        const std::uint64_t b = log.when({constraint.second.actor, second});
        if (b == 0) break;
        if (conflict(log[a], log[b])) races.push_back({log.name(a), log.name(b)});
      }
    }
    return races;
  }

  const Program& program_;
  const RunResult& failing_;
  const ShrinkOptions& options_;
  Order order_;
  std::string signature_;
  Conditions conditions_;
  std::vector<Drawn>* drawn_ = nullptr;  // where the draws of the runs to come are collected
  Simulation simulation_;
  ConstrainedStrategy strategy_{DefaultOrder::Kind::kFifo, {}};
  RecordedRun failing_log_;
  std::optional<Deviations> deviations_;
  std::vector<Default> orders_;
  std::vector<Attempt> attempts_;
  Set used_;  // of the latest attempt
  std::optional<Found> best_;
  std::uint32_t budget_ = options_.runs_;
  Clock::time_point deadline_ = Clock::now() + options_.time_;
  std::uint32_t runs_ = 0;
  std::uint64_t steps_ = 0;
};

ShrinkResult shrink(const Program& program, const RunResult& failing, const ShrinkOptions& options) {
  return Shrinker(program, failing, options).shrink();
}

}  // namespace corosim::sim
