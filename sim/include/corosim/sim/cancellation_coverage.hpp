#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <corosim/runtime/task_state.hpp>
#include <corosim/sim/run_result.hpp>

namespace corosim::sim {

/// A column of the coverage matrix: when a cancellation met a wait, as a person asks.
enum class CancelledWhen : std::uint8_t { kBefore, kDuring, kAfterResume, kTwice, kUnderShield };
inline constexpr std::size_t kCancelledWhenCount = 5;
/// "before", "during", "after resume", "twice", "under shield".
std::string_view to_string(CancelledWhen when);
/// The column in which a cancellation at this moment counts; kUnderShield counts beside it.
CancelledWhen column_of(Moment moment);

/// One `co_await` of the program, or a task's start: what cancellations it has met. Where a task waits inside of nested
/// coroutines, the `co_await` of each of them waits, and a cancellation passes all of them.
struct SiteCoverage {
  std::string file;  // without its folders
  std::uint32_t line = 0;
  std::string function;              // empty where only the source says that there is a co_await
  std::uint64_t reached = 0;         // different waits of tasks that were at this site
  bool reached_uncancelled = false;  // also in a run without a cancellation; false of what only runs after one
  std::array<std::uint64_t, kCancelledWhenCount> cancelled{};  // runs, by CancelledWhen

  std::uint64_t cancelled_when(CancelledWhen when) const { return cancelled[static_cast<std::size_t>(when)]; }
};

/// The coverage matrix: rows are await sites, ordered by file and line; columns are what happened there.
class CancellationCoverage {
 public:
  /// Adds a row for each line of `source` that has a co_await and is no comment: what is never reached shows too.
  /// Throws std::system_error where the file cannot be read.
  void expect_sites_of(const std::filesystem::path& source);
  /// A wait with this await stack was seen for the first time.
  void add_wait(const std::vector<StackFrame>& stack, bool uncancelled_run);
  /// A run cancelled a task in such a wait.
  void add_cancellation(const Injected& injected);

  std::vector<SiteCoverage> rows() const;
  /// The row of that place; null where there is none. With several functions in one line, the first.
  const SiteCoverage* find(std::string_view file, std::uint32_t line) const;
  /// As a table for a terminal; `-` for none.
  std::string render() const;

 private:
  SiteCoverage& row(const StackFrame& frame);

  std::map<std::pair<std::string, std::uint32_t>, std::map<std::string, SiteCoverage>> rows_;  // by function
};

}  // namespace corosim::sim
