#include <corosim/runtime/call_graph.hpp>

#include <set>

namespace corosim {

namespace {

void append_graph(const detail::TaskState& task, std::size_t indent, std::set<std::uint32_t>& seen, std::string& text) {
  const std::string space(indent, ' ');
  text += fmt::format("* Task \"{}\"\n", task.name());
  if (!seen.insert(task.id()).second) return;  // its own lines stand above
  const std::vector<StackFrame> stack = task.stack();
  for (auto frame = stack.rbegin(); frame != stack.rend(); ++frame) {
    text += fmt::format("{}  + {} at {}\n", space, frame->function.function(), frame->awaiting.text());
  }
  const EventLoop& loop = task.loop();
  for (const detail::TaskState* other = loop.first_task(); other != nullptr; other = loop.next_task(*other)) {
    if (other->parked() == nullptr || other->parked()->awaited_future() != &task.future()) continue;
    text += fmt::format("{}  awaited by ", space);
    append_graph(*other, indent + 2, seen, text);
  }
}

}  // namespace

std::string format_call_graph(const AnyTask& task) {
  std::string text;
  std::set<std::uint32_t> seen;
  append_graph(*task.state()->as_task(), 0, seen, text);
  return text;
}

void print_call_graph() {
  const std::optional<AnyTask> task = current_task();
  if (!task) throw RuntimeError("print_call_graph: no task is running");
  fmt::print("{}", format_call_graph(*task));
}

}  // namespace corosim
