#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <corosim/runtime/runnable.hpp>
#include <corosim/runtime/site.hpp>
#include <corosim/runtime/time.hpp>
#include <corosim/sim/flat_map.hpp>
#include <corosim/sim/task_table.hpp>

namespace corosim::sim {

class ReadySet;

/// What a run that came to no end was doing at the last: going round, or leaving somebody out.
struct LastSteps {
  static constexpr std::size_t kMost = 8;

  /// Steps of one task from one place on.
  struct Busy {
    std::string task;   // "main/poll#1"; "a callback"
    std::string place;  // "poll.cpp:14"
    std::uint64_t steps = 0;
  };
  /// A lane that was ready and not chosen, by far longer than chance would have it.
  struct Starved {
    std::string task;
    std::string place;
    std::uint64_t since = 0;  // the step that made it ready, or the first at which that is known
  };

  std::uint64_t watched = 0;    // so many last steps were looked at; 0: none
  std::vector<Busy> busy;       // who took steps in the last quarter of them, with all its watched steps; most first
  std::uint64_t busy_more = 0;  // beyond kMost
  Busy other;  // who else took the latest step before that quarter, a task if there is one; `steps` is its number, 0:
               // nobody
  Duration time_from{};  // virtual, at the first and the last of the watched
  Duration time_to{};
  std::vector<Starved> starved;  // the first kMost, longest first

  bool is_unfair() const { return !starved.empty(); }
};

/// Counts who takes the steps of the last part of a run: of its latter half, where it comes close to a limit.
class LastStepsCounter {
 public:
  void begin() { is_on_ = false; }
  /// Step `number` is about to run. The first one of a run, or since begin(), starts the count.
  void add(std::uint64_t number, const detail::Runnable& handle, TimePoint now);
  /// What the run was doing, which has taken `steps` and has these lanes ready.
  LastSteps result(std::uint64_t steps, const ReadySet& ready, const TaskTable& tasks) const;

 private:
  struct Entry {
    std::uint32_t task = 0;  // 0: a callback
    Site where;
    std::uint64_t steps = 0;
    std::uint64_t latest = 0;
  };
  std::vector<LastSteps::Starved> starved(std::uint64_t steps, const ReadySet& ready, const TaskTable& tasks) const;

  bool is_on_ = false;
  std::uint64_t first_ = 0;  // step
  TimePoint first_time_{};
  TimePoint time_{};
  std::uint64_t first_at_time_ = 0;  // watched step
  FlatMap<std::uint32_t> places_;    // by task and place: of entries_, from 1
  std::vector<Entry> entries_;       // the first kMostEntries
};

}  // namespace corosim::sim
