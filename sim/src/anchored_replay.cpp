#include <corosim/sim/anchored_replay.hpp>

#include <algorithm>
#include <cstdint>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include <corosim/runtime/task_state.hpp>
#include <corosim/sim/flat_map.hpp>
#include <corosim/sim/replay.hpp>

#include <fmt/format.h>

#include "line_match.hpp"

namespace corosim::sim {

namespace {

using Function = std::pair<std::string, std::string>;  // file and name

constexpr std::size_t kNoStep = static_cast<std::size_t>(-1);

// What goes on where: steps of a task are one actor's however they came about, its timers another's.
enum class Actor : std::uint8_t { kTask, kTimer, kCallback };

Actor actor_of(traces::StepKind kind) {
  if (kind == traces::StepKind::timer) return Actor::kTimer;
  return kind == traces::StepKind::callback ? Actor::kCallback : Actor::kTask;
}

std::uint64_t name_of(std::uint64_t path_hash, Actor actor, std::uint32_t site) {
  return mix(path_hash + mix(std::uint64_t{site} << 8 | static_cast<std::uint64_t>(actor)));
}

// The steps of a trace by their anchors.
class Anchors {
 public:
  explicit Anchors(const traces::Trace& trace) : trace_(trace) {
    for (traces::SiteId site = 1; site < trace.sites().size(); ++site) {
      const traces::Site& known = trace.sites()[site];
      sites_[{known.file, known.function}].emplace(known.line, site);
    }
    FlatMap<std::uint32_t> visits;
    for (std::size_t i = 0; i < trace.steps().size(); ++i) {
      const traces::Step& step = trace.steps()[i];
      const std::uint64_t path = step.task == traces::kNoTask ? 0 : trace.tasks()[step.task - 1].path_hash;
      const std::uint64_t place = name_of(path, actor_of(step.kind), step.site);
      visits_.push_back(++visits[place]);
      steps_[mix(place + visits_.back())] = i + 1;
    }
  }

  /// Its index; kNoStep where there is none.
  std::size_t step(std::uint64_t place, std::uint32_t visit) {
    const std::size_t* const found = steps_.find(mix(place + visit));
    return found != nullptr ? *found - 1 : kNoStep;
  }
  const std::map<Function, std::map<std::uint32_t, traces::SiteId>>& sites() const { return sites_; }
  std::string describe(std::size_t index) const {
    const traces::Step& step = trace_.steps()[index];
    const std::string site = trace_.site_name(step.site);
    return fmt::format("step {}, {}{}{}", step.number, trace_.task_name(step.task), site.empty() ? "" : " at ", site) +
           (visits_[index] > 1 ? fmt::format(", time {} there", visits_[index]) : std::string());
  }

 private:
  const traces::Trace& trace_;
  std::map<Function, std::map<std::uint32_t, traces::SiteId>> sites_;  // by line
  std::vector<std::uint32_t> visits_;                                  // by step index
  FlatMap<std::size_t> steps_;                                         // anchor -> index + 1
};

// Takes, of the lanes that are ready, the one whose step came first in the trace.
class AnchoredStrategy final : public Strategy {
 public:
  explicit AnchoredStrategy(Anchors& anchors) : anchors_(anchors) {}

  std::string_view name() const override { return "anchored"; }
  bool picks_always() const override { return true; }
  bool sees_actors() const override { return false; }

  void begin(Seed) override {
    visits_ = FlatMap<std::uint32_t>();
    ranks_.assign(1, 0);
    taken_.clear();
  }

  std::size_t pick(const ReadySet& ready) override {
    std::size_t best = 0;
    Candidate chosen = look_at(ready[0]);
    for (std::size_t place = 1; place < ready.size(); ++place) {
      const Candidate candidate = look_at(ready[place]);
      if (candidate.rank >= chosen.rank) continue;
      best = place;
      chosen = candidate;
    }
    ++visits_[chosen.place];
    ranks_.push_back(chosen.rank);
    if (chosen.step != kNoStep) taken_.push_back(chosen.step);
    return best;
  }

  /// The steps of the trace that the latest run took, in its order.
  const std::vector<std::size_t>& taken() const { return taken_; }
  /// Learns which of the trace's sites those are that the runs so far have met. False where nothing is new.
  bool match_sites() {
    if (!met_new_site_) return false;
    met_new_site_ = false;
    for (auto& [function, lines] : met_) {
      std::vector<std::uint32_t> now;
      for (const auto& [line, site] : lines) now.push_back(line);
      std::vector<std::uint32_t> before;
      const auto recorded = anchors_.sites().find(function);
      if (recorded == anchors_.sites().end()) continue;
      for (const auto& [line, site] : recorded->second) before.push_back(line);
      for (auto& [line, site] : lines) site = kUnmatched;
      for (const auto& [then, line] : match_lines(before, now)) lines[line] = recorded->second.at(then);
    }
    return true;
  }

 private:
  static constexpr traces::SiteId kUnmatched = static_cast<traces::SiteId>(-1);
  // Twice the place in the trace, from 1; those behind an odd one have no place of their own.
  using Rank = std::uint64_t;
  struct Candidate {
    Rank rank;
    std::uint64_t place;
    std::size_t step;
  };

  Candidate look_at(const detail::Runnable& handle) {
    const detail::TaskState* const task = handle.task();
    const std::uint64_t place = name_of(task != nullptr ? task->path_hash() : 0,
                                        actor_of(step_kind(handle.kind(), task)), site_of(handle.site()));
    const std::uint32_t* const visits = visits_.find(place);
    const std::size_t step = anchors_.step(place, 1 + (visits != nullptr ? *visits : 0));
    const Rank after_cause = ranks_[static_cast<std::size_t>(handle.cause)] | 1;
    return {step != kNoStep ? 2 * (step + 1) : after_cause, place, step};
  }

  traces::SiteId site_of(const Site& site) {
    if (!site.known()) return traces::kUnknownSite;
    // Where the program keeps a site's file only finds it sooner.
    const auto file = reinterpret_cast<std::uintptr_t>(site.location().file_name());
    traces::SiteId*& known = known_[mix(file + mix(std::uint64_t{site.line()} << 32 | site.location().column()))];
    if (known == nullptr) {
      auto& lines = met_[{std::string(site.file()), std::string(site.function())}];
      const auto [entry, is_new] = lines.emplace(site.line(), kUnmatched);
      met_new_site_ = met_new_site_ || is_new;
      known = &entry->second;
    }
    return *known;
  }

  Anchors& anchors_;
  std::map<Function, std::map<std::uint32_t, traces::SiteId>> met_;  // line -> the site in the trace
  FlatMap<traces::SiteId*> known_;                                   // its values
  bool met_new_site_ = false;
  FlatMap<std::uint32_t> visits_;  // of places, in the run under way
  std::vector<Rank> ranks_;        // by step of the run under way; 0 before the first
  std::vector<std::size_t> taken_;
};

}  // namespace

std::string AnchoredReplay::text() const {
  std::string text = followed == recorded ? fmt::format("followed all {} recorded steps", recorded)
                                          : fmt::format("followed {} of {} recorded steps", followed, recorded);
  if (reordered > 0) text += fmt::format(", {} in another order", reordered);
  if (!first_lost.empty()) text += "; the first lost is " + first_lost;
  return text;
}

AnchoredReplay replay_anchored(Simulation& simulation, const Program& program, const traces::Trace& trace,
                               Recorder* recorder, const Limits& limits) {
  require_followable(program, trace.run(), trace.steps().empty() ? 1 : trace.steps().front().number);
  Anchors anchors(trace);
  AnchoredStrategy strategy(anchors);
  RunOptions options;
  options.order(parse_order(trace.run().order))
      .seed(trace.run().seed)
      .strategy(strategy)
      .conditions(conditions_of(trace.run().extra))
      .limits(limits);
  // Which site is which shows in a run, and a run that knows more of them may come to others.
  constexpr int kMostRehearsals = 5;
  for (int rehearsal = 0; rehearsal < kMostRehearsals; ++rehearsal) {
    simulation.run(program, options);
    if (!strategy.match_sites()) break;
  }
  if (recorder != nullptr) options.recorder(*recorder);
  AnchoredReplay replay;
  replay.result = simulation.run(program, options);
  replay.recorded = trace.steps().size();
  replay.followed = strategy.taken().size();
  std::vector<bool> taken(trace.steps().size());
  std::size_t latest = 0;
  for (const std::size_t step : strategy.taken()) {
    taken[step] = true;
    if (step < latest) ++replay.reordered;
    latest = std::max(latest, step);
  }
  const auto lost = std::find(taken.begin(), taken.end(), false);
  if (lost != taken.end()) replay.first_lost = anchors.describe(static_cast<std::size_t>(lost - taken.begin()));
  return replay;
}

}  // namespace corosim::sim
