#pragma once

#include <compare>
#include <cstdint>
#include <string>

#include <corosim/runtime/runnable.hpp>
#include <corosim/sim/task_table.hpp>

namespace corosim::sim {

/// A step by whose it is and how many that one took before: the same step in every schedule that has it.
struct StepName {
  std::string actor;      // as actor_name() says
  std::uint32_t nth = 0;  // from 1

  /// "deposit#2.3".
  std::string text() const;
  auto operator<=>(const StepName&) const = default;
};

/// The name of whoever's step `handle` is, the same in every schedule in which it exists:
///
///     deposit#2         a task, by its path below the main task: the second deposit that main has made
///     serve#1/query#3   the third query that serve#1 has made
///     main              the main task
///     /audit#1          a task that was made outside of any task
///     deposit#2~timer   the timer behind a task's sleep
///     callbacks         the callbacks of the loop, where they keep their order
///     ~9f3a12c4         another callback or timer, by a hash of who made it and how many it had made before
std::string actor_name(const detail::Runnable& handle, const TaskTable& tasks);
/// The same of a task of the run under way, by its number.
std::string task_name(std::uint32_t id, const TaskTable& tasks);

}  // namespace corosim::sim
