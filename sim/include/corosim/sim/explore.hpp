#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <corosim/sim/determinism.hpp>
#include <corosim/sim/marks.hpp>
#include <corosim/sim/order_counter.hpp>
#include <corosim/sim/simulation.hpp>

namespace corosim::sim {

/// The part of an exploration that one of several machines takes: number `index` of `count`, from 1.
struct Shard {
  std::uint64_t index = 1;
  std::uint64_t count = 1;

  /// "2/5".
  std::string text() const;
  /// Throws ValueError, naming what was expected.
  static Shard parse(std::string_view text);
};

/// What an exploration tries, and when it stops.
class ExploreOptions {
 public:
  ExploreOptions() = default;
  /// Seeds first_seed, first_seed + 1, ...; of a shard, each `count`-th of them.
  ExploreOptions& first_seed(Seed value) {
    first_seed_ = value;
    return *this;
  }
  /// The number of runs at most.
  ExploreOptions& runs(std::uint64_t value) {
    runs_ = value;
    return *this;
  }
  /// The real time at most.
  ExploreOptions& time(std::chrono::milliseconds value) {
    time_ = value;
    return *this;
  }
  ExploreOptions& order(Order value) {
    order_ = value;
    return *this;
  }
  ExploreOptions& strategy(std::string value) {
    strategy_ = std::move(value);
    return *this;
  }
  ExploreOptions& limits(const Limits& value) {
    limits_ = value;
    return *this;
  }
  /// In every run.
  ExploreOptions& conditions(const Conditions& value) {
    conditions_ = value;
    return *this;
  }
  /// Stop when so many different failures were found, told apart by failure_signature(); by default at the first.
  ExploreOptions& failures(std::uint64_t value) {
    failures_ = value;
    return *this;
  }
  /// Run in so many processes of their own, which are forked here; with 0, the default, in this one. What is found
  /// depends on the number, because each process learns for itself, and on nothing else.
  ///
  /// REQUIRES: no other thread runs, unless it is 0.
  ExploreOptions& jobs(std::uint32_t value) {
    jobs_ = value;
    return *this;
  }
  ExploreOptions& shard(const Shard& value) {
    shard_ = value;
    return *this;
  }
  /// Leave out the first runs, which an earlier exploration made.
  ExploreOptions& skip(std::uint64_t runs) {
    skip_ = runs;
    return *this;
  }
  /// Keep the last steps of each run until it is known that it can be repeated. Those of a run that came out
  /// differently are saved as a trace in `file`, in place of what is there; NotDeterministic names it. 0, the default:
  /// none.
  ExploreOptions& keep_steps(std::size_t steps, std::filesystem::path file) {
    keep_steps_ = steps;
    kept_file_ = std::move(file);
    return *this;
  }
  /// Called with each run that fails. Not where runs are made in processes of their own.
  ExploreOptions& on_failure(std::function<void(const RunResult&)> value) {
    on_failure_ = std::move(value);
    return *this;
  }
  /// Called now and then with what was found so far; false stops the exploration.
  ExploreOptions& progress(std::function<bool(const struct ExploreResult&)> value) {
    progress_ = std::move(value);
    return *this;
  }

 private:
  friend class Explorer;
  friend class Tally;
  friend class Processes;
  friend struct ExploreResult explore(const Program& program, const ExploreOptions& options);

  /// The seed of run `index`, from 0.
  Seed seed(std::uint64_t index) const { return first_seed_ + shard_.index - 1 + index * shard_.count; }

  Seed first_seed_ = 0;
  std::uint64_t runs_ = 1000;
  std::optional<std::chrono::milliseconds> time_;
  Order order_ = Order::kLegal;
  std::string strategy_ = "portfolio";
  Limits limits_;
  Conditions conditions_;
  std::uint64_t failures_ = 1;
  std::uint32_t jobs_ = 0;
  Shard shard_;
  std::uint64_t skip_ = 0;
  std::size_t keep_steps_ = 0;
  std::filesystem::path kept_file_;
  std::function<void(const RunResult&)> on_failure_;
  std::function<bool(const ExploreResult&)> progress_;
};

/// A failure, in the first run that showed it.
struct ExploredFailure {
  RunResult run;
  std::string signature;
  std::uint64_t found_after = 0;  // runs, it included
  std::uint64_t runs = 1;         // how many failed so
};

/// A warning, in the first run that gave it.
struct ExploredWarning {
  Warning warning;
  Seed seed = 0;
  std::uint64_t runs = 1;  // how many gave it
};

/// What an exploration found.
struct ExploreResult {
  std::uint64_t runs = 0;
  std::uint64_t steps = 0;                // of all runs
  std::vector<ExploredFailure> failures;  // different ones, by the order of their first runs
  std::uint64_t failing_runs = 0;
  OrderCounter orders;
  std::vector<ExploredWarning> warnings;  // in the order of their seeds, each once
  std::vector<MarkCount> marks;           // all that the program declares, those that no run came to as well
  std::chrono::duration<double> took{};
  bool interrupted = false;  // by the progress function
  bool out_of_time = false;
  std::uint64_t next = 0;  // all runs before this one were made: what to skip when it goes on
};

/// Runs `program` once for each seed. Every failing run is made again, and of the others each 64th: NotDeterministic is
/// thrown where one comes out differently, ProgramCrashed where the program took one of the processes down.
ExploreResult explore(const Program& program, const ExploreOptions& options = ExploreOptions());

/// Runs `found` again, recording it. Throws NotDeterministic when it comes out differently.
std::vector<std::byte> record(const Program& program, const RunResult& found, const Limits& limits = Limits());

/// A run in which the program took its process down: a segmentation fault, an abort, a sanitizer's report, exit().
struct CrashedRun {
  std::string how;  // "killed by signal 11 (Segmentation fault)"
  Order order = Order::kLegal;
  Seed seed = 0;
  Conditions conditions;
  std::uint64_t found_after = 0;         // runs, it included
  std::uint64_t steps = 0;               // the last one did not come to its end; 0: it did not crash again
  std::vector<std::uint32_t> decisions;  // of the steps
};

/// The program under test crashed.
class ProgramCrashed : public std::runtime_error {
 public:
  explicit ProgramCrashed(CrashedRun run)
      : std::runtime_error("the program crashed: " + run.how), run_(std::move(run)) {}
  const CrashedRun& run() const { return run_; }

 private:
  CrashedRun run_;
};

}  // namespace corosim::sim
