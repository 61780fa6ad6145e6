// Two traces compared: what came out differently first, and what differs in the story of each task.
#pragma once

#include <array>
#include <corosim/traces/trace.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace corosim::traces {

/// In which way two runs differ at one place.
enum class DifferenceKind : std::uint8_t {
  missing,  // a task, or something that it did, is in one trace only
  order,    // both did it, but before or after something else
  value,    // another draw, mark, message or wait
  timing,   // the same at another virtual time
  outcome,  // a task or the run ended in another way
};
inline constexpr std::size_t kDifferenceKinds = 5;

std::string_view to_string(DifferenceKind kind);

/// One place where the stories part. A side where there is nothing has step 0 and no text.
struct Difference {
  struct Side {
    StepNumber step = 0;
    std::chrono::nanoseconds time{0};
    std::string text;
    bool operator==(const Side&) const = default;
  };
  DifferenceKind kind = DifferenceKind::missing;
  std::string task;  // its path
  Side left;
  Side right;
  bool operator==(const Difference&) const = default;
};

/// The first step at which the two runs did different things, all steps before being the same.
struct FirstDifference {
  struct Handle {
    std::string task;
    std::string site;
    bool is_chosen = false;
    bool operator==(const Handle&) const = default;
  };
  struct Side {
    StepNumber step = 0;  // 0 where this run had no further step
    std::chrono::nanoseconds time{0};
    std::uint32_t lanes = 0;    // that the step was chosen from
    std::vector<Handle> ready;  // in the same order on both sides where they are the same
    bool operator==(const Side&) const = default;
  };
  Side left;
  Side right;
  /// Both runs chose from more than one lane: the schedules part here, not the program.
  bool is_decision = false;
  bool operator==(const FirstDifference&) const = default;
};

/// A head line for one side of the comparison.
struct RunSummary {
  std::string path;
  std::string order;
  std::string strategy;
  std::uint64_t seed = 0;
  std::uint64_t steps = 0;
  std::string end;  // "completed", "failed: balance 1, expected 3", "cut short: …"
  Tail tail;
};

struct Diff {
  RunSummary left;
  RunSummary right;
  std::string verdict;  // one sentence
  std::optional<FirstDifference> first;
  std::vector<Difference> differences;                   // by step of the left side; at most `max_differences`
  std::array<std::uint64_t, kDifferenceKinds> counts{};  // of all, by kind
  /// Of long runs only a part is compared step by step, and all before it is the same: these steps of the left, and of
  /// the right.
  std::optional<std::pair<StepRange, StepRange>> compared;
  bool swapped = false;  // independent steps have changed places, which is no difference
  bool equal() const;
  std::uint64_t count(DifferenceKind kind) const { return counts[static_cast<std::size_t>(kind)]; }
};

struct DiffOptions {
  std::size_t max_differences = 1000;
  std::uint64_t max_steps = 1'000'000;  // of longer runs, so many are compared from where they part
};

/// Compares by task path and by what each task did where, not by step number: after the first difference the numbers
/// mean nothing. Runs that did the same things in the same order are equal, whatever their seeds, strategies and ready
/// sets. Where both traces tell what their steps came after (Pasts), swaps of independent steps are no difference
/// either, and one difference of order is told: the first two steps that had to keep theirs. Task paths that occur more
/// than once in a trace are told apart by order of birth. Memory: the traces and about 100 bytes for each of their
/// events.
Diff diff(const Trace& left, const Trace& right, const DiffOptions& options = {});

/// The same of traces of any length. Where one has more than `max_steps`, both are first read for where they part, and
/// compared step by step from there: memory is 16 bytes a step of either, and that of the comparison.
Diff diff(const OpenTrace& left, const OpenTrace& right, const DiffOptions& options = {});

}  // namespace corosim::traces
