#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <corosim/runtime/site.hpp>
#include <corosim/runtime/task_state.hpp>
#include <corosim/sim/task_name.hpp>

namespace corosim::sim {

/// The tasks of a run by number, and their paths: `main`, and for others the path of the task that made them, their
/// coroutine's function and which of those it is, as in `main/deposit#2`. A path depends on nothing but how the task
/// was spawned.
class TaskTable {
 public:
  void clear();
  void add(const detail::TaskState& task);
  std::size_t size() const { return tasks_.size(); }
  /// REQUIRES: `id` is from 1 to size().
  std::string path(std::uint32_t id) const;
  /// The task that made it; 0 for none. REQUIRES: as path().
  std::uint32_t parent(std::uint32_t id) const { return tasks_[id - 1].parent; }
  /// Whether `name` is that task's: by its hash, where that is known.
  bool is_named(const detail::TaskState& task, const TaskName& name) const;

 private:
  struct Entry {
    std::uint32_t parent;
    FunctionSite function;
    mutable std::uint32_t ordinal;  // among its siblings of that function; 0 until asked for
  };
  std::uint32_t ordinal(std::uint32_t id) const;

  std::vector<Entry> tasks_;  // task n at n - 1
  // (parent, function) -> how many were counted; filled up to counted_ when a path is asked for.
  mutable std::map<std::pair<std::uint32_t, std::string_view>, std::uint32_t> counts_;
  mutable std::size_t counted_ = 0;
};

}  // namespace corosim::sim
