#include "describe.hpp"

#include <fmt/format.h>

#include <string_view>
#include <variant>

namespace corosim::traces {

namespace {

std::string_view did(StepKind kind) {
  switch (kind) {
    case StepKind::task_start:
      return "started";
    case StepKind::task_resume:
      return "resumed";
    case StepKind::task_cancel:
      return "cancelled";
    case StepKind::callback:
      return "callback";
    case StepKind::timer:
      return "timer";
  }
  return "unknown";
}

std::string_view did(TaskEnd how) {
  switch (how) {
    case TaskEnd::result:
      return "ended";
    case TaskEnd::exception:
      return "ended with an exception";
    case TaskEnd::cancelled:
      return "ended cancelled";
  }
  return "unknown";
}

struct Describe {
  std::string& to;
  const Names& names;

  void add_text(const std::string& text) const {
    if (!text.empty()) to.append(": ").append(text);
  }
  void operator()(const TaskCreated& task) const {
    to.append("creates ").append(task.name);
    names.append_at(to, task.site);
  }
  void operator()(const Parked& parked) const { describe(to, names, parked); }
  void operator()(const TaskEnded& ended) const {
    to += did(ended.how);
    add_text(ended.text);
  }
  void operator()(const CancelRequested& cancel) const {
    to.append("asks ").append(names.task(cancel.task)).append(" to cancel");
    add_text(cancel.message);
  }
  void operator()(const Mark& mark) const { to.append("\"").append(mark.text).append("\""); }
  void operator()(const Draw& draw) const {
    to.append("drew ").append(draw.stream).append(" = ").append(fmt::format_int(draw.value).str());
  }
  void operator()(const LeftReady& left) const {
    to += fmt::format("{} was ready since step {} and never ran", names.task(left.task), left.cause);
  }
};

}  // namespace

void describe(std::string& to, const Names& names, const Step& step) {
  to += did(step.kind);
  names.append_at(to, step.site);
}

void describe(std::string& to, const Names& names, const Parked& parked) {
  to += "parked";
  if (!parked.wait.empty()) to.append(" for ").append(parked.wait);
  names.append_at(to, parked.site);
}

void describe(std::string& to, const Names& names, const Note& note) { std::visit(Describe{to, names}, note); }

}  // namespace corosim::traces
