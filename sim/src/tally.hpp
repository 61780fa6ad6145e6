#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include <corosim/sim/explore.hpp>

namespace corosim::sim {

/// Hears of the runs of an exploration, and says which are wanted.
class RunSink {
 public:
  virtual ~RunSink() = default;
  /// Whether run `index` is to be made.
  virtual bool wants(std::uint64_t index) = 0;
  /// It was made. `order`: the hash of its partial order.
  virtual void ran(std::uint64_t index, RunResult run, std::uint64_t order) = 0;
};

/// Names what a run showed, a failure or a warning, the same in every process.
using FindingName = std::uint64_t;
FindingName name_of_failure(const RunResult& run);
FindingName name_of(const Warning& warning);

/// Adds up the runs of an exploration, in whichever order they come, and decides when it is over.
class Tally final : public RunSink {
 public:
  explicit Tally(const ExploreOptions& options);

  /// Runs from here on are not wanted. Only ever falls.
  std::uint64_t end() const { return end_; }
  bool wants(std::uint64_t index) override;
  void ran(std::uint64_t index, RunResult run, std::uint64_t order) override;

  // What ran() says, in parts:
  void count(std::uint64_t order, std::uint64_t steps, const std::vector<std::uint32_t>& marks);
  void found(std::uint64_t index, RunResult run);  // something that fails or warns
  void found_again(FindingName name);              // after found() of it

  /// Looks at the clock, and calls the progress function, if it is time to.
  void tick();
  /// All runs below were made.
  void done_below(std::uint64_t index) { result_.next = index; }
  ExploreResult take();

 private:
  using Clock = std::chrono::steady_clock;

  struct Found {
    bool is_failure;
    std::size_t place;  // in the result's failures or warnings
  };
  void stop() { end_ = 0; }
  void add_failure(std::uint64_t index, RunResult&& run);
  void add_warning(const RunResult& run, const Warning& warning);

  const ExploreOptions& options_;
  Clock::time_point started_ = Clock::now();
  Clock::time_point reported_ = started_;
  std::uint64_t end_;
  std::unordered_map<FindingName, Found> found_;
  MarkCounter marks_;
  ExploreResult result_;  // failures and warnings in the order in which they were heard of
};

}  // namespace corosim::sim
