#include <corosim/sim/simulated_run.hpp>

#include <algorithm>
#include <chrono>

#include <corosim/runtime/assert.hpp>
#include <corosim/sim/determinism.hpp>
#include <corosim/sim/explanation.hpp>
#include <corosim/sim/explore.hpp>
#include <corosim/sim/report.hpp>

#include <fmt/format.h>

namespace corosim::sim {

namespace {

// A generator of test data that shrinks asks for a report of each run that still fails.
constexpr std::chrono::milliseconds kTimeToExplain{500};

// Lists each cancellation that the run could have.
class Places final : public WaitObserver {
 public:
  void reached(const WaitReached& wait) override {
    for (const Moment moment : kAllMoments) {
      if (has_moment(wait.wait, moment)) all_.emplace_back(wait.path(), wait.wait, moment);
    }
  }
  const std::vector<Injection>& all() const { return all_; }

 private:
  std::vector<Injection> all_;
};

}  // namespace

std::string SimulatedRun::text() const {
  std::string text;
  if (!segments) text += "any of the plain schedules; ";
  for (const Segment& segment : segments.value_or(std::vector<Segment>())) {
    text += fmt::format("task {} takes {} step{}, ", segment.task, segment.steps, segment.steps == 1 ? "" : "s");
  }
  if (segments) text += fmt::format("{}in the order of becoming ready; ", segments->empty() ? "" : "then ");
  text += seed == 0 ? "draws are plain" : fmt::format("draws of seed {:#x}", seed);
  if (!jitter.none()) {
    text += fmt::format("; timers up to {} early and {} late", text_of(jitter.early()), text_of(jitter.late()));
  }
  for (const Cancellation& cancellation : cancellations) text += fmt::format("; cancellation {}", cancellation.place);
  return text;
}

void SegmentStrategy::begin(Seed) {
  met_.clear();
  next_ = 0;
  left_ = 0;
}

std::size_t SegmentStrategy::pick(const ReadySet& ready) {
  note(ready);
  const auto place_of = [&](Actor actor) {
    std::size_t place = 0;
    while (place < ready.size() && ready.actor(place) != actor) ++place;
    return place;
  };
  std::size_t place = left_ > 0 ? place_of(actor_) : ready.size();
  if (place == ready.size()) {  // the segment is at its end, or its task blocks
    left_ = 0;
    if (next_ == segments_.size() || ready.size() == 1) return 0;
    const Segment& segment = segments_[next_++];
    actor_ = actor_of(segment, ready);
    left_ = std::max<std::uint32_t>(segment.steps, 1);
    place = place_of(actor_);
  }
  --left_;
  return place;
}

void SegmentStrategy::note(const ReadySet& ready) {
  for (std::size_t place = 0; place < ready.size(); ++place) {
    const Actor actor = ready.actor(place);
    if (std::find(met_.begin(), met_.end(), actor) == met_.end()) met_.push_back(actor);
  }
}

Actor SegmentStrategy::actor_of(const Segment& segment, const ReadySet& ready) const {
  if (segment.task < met_.size()) {
    for (std::size_t place = 0; place < ready.size(); ++place) {
      if (ready.actor(place) == met_[segment.task]) return met_[segment.task];
    }
  }
  COROSIM_ASSERT(!ready.empty());
  return ready[segment.task % ready.size()].actor;
}

const std::vector<std::vector<Segment>>& plain_schedules() {
  static const std::vector<std::vector<Segment>> all = [] {
    constexpr std::uint32_t kTasks = 6;
    constexpr std::uint32_t kSteps = 8;
    constexpr std::size_t kMixed = 200;
    std::vector<std::vector<Segment>> schedules{{}};
    for (std::uint32_t steps = 1; steps <= kSteps; ++steps) {
      for (std::uint32_t task = 1; task <= kTasks; ++task) schedules.push_back({{task, steps}});
    }
    Random random(0, kScheduleStream);
    for (std::size_t i = 0; i < kMixed; ++i) {
      std::vector<Segment>& mixed = schedules.emplace_back();
      for (std::size_t count = 2 + i * kTasks / kMixed; count > 0; --count) {
        mixed.push_back({static_cast<std::uint32_t>(1 + random.below(kTasks)),
                         static_cast<std::uint32_t>(1 + random.below(kSteps))});
      }
    }
    return schedules;
  }();
  return all;
}

namespace {

// Where a cancellation can be made is known only from a run without it.
RunResult run_with(const Program& program, const SimulatedRun& run, const std::vector<Segment>& segments, Order order,
                   const Limits& limits) {
  SegmentStrategy strategy(segments);
  Conditions conditions;
  conditions.jitter = run.jitter;
  conditions.plain_draws = run.seed == 0;
  RunOptions options;
  options.order(order).strategy(strategy).seed(run.seed).limits(limits);
  for (const Cancellation& cancellation : run.cancellations) {
    Places places;
    Simulation simulation;
    const RunResult before = simulation.run(program, RunOptions(options).conditions(conditions).waits(places));
    if (before.failed() || places.all().empty()) break;
    conditions.injections.push_back(places.all()[cancellation.place % places.all().size()]);
  }
  Simulation simulation;
  return simulation.run(program, options.conditions(conditions));
}

}  // namespace

RunResult run(const Program& program, const SimulatedRun& run, Order order, const Limits& limits) {
  if (run.segments) return run_with(program, run, *run.segments, order, limits);
  RunResult result;
  for (const std::vector<Segment>& segments : plain_schedules()) {
    result = run_with(program, run, segments, order, limits);
    if (result.failed()) break;
  }
  return result;
}

std::string report(const Program& program, const RunResult& failing, const Limits& limits,
                   const std::filesystem::path& trace) {
  Simulation simulation;
  require_deterministic(simulation, program, failing, limits);
  ExplainOptions options;
  options.shrink(ShrinkOptions().time(kTimeToExplain)).limits(limits).time(kTimeToExplain);
  const Explanation explanation = explain(program, failing, options);
  ReportContext context;
  context.explanation = &explanation;
  if (!trace.empty()) {
    if (trace.has_parent_path()) std::filesystem::create_directories(trace.parent_path());
    traces::write_file(trace, record(program, explanation.failing, limits), traces::Existing::overwrite);
    context.trace_path = trace.string();
  }
  return render_failure(program, failing, context);
}

}  // namespace corosim::sim
