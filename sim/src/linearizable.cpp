#include <corosim/linearizable.hpp>

#include <corosim/sim/world.hpp>

namespace corosim::detail {

Caller current_caller() {
  const sim::World* const world = sim::World::current();
  if (world == nullptr) return {};
  const TaskState* const task = running_loop != nullptr ? running_loop->current_task() : nullptr;
  return {task != nullptr ? world->tasks().path(task->id()) : std::string("(callback)"), world->steps()};
}

std::string history_table(const std::vector<HistoryRow>& rows) {
  std::size_t task = 4;
  std::size_t operation = 9;
  for (const HistoryRow& row : rows) {
    task = std::max(task, row.task.size());
    operation = std::max(operation, row.text.size());
  }
  std::string text = fmt::format("\n  called  returned  {:{}}  operation\n", "task", task);
  for (const HistoryRow& row : rows) {
    text += fmt::format("  {:6}  {:>8}  {:{}}  {}", row.invoked_step,
                        row.returned_step ? fmt::format("{}", *row.returned_step) : "never", row.task, task, row.text);
    text += row.is_last ? fmt::format("{:{}}   <- no order explains this\n", "", operation - row.text.size()) : "\n";
  }
  return text;
}

}  // namespace corosim::detail
