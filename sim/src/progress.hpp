#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include <corosim/sim/explore.hpp>

namespace corosim::sim {

/// How far an exploration has come: one line that is rewritten on a terminal; elsewhere a plain line every ten seconds.
class Progress {
 public:
  /// Of so many runs, or of so much time, whichever is over first.
  Progress(std::optional<std::uint64_t> runs, std::optional<std::chrono::milliseconds> time);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  /// Takes the line away.
  ~Progress();

  void show(const ExploreResult& so_far);

 private:
  std::optional<std::uint64_t> runs_;
  std::optional<std::chrono::milliseconds> time_;
  bool terminal_;
  bool shown_ = false;
  std::chrono::duration<double> last_{};
};

}  // namespace corosim::sim
