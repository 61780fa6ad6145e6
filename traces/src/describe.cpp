#include "describe.hpp"

#include <fmt/format.h>

#include <variant>

namespace corosim::traces {

namespace {

std::string at(const Names& names, SiteId site) {
  const std::string name = names.site(site);
  return name.empty() ? name : " at " + name;
}

}  // namespace

std::string describe(const Names& names, const Step& step) {
  switch (step.kind) {
    case StepKind::task_start:
      return "started" + at(names, step.site);
    case StepKind::task_resume:
      return "resumed" + at(names, step.site);
    case StepKind::task_cancel:
      return "cancelled" + at(names, step.site);
    case StepKind::callback:
      return "callback" + at(names, step.site);
    case StepKind::timer:
      return "timer" + at(names, step.site);
  }
  return "unknown";
}

std::string describe(const Names& names, const Parked& parked) {
  return (parked.wait.empty() ? std::string("parked") : "parked for " + parked.wait) + at(names, parked.site);
}

std::string describe(const Names& names, const Note& note) {
  struct Describe {
    const Names& names;
    std::string operator()(const TaskCreated& task) const { return "creates " + task.name + at(names, task.site); }
    std::string operator()(const Parked& parked) const { return describe(names, parked); }
    std::string operator()(const TaskEnded& ended) const {
      const std::string words = ended.how == TaskEnd::result      ? "ended"
                                : ended.how == TaskEnd::exception ? "ended with an exception"
                                                                  : "ended cancelled";
      return ended.text.empty() ? words : words + ": " + ended.text;
    }
    std::string operator()(const CancelRequested& cancel) const {
      const std::string words = "asks " + names.task(cancel.task) + " to cancel";
      return cancel.message.empty() ? words : words + ": " + cancel.message;
    }
    std::string operator()(const Mark& mark) const { return fmt::format("\"{}\"", mark.text); }
    std::string operator()(const Draw& draw) const { return fmt::format("drew {} = {}", draw.stream, draw.value); }
    std::string operator()(const LeftReady& left) const {
      return fmt::format("{} was ready since step {} and never ran", names.task(left.task), left.cause);
    }
  };
  return std::visit(Describe{names}, note);
}

}  // namespace corosim::traces
