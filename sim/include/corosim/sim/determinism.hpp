#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <corosim/sim/simulation.hpp>

/// The check of the one promise that all else rests on: the same decisions give the same run. Where they do not,
/// something outside of the simulation decides, and the first step that shows it is found.

namespace corosim::sim {

/// A step, for people.
struct StepPlace {
  std::uint64_t number = 0;
  std::string task;   // "main/deposit#2"; "(loop)" for a callback
  std::string place;  // where it went on: "bank.cpp:14"; empty where that is not known
  Duration time{};
};

/// Two runs of the same decisions that came out differently, and where they parted.
struct Nondeterminism {
  /// How a run came out.
  struct Outcome {
    std::string end;  // "failed: check failed: ..."
    std::uint64_t steps = 0;
    std::uint64_t hash = 0;
  };
  enum class Kind : std::uint8_t {
    kEveryRun,   // two recorded runs differ: `step`, `once` and `again` say where and how
    kFirstOnly,  // all runs after the first are the same: `step` is the first that is known to differ
  };

  std::string run;  // "bank · seed 0x2a · order legal · strategy random"
  Outcome first;
  Outcome second;
  Kind kind = Kind::kEveryRun;
  std::uint64_t runs = 0;  // that were compared
  std::uint64_t last_equal =
      0;             // step up to whose end nothing differs; step.number - 1 where that one is known exactly
  StepPlace step;    // the first that differs; its task, place and time are those of one of the runs
  StepPlace origin;  // in which that was decided: `step`, or an earlier one that made it ready
  std::string once;  // what `step` was or did, as far as it differs
  std::string again;
  std::vector<StepPlace> between;  // of a later run, where the first is only known to differ by `step`: each task and
                                   // place from last_equal on, once
  std::string first_trace;         // a file with the last steps of the first run; empty where they were not kept

  /// Several lines, for the person who has to mend the program. Ends without a newline.
  std::string text() const;
};

/// A run did not come out the same when it was run again. what() is the finding's text().
class NotDeterministic : public std::runtime_error {
 public:
  /// Told by another process.
  explicit NotDeterministic(const std::string& text) : std::runtime_error(text) {}
  explicit NotDeterministic(Nondeterminism finding)
      : std::runtime_error(finding.text()), finding_(std::move(finding)) {}
  /// Empty where another process told.
  const Nondeterminism& finding() const { return finding_; }

 private:
  Nondeterminism finding_;
};

/// The run that `found` was, once more: its decisions themselves, as a strategy that learns would take others. `found`
/// must outlive it.
RunOptions same_again(const RunResult& found, const Limits& limits);

/// Whether two runs of the same decisions are the same run: hash, steps, decisions and end. Of a run that real time cut
/// short, as far as it went. Addresses in the text of a failure are not compared: they decide nothing.
bool is_same_run(const RunResult& found, const RunResult& again);

/// Runs `found` once more and compares. Costs one run where nothing differs; a few recorded ones where something does.
std::optional<Nondeterminism> compare_again(Simulation& simulation, const Program& program, const RunResult& found,
                                            const Limits& limits = Limits());
/// The same, where that has to hold. Throws NotDeterministic.
void require_deterministic(Simulation& simulation, const Program& program, const RunResult& found,
                           const Limits& limits = Limits());
/// `again` was the run of same_again(). Throws NotDeterministic where it is not `found`.
void require_same(const Program& program, const RunResult& found, const RunResult& again,
                  const Limits& limits = Limits());

}  // namespace corosim::sim
