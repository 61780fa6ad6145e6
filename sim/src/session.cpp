#include "session.hpp"

#include <algorithm>
#include <utility>

#include <corosim/runtime/errors.hpp>
#include <corosim/sim/anchored_replay.hpp>
#include <corosim/sim/constraint_schedule.hpp>
#include <corosim/sim/program_main.hpp>
#include <corosim/traces/trace.hpp>

#include <fmt/format.h>

#include "report_json.hpp"

namespace corosim::sim {

namespace {
constexpr std::size_t kLongestScheduleToShow = 100;
}  // namespace

std::atomic<bool> interrupted = false;
static_assert(std::atomic<bool>::is_always_lock_free);

SessionResult Session::run() {
  result_ = SessionResult();
  result_.exit_code = do_as_asked();
  return std::move(result_);
}

int Session::do_as_asked() {
  switch (settings_.corpus.empty() ? CorpusAction::kFirst : settings_.corpus_action) {
    case CorpusAction::kFirst:
      break;
    case CorpusAction::kRun:
      return report_corpus(run_corpus());
    case CorpusAction::kAdd:
      return add_to_corpus();
    case CorpusAction::kPrune:
      return prune_corpus();
  }
  if (!settings_.replay.empty()) return report_single(run_schedule(settings_.replay));
  if (settings_.cancel_all) return cancel_everywhere();
  if (!settings_.explores()) {
    return report_single(run_seed(SeedSchedule(settings_.order, settings_.strategy, *settings_.seed)));
  }
  if (!settings_.corpus.empty()) {
    const CorpusRuns runs = run_corpus();
    if (runs.failed > 0) return report_corpus(runs);
  }
  return settings_.strategy == kExhaustive ? exhaust_orders() : explore_seeds();
}

// A single run is recorded straight into its file: where the program dies, what it did stands there. Unless only its
// last steps are asked for, which stand there once it has ended.
class Session::Recording {
 public:
  explicit Recording(const Settings& settings) {
    if (settings.trace.empty()) return;
    writer_.emplace(std::filesystem::path(settings.trace));
    if (settings.keep_steps.value_or(0) > 0) {
      recorder_.emplace(ring_.emplace(static_cast<std::size_t>(*settings.keep_steps)));
    } else {
      recorder_.emplace(*writer_).with_pasts();
    }
  }
  /// Null where nothing is to be recorded.
  Recorder* recorder() { return recorder_ ? &*recorder_ : nullptr; }
  /// The run has ended.
  void finish() {
    if (ring_) ring_->write(*writer_);
  }

 private:
  std::optional<traces::Writer> writer_;
  std::optional<StepRing> ring_;
  std::optional<Recorder> recorder_;
};

template <class Run>
Session::Single Session::recorded(Run run) const {
  Recording recording(settings_);
  Single single = run(recording.recorder());
  recording.finish();
  return single;
}

// What is to be run is read before a file is made.
Session::Single Session::run_schedule(const std::string& schedule) const {
  if (SeedSchedule::is_seed_schedule(schedule)) return run_seed(SeedSchedule::parse(schedule));
  Simulation simulation;
  if (ConstraintSchedule::is_constraint_schedule(schedule)) {
    const auto constraints = ConstraintSchedule::parse(schedule);
    return recorded([&](Recorder* recorder) -> Single {
      ConstraintReplay replayed = replay(simulation, program_, constraints, recorder, settings_.limits);
      return {std::move(replayed.result), std::move(replayed.lost), {}};
    });
  }
  if (Schedule::is_schedule(schedule)) {
    const auto decisions = Schedule::parse(schedule);
    return recorded([&](Recorder* recorder) -> Single {
      return {replay(simulation, program_, decisions, recorder, settings_.limits), {}, {}};
    });
  }
  if (!settings_.reanchor) {
    const TraceSchedule trace([&] { return traces::Reader(schedule); });
    return recorded([&](Recorder* recorder) -> Single {
      return {replay(simulation, program_, trace, recorder, settings_.limits), {}, {}};
    });
  }
  const traces::Trace trace = traces::Trace::open(schedule, traces::OnDamage::fail);
  return recorded([&](Recorder* recorder) -> Single {
    AnchoredReplay replayed = replay_anchored(simulation, program_, trace, recorder, settings_.limits);
    const std::string followed = replayed.text();
    return {std::move(replayed.result), {}, followed};
  });
}

Session::Single Session::run_seed(const SeedSchedule& schedule) const {
  const auto strategy = make_strategy(schedule.strategy());
  Simulation simulation;
  RunOptions options;
  options.order(schedule.order())
      .strategy(*strategy)
      .seed(schedule.seed())
      .limits(settings_.limits)
      .conditions(settings_.conditions);
  return recorded([&](Recorder* recorder) -> Single {
    if (recorder != nullptr) options.recorder(*recorder);
    return {simulation.run(program_, options), {}, {}};
  });
}

int Session::report_single(const Single& run) {
  const RunResult& result = run.result;
  ReportContext context;
  context.trace_path = settings_.trace;
  std::optional<Explanation> explanation;
  if (result.failed()) {
    explanation = explain(result, settings_.report.value_or(Report::kPlain));
    context.explanation = explanation ? &*explanation : nullptr;
  }
  const std::string schedule = schedule_for(result, context.explanation);
  if (!result.diverged()) context.replay_command = command_for(schedule);
  if (result.failed()) {
    note_failure(context.explanation != nullptr ? explanation->failing : result, schedule, settings_.trace);
  }
  const int code = result.failed()                          ? kFailureFound
                   : result.diverged() || !run.lost.empty() ? kNotDeterministic
                                                            : kPassed;
  if (settings_.json) {
    nlohmann::ordered_json json = json_of(result, context);
    json["program"] = program_.name();
    json["lost"] = run.lost;
    if (!run.followed.empty()) json["followed"] = run.followed;
    say("{}\n", json.dump(2));
    return code;
  }
  say("{}", result.failed() || result.diverged() ? render_failure(program_, result, context)
                                                 : render_passed(program_, result));
  if (!result.failed() && !result.diverged()) say("  replay   {}\n", context.replay_command);
  for (const std::string& lost : run.lost) say("  lost     {}\n", lost);
  if (!run.followed.empty()) say("  trace    {}\n", run.followed);
  const bool is_of_trace = !settings_.replay.empty() && !Schedule::is_schedule(settings_.replay);
  if (result.diverged() && is_of_trace) {
    say("  go on    COROSIM_REANCHOR=1, or corosim replay --reanchor, follows what is left of the trace after an "
        "edit\n");
  }
  if (code == kNotDeterministic && !run.lost.empty()) {
    say("The schedule could not be followed: the program changed since, or it is another one.\n");
  }
  return code;
}

std::optional<Explanation> Session::explain(const RunResult& failing, Report report) const {
  if (report == Report::kPlain) return std::nullopt;
  ExplainOptions options;
  options.limits(settings_.limits);
  if (report == Report::kShrunk) options.partner_runs(0).random_runs(0);
  return sim::explain(program_, failing, options);
}

std::string Session::schedule_for(const RunResult& result, const Explanation* explanation) const {
  if (explanation != nullptr && !explanation->schedule.empty()) return explanation->schedule;
  std::string schedule = schedule_of(program_, result).text();
  const auto names = strategy_names();
  const bool is_strategy = std::find(names.begin(), names.end(), result.strategy) != names.end();
  if (schedule.size() > kLongestScheduleToShow && result.conditions().none() && is_strategy &&
      !make_strategy(result.strategy)->learns()) {
    schedule = SeedSchedule(result.order, result.strategy, result.seed).text();
  }
  return schedule;
}

std::string Session::command_for(const std::string& schedule) const {
  // A run that failed because of a warning passes without this.
  const std::string warnings = settings_.limits.warnings() == Limits().warnings()
                                   ? std::string()
                                   : fmt::format("COROSIM_WARNINGS={} ", settings_.limits.warnings());
  return fmt::format("{}COROSIM_REPLAY={} {} {}", warnings, schedule, binary_, arguments_);
}

// Tests with parameters have slashes in their names.
std::string Session::file_name() const {
  std::string name = program_.name();
  std::replace(name.begin(), name.end(), '/', '-');
  return name;
}

void Session::note_failure(const RunResult& result, std::string schedule, std::string trace) {
  const auto* const failed = std::get_if<Failed>(&result.end);
  result_.failures.push_back(
      {result.seed, failed != nullptr ? failed->place : std::string(), std::move(schedule), std::move(trace)});
}

std::string Session::save_trace(const RunResult& result, Seed seed, std::string_view suffix) const {
  std::filesystem::create_directories(settings_.trace_dir);
  const auto path = settings_.trace_dir / fmt::format("{}-{:x}{}.trace", file_name(), seed, suffix);
  traces::write_file(path, record(program_, result, settings_.limits), traces::Existing::overwrite);
  return path.string();
}

}  // namespace corosim::sim
