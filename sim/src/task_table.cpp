#include <corosim/sim/task_table.hpp>

#include <corosim/runtime/assert.hpp>

#include <fmt/format.h>

namespace corosim::sim {

void TaskTable::clear() {
  tasks_.clear();
  counts_.clear();
  counted_ = 0;
}

void TaskTable::add(const detail::TaskState& task) {
  COROSIM_ASSERT_CMP(task.id(), ==, tasks_.size() + 1);
  tasks_.push_back({task.parent_id(), task.function(), 0});
}

std::uint32_t TaskTable::ordinal(std::uint32_t id) const {
  for (; counted_ < id; ++counted_) {
    const Entry& entry = tasks_[counted_];
    entry.ordinal = ++counts_[{entry.parent, entry.function.function()}];
  }
  return tasks_[id - 1].ordinal;
}

bool TaskTable::is_named(const detail::TaskState& task, const TaskName& name) const {
  return name.path_hash() != 0 ? name.path_hash() == task.path_hash() : name.path() == path(task.id());
}

std::string TaskTable::path(std::uint32_t id) const {
  COROSIM_ASSERT(id >= 1 && id <= tasks_.size());
  const Entry& entry = tasks_[id - 1];
  if (id == 1) return "main";
  const std::string own = fmt::format("{}#{}", entry.function.function(), ordinal(id));
  return entry.parent == 0 ? own : path(entry.parent) + "/" + own;
}

}  // namespace corosim::sim
