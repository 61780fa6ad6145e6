#include <corosim/sim/cancellation_coverage.hpp>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <system_error>

#include <fmt/format.h>

namespace corosim::sim {

namespace {

// A coroutine that has not run yet waits where it was written.
Site place_of(const StackFrame& frame) { return frame.awaiting.known() ? frame.awaiting : frame.function; }

}  // namespace

std::string_view to_string(CancelledWhen when) {
  switch (when) {
    case CancelledWhen::kBefore:
      return "before";
    case CancelledWhen::kDuring:
      return "during";
    case CancelledWhen::kAfterResume:
      return "after resume";
    case CancelledWhen::kTwice:
      return "twice";
    case CancelledWhen::kUnderShield:
      return "under shield";
  }
  return "?";
}

CancelledWhen column_of(Moment moment) {
  switch (moment) {
    case Moment::kUnstarted:
    case Moment::kParked:
    case Moment::kIdle:
      return CancelledWhen::kBefore;
    case Moment::kWoken:
    case Moment::kResuming:
      return CancelledWhen::kDuring;
    case Moment::kResumed:
      return CancelledWhen::kAfterResume;
    case Moment::kTwice:
    case Moment::kAgain:
      return CancelledWhen::kTwice;
  }
  return CancelledWhen::kBefore;
}

void CancellationCoverage::expect_sites_of(const std::filesystem::path& source) {
  std::ifstream in(source);
  if (!in) throw std::system_error(errno, std::generic_category(), fmt::format("cannot read '{}'", source.string()));
  std::string text;
  for (std::uint32_t line = 1; std::getline(in, text); ++line) {
    const auto found = text.find("co_await");
    if (found == std::string::npos || found > text.find("//")) continue;
    const std::string file = source.filename().string();
    auto& functions = rows_[{file, line}];
    if (functions.empty()) functions[""] = {file, line, "", 0, false, {}};
  }
}

SiteCoverage& CancellationCoverage::row(const StackFrame& frame) {
  const Site place = place_of(frame);
  const std::string file(place.file());
  const std::string function(frame.function.function());
  auto& functions = rows_[{file, place.line()}];
  if (functions.contains("")) {  // the source's row, whose function was not known
    auto row = functions.extract("");
    row.key() = function;
    row.mapped().function = function;
    functions.insert(std::move(row));
  }
  return functions.try_emplace(function, SiteCoverage{file, place.line(), function, 0, false, {}}).first->second;
}

void CancellationCoverage::add_wait(const std::vector<StackFrame>& stack, bool uncancelled_run) {
  for (const StackFrame& frame : stack) {
    SiteCoverage& site = row(frame);
    ++site.reached;
    site.reached_uncancelled = site.reached_uncancelled || uncancelled_run;
  }
}

void CancellationCoverage::add_cancellation(const Injected& injected) {
  if (injected.requests == 0) return;
  const bool twice = column_of(injected.injection.moment()) == CancelledWhen::kTwice;
  // A second request that found no wait any more leaves a plain one.
  const CancelledWhen when =
      twice && injected.requests < 2 ? CancelledWhen::kBefore : column_of(injected.injection.moment());
  for (const StackFrame& frame : injected.stack) {
    SiteCoverage& site = row(frame);
    ++site.cancelled[static_cast<std::size_t>(when)];
    if (injected.shielded) ++site.cancelled[static_cast<std::size_t>(CancelledWhen::kUnderShield)];
  }
}

std::vector<SiteCoverage> CancellationCoverage::rows() const {
  std::vector<SiteCoverage> all;
  for (const auto& [place, functions] : rows_) {
    for (const auto& [function, site] : functions) all.push_back(site);
  }
  return all;
}

const SiteCoverage* CancellationCoverage::find(std::string_view file, std::uint32_t line) const {
  const auto found = rows_.find({std::string(file), line});
  return found != rows_.end() ? &found->second.begin()->second : nullptr;
}

std::string CancellationCoverage::render() const {
  constexpr std::string_view kSite = "await site";
  const std::vector<SiteCoverage> all = rows();
  const auto name = [](const SiteCoverage& site) {
    return fmt::format("{}:{}{}{}", site.file, site.line, site.function.empty() ? "" : "  ", site.function);
  };
  std::size_t width = kSite.size();
  for (const SiteCoverage& site : all) width = std::max(width, name(site).size());
  std::string text = fmt::format("{:<{}}  {:>11}", kSite, width, "reached");
  for (std::size_t i = 0; i < kCancelledWhenCount; ++i) {
    text += fmt::format("  {:>12}", to_string(static_cast<CancelledWhen>(i)));
  }
  text += '\n';
  for (const SiteCoverage& site : all) {
    // What only runs after a cancellation is marked: nothing else tests it.
    const std::string reached = site.reached == 0
                                    ? std::string("not reached")
                                    : fmt::format("{}{}", site.reached, site.reached_uncancelled ? "" : "*");
    text += fmt::format("{:<{}}  {:>11}", name(site), width, reached);
    for (const std::uint64_t count : site.cancelled) {
      text += fmt::format("  {:>12}", count == 0 ? std::string("-") : fmt::format("{}", count));
    }
    text += '\n';
  }
  if (std::any_of(all.begin(), all.end(),
                  [](const auto& site) { return site.reached > 0 && !site.reached_uncancelled; })) {
    text += "* reached only in runs with a cancellation\n";
  }
  return text;
}

}  // namespace corosim::sim
