#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include <corosim/sim/explore.hpp>

namespace corosim::sim {

/// How far something long has come: one line that is rewritten on a terminal; elsewhere a plain line every ten seconds.
class ProgressLine {
 public:
  ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  /// Takes the line away.
  ~ProgressLine();

  /// Whether it is time for another line.
  bool due();
  void print(std::string_view text);
  std::chrono::duration<double> elapsed() const { return std::chrono::steady_clock::now() - started_; }

 private:
  bool terminal_;
  bool shown_ = false;
  std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point last_ = started_;
};

/// Of an exploration of so many runs, or of so much time, whichever is over first.
class ExploreProgress {
 public:
  ExploreProgress(std::optional<std::uint64_t> runs, std::optional<std::chrono::milliseconds> time)
      : runs_(runs), time_(time) {}
  void show(const ExploreResult& so_far);

 private:
  std::optional<std::uint64_t> runs_;
  std::optional<std::chrono::milliseconds> time_;
  ProgressLine line_;
};

/// Of an exhaustive search.
class ExhaustiveProgress {
 public:
  void show(std::uint64_t orders, double part);

 private:
  ProgressLine line_;
};

}  // namespace corosim::sim
