#include "wait_cycle.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace corosim::sim {

namespace {

const StoppedTask* find_task(const std::vector<StoppedTask>& tasks, const std::string& path) {
  const auto found =
      std::find_if(tasks.begin(), tasks.end(), [&](const StoppedTask& task) { return task.path == path; });
  return found == tasks.end() ? nullptr : &*found;
}

}  // namespace

std::vector<const StoppedTask*> wait_cycle(const std::vector<StoppedTask>& tasks) {
  for (const StoppedTask& start : tasks) {
    std::vector<const StoppedTask*> chain;
    const StoppedTask* task = &start;
    while (task != nullptr && std::find(chain.begin(), chain.end(), task) == chain.end()) {
      chain.push_back(task);
      task = task->holder.empty() ? nullptr : find_task(tasks, task->holder);
    }
    if (task == &start) return chain;
  }
  return {};
}

std::string wait_cycle_text(const std::vector<StoppedTask>& tasks) {
  const auto cycle = wait_cycle(tasks);
  if (cycle.empty()) return {};
  if (cycle.size() == 1) return fmt::format("{} waits for {} itself", cycle[0]->path, cycle[0]->waits_for);
  std::string text = cycle[0]->path;
  for (const StoppedTask* task : cycle) {
    text += fmt::format("{} waits for {}", task == cycle[0] ? "" : ", which", task->waits_for);
  }
  return text;
}

}  // namespace corosim::sim
