#include "tally.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include <corosim/sim/failure_signature.hpp>

namespace corosim::sim {

namespace {

constexpr std::chrono::milliseconds kTimeBetweenReports{100};

FindingName name_of_text(std::uint64_t kind, std::string_view text) {
  std::uint64_t name = mix(kind);
  for (const char c : text) name = mix(name ^ static_cast<unsigned char>(c));
  return name;
}

}  // namespace

FindingName name_of_failure(const RunResult& run) { return name_of_text(1, failure_signature(run)); }
FindingName name_of(const Warning& warning) { return name_of_text(2, warning.what + "\n" + warning.place); }

Tally::Tally(const ExploreOptions& options) : options_(options), end_(options.runs_) {}

bool Tally::wants(std::uint64_t index) {
  tick();
  return index < end_;
}

void Tally::ran(std::uint64_t index, RunResult run, std::uint64_t order) {
  count(order, run.steps, run.marks);
  done_below(index + 1);
  if (run.failed() && options_.on_failure_) options_.on_failure_(run);
  if (run.failed() || !run.warnings.empty()) found(index, std::move(run));
}

void Tally::count(std::uint64_t order, std::uint64_t steps, const std::vector<std::uint32_t>& marks) {
  ++result_.runs;
  result_.steps += steps;
  result_.orders.add(order);
  marks_.add(marks);
}

void Tally::found(std::uint64_t index, RunResult run) {
  for (const Warning& warning : run.warnings) add_warning(run, warning);
  if (run.failed()) add_failure(index, std::move(run));
}

void Tally::add_failure(std::uint64_t index, RunResult&& run) {
  ++result_.failing_runs;
  std::vector<ExploredFailure>& all = result_.failures;
  const auto [known, is_new] = found_.try_emplace(name_of_failure(run), Found{true, all.size()});
  if (is_new) {
    std::string signature = failure_signature(run);
    all.push_back({std::move(run), std::move(signature), index + 1});
  } else {
    ExploredFailure& failure = all[known->second.place];
    ++failure.runs;
    if (index + 1 < failure.found_after) {  // another process was here first, but not with the first run
      failure.found_after = index + 1;
      failure.run = std::move(run);
    }
  }
  if (all.size() < options_.failures_) return;
  std::vector<std::uint64_t> ends;
  for (const ExploredFailure& failure : all) ends.push_back(failure.found_after);
  std::sort(ends.begin(), ends.end());
  end_ = std::min(end_, ends[static_cast<std::size_t>(options_.failures_) - 1]);
}

void Tally::add_warning(const RunResult& run, const Warning& warning) {
  const auto [known, is_new] = found_.try_emplace(name_of(warning), Found{false, result_.warnings.size()});
  if (is_new) {
    result_.warnings.push_back({warning, run.seed});
    return;
  }
  ExploredWarning& known_warning = result_.warnings[known->second.place];
  ++known_warning.runs;
  if (run.seed < known_warning.seed) {
    known_warning.warning = warning;
    known_warning.seed = run.seed;
  }
}

void Tally::found_again(FindingName name) {
  const Found& known = found_.at(name);
  if (known.is_failure) {
    ++result_.failing_runs;
    ++result_.failures[known.place].runs;
  } else {
    ++result_.warnings[known.place].runs;
  }
}

void Tally::tick() {
  if (!options_.time_ && !options_.progress_) return;
  const auto now = Clock::now();
  if (options_.time_ && now - started_ >= *options_.time_ && end_ != 0) {
    result_.out_of_time = true;
    stop();
  }
  if (!options_.progress_ || now - reported_ < kTimeBetweenReports) return;
  reported_ = now;
  result_.took = now - started_;
  if (!options_.progress_(result_)) {
    result_.interrupted = true;
    stop();
  }
}

ExploreResult Tally::take() {
  std::vector<ExploredFailure>& failures = result_.failures;
  std::sort(failures.begin(), failures.end(),
            [](const auto& a, const auto& b) { return a.found_after < b.found_after; });
  if (failures.size() > options_.failures_) failures.resize(static_cast<std::size_t>(options_.failures_));
  std::sort(result_.warnings.begin(), result_.warnings.end(),
            [](const ExploredWarning& a, const ExploredWarning& b) { return a.seed < b.seed; });
  result_.marks = marks_.counts();
  result_.took = Clock::now() - started_;
  return std::move(result_);
}

}  // namespace corosim::sim
