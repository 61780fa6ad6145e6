#include <corosim/traces/outline.hpp>

#include <type_traits>
#include <utility>
#include <variant>

#include "each_event.hpp"

namespace corosim::traces {

namespace {

void add(Outline& outline, Event&& event) {
  std::visit(
      [&outline]<typename Kind>(Kind& happened) {
        if constexpr (std::is_same_v<Kind, Step>) {
          outline.last_step = happened.number;
          ++outline.steps;
          if (happened.is_decision()) ++outline.decisions;
          outline.loop_steps = outline.loop_steps || happened.task == kNoTask;
        } else if constexpr (std::is_same_v<Kind, RunInfo>) {
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

Outline read_outline(Reader reader) {
  Outline outline;
  outline.path = reader.path();
  outline.tail = each_event(reader, [&outline](Event&& event) { add(outline, std::move(event)); });
  outline.sites = reader.sites();
  return outline;
}

}  // namespace corosim::traces
