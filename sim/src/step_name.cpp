#include <corosim/sim/step_name.hpp>

#include <string_view>

#include <corosim/runtime/task_state.hpp>

#include <fmt/format.h>

namespace corosim::sim {

std::string StepName::text() const { return fmt::format("{}.{}", actor, nth); }

std::string task_name(std::uint32_t id, const TaskTable& tasks) {
  constexpr std::string_view kMain = "main/";
  std::string path = tasks.path(id);
  if (path == "main") return path;
  return path.starts_with(kMain) ? path.substr(kMain.size()) : "/" + path;
}

std::string actor_name(const detail::Runnable& handle, const TaskTable& tasks) {
  if (const detail::TaskState* const task = handle.task()) {
    const std::string name = task_name(task->id(), tasks);
    return handle.kind() == HandleKind::kTimer ? name + "~timer" : name;
  }
  if (handle.kind() == HandleKind::kCallback && handle.lane != nullptr) return "callbacks";
  return fmt::format("~{:08x}", static_cast<std::uint32_t>(handle.identity()));
}

}  // namespace corosim::sim
