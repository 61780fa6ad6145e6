#include <corosim/traces/outline.hpp>

#include <fmt/format.h>

#include <type_traits>
#include <utility>
#include <variant>

#include "each_event.hpp"
#include "names.hpp"

namespace corosim::traces {

namespace {

// What stands in the index already need not be read.
void add_totals(Outline& outline, const std::vector<ChunkSummary>& index) {
  for (const ChunkSummary& chunk : index) {
    outline.last_step = chunk.steps_before + chunk.steps;
    outline.steps += chunk.steps;
    outline.decisions += chunk.decisions;
    outline.loop_steps = outline.loop_steps || chunk.loop_steps;
  }
}

void count(Outline& outline, const Step& step) {
  outline.last_step = step.number;
  ++outline.steps;
  if (step.is_decision()) ++outline.decisions;
  outline.loop_steps = outline.loop_steps || step.task == kNoTask;
}

void add(Outline& outline, Event&& event) {
  std::visit(
      [&outline]<typename Kind>(Kind& happened) {
        if constexpr (std::is_same_v<Kind, RunInfo>) {
          outline.run = std::move(happened);
        } else if constexpr (std::is_same_v<Kind, TaskCreated>) {
          outline.tasks.push_back(std::move(happened));
        } else if constexpr (std::is_same_v<Kind, LeftReady>) {
          outline.left.push_back(happened);
        } else if constexpr (std::is_same_v<Kind, RunEnded>) {
          outline.end = std::move(happened);
        }
      },
      event);
}

}  // namespace

std::string task_name(const std::vector<TaskCreated>& tasks, TaskId task) {
  if (task == kNoTask) return std::string(kLoopName);
  if (task > tasks.size()) return fmt::format("task {}", task);
  return tasks[task - 1].name;
}

Outline read_outline(Reader reader) {
  Outline outline;
  outline.path = reader.path();
  add_totals(outline, reader.index());
  const bool has_index = !reader.index().empty();
  reader.choose_chunks([](const ChunkSummary& chunk) { return chunk.ends; });
  outline.tail = each_event(reader, [&](Event&& event) {
    const auto* const step = std::get_if<Step>(&event);
    if (step == nullptr) return add(outline, std::move(event));
    if (!has_index) count(outline, *step);
  });
  outline.sites = reader.sites();
  return outline;
}

}  // namespace corosim::traces
