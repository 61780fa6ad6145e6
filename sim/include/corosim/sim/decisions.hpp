#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include <corosim/runtime/time.hpp>
#include <corosim/sim/task_name.hpp>

namespace corosim::sim {

/// What is decided besides the order of steps. Each kind is a stream of its own for each task and callback, so that one
/// draw more shifts no other kind's, and nobody else's. A decision is a number from 0 up, and the less the simpler: 0
/// is the low bound, no extra latency, no jitter, `false`.
enum class DrawKind : std::uint8_t {
  kRandom,    // random_int(): above its low bound
  kChance,    // chance(): 1 where it came true
  kLatency,   // latency(), random_duration(): nanoseconds above the shortest
  kJitter,    // of a timer; see TimerJitter
  kExecutor,  // a job of to_thread(): microseconds above the shortest
};
inline constexpr std::array<DrawKind, 5> kAllDrawKinds{DrawKind::kRandom, DrawKind::kChance, DrawKind::kLatency,
                                                       DrawKind::kJitter, DrawKind::kExecutor};
/// "random", "chance", ...: the name of the stream in a trace.
std::string_view to_string(DrawKind kind);

/// A decision that was taken.
struct Drawn {
  DrawKind kind;
  std::uint64_t drawer;  // the path hash of the task, or the callback's name
  std::uint32_t nth;     // of the drawer's decisions of that kind, from 1
  std::uint64_t bound;   // the value is below; 0 for 2^64
  std::uint64_t value;
};

/// Has one decision come out as said, whatever the seed says. A shrinker lowers them one by one; one that is not come
/// to has no effect, and one that is too large gives the largest value that is possible.
class DrawOverride {
 public:
  DrawOverride(TaskName drawer, DrawKind kind, std::uint32_t nth, std::uint64_t value);
  explicit DrawOverride(const Drawn& drawn);

  const TaskName& drawer() const { return drawer_; }
  DrawKind kind() const { return kind_; }
  std::uint32_t nth() const { return nth_; }
  std::uint64_t value() const { return value_; }
  void set_value(std::uint64_t value) { value_ = value; }
  void set_drawer(TaskName drawer) { drawer_ = std::move(drawer); }

  /// "main/deposit#2@3:latency=1000".
  std::string text() const;
  /// Throws ValueError, naming what was expected.
  static DrawOverride parse(std::string_view text);

 private:
  TaskName drawer_;
  DrawKind kind_;
  std::uint32_t nth_;
  std::uint64_t value_;
};

/// How far from its time a timer may fire. Half of the timers are exact; the others are early or late by any number of
/// nanoseconds within the bounds, each with equal probability, and never earlier than at once. As a decision, d up to
/// `late` is d late, and beyond that d - late early.
class TimerJitter {
 public:
  /// None.
  TimerJitter() = default;
  /// Throws ValueError where a bound is negative, or above an hour.
  TimerJitter(Duration early, Duration late);
  Duration early() const { return early_; }
  Duration late() const { return late_; }
  bool none() const { return early_ == Duration::zero() && late_ == Duration::zero(); }

  /// How much later a timer fires where this was decided; negative for earlier.
  Duration offset(std::uint64_t decision) const;
  /// Decisions are below.
  std::uint64_t bound() const { return static_cast<std::uint64_t>((early_ + late_).count()) + 1; }

  /// "early 100 us, late 2 ms" in nanoseconds: "100000,2000000".
  std::string text() const;
  static TimerJitter parse(std::string_view text);

 private:
  Duration early_{};
  Duration late_{};
};

}  // namespace corosim::sim
