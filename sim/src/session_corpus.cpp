#include <corosim/runtime/errors.hpp>
#include <corosim/sim/failure_signature.hpp>
#include <corosim/sim/program_main.hpp>

#include <fmt/format.h>

#include "corpus.hpp"
#include "session.hpp"

namespace corosim::sim {

Session::CorpusRuns Session::run_corpus() {
  CorpusRuns runs;
  for (const Corpus::Entry& entry : Corpus::read(settings_.corpus).of(program_.name())) {
    const Single run = run_schedule(entry.schedule);
    if (run.result.failed()) {
      ++runs.failed;
      ReportContext context;
      context.replay_command = command_for(entry.schedule);
      say("{}\n", render_failure(program_, run.result, context));
    } else if (run.result.diverged() || !run.lost.empty()) {
      ++runs.lost;
      say("{}: not followed any more: {}\n", program_.name(), entry.schedule);
      for (const std::string& lost : run.lost) say("  lost     {}\n", lost);
    } else {
      ++runs.passed;
    }
  }
  return runs;
}

int Session::report_corpus(const CorpusRuns& runs) {
  say("{}: corpus {}: {} passed, {} failed, {} could not be followed\n", program_.name(), settings_.corpus.string(),
      runs.passed, runs.failed, runs.lost);
  if (runs.lost > 0) say("  corosim corpus prune {} -- {} removes those\n", settings_.corpus.string(), binary_);
  return runs.failed > 0 ? kFailureFound : kPassed;
}

int Session::add_to_corpus() {
  const Single run = run_schedule(settings_.replay);
  if (!run.result.failed()) {
    say("{}: not added: the run does not fail\n", program_.name());
    return run.result.diverged() ? kNotDeterministic : kUsage;
  }
  const auto explanation = explain(run.result, Report::kShrunk);
  const std::string schedule = schedule_for(run.result, explanation ? &*explanation : nullptr);
  Corpus corpus = Corpus::read(settings_.corpus);
  const bool is_new = corpus.add({program_.name(), schedule, failure_signature(run.result)});
  if (is_new) corpus.write();
  say("{}: {} {}: {}\n  {}\n", program_.name(), is_new ? "added to" : "stands already in", settings_.corpus.string(),
      schedule, failure_signature(run.result));
  return kPassed;
}

int Session::prune_corpus() {
  Corpus corpus = Corpus::read(settings_.corpus);
  std::size_t removed = 0;
  for (const Corpus::Entry& entry : corpus.of(program_.name())) {
    const Single run = run_schedule(entry.schedule);
    if (!run.result.diverged() && run.lost.empty()) continue;
    corpus.remove(entry);
    ++removed;
    say("{}: removed {}\n", program_.name(), entry.schedule);
    for (const std::string& lost : run.lost) say("  lost     {}\n", lost);
  }
  if (removed > 0) corpus.write();
  say("{}: corpus {}: {} removed, {} left\n", program_.name(), settings_.corpus.string(), removed,
      corpus.of(program_.name()).size());
  return kPassed;
}

}  // namespace corosim::sim
