#include "trace_commands.hpp"

#include <algorithm>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include <corosim/sim/program_main.hpp>
#include <corosim/traces/diff.hpp>
#include <corosim/traces/outline.hpp>
#include <corosim/traces/render.hpp>
#include <corosim/traces/statistics.hpp>

#include <fmt/format.h>

#include "diff_json.hpp"
#include "statistics_json.hpp"
#include "terminal.hpp"

namespace corosim::tools {

bool check_complete(const std::string& path, const traces::Tail& tail) {
  switch (tail.kind) {
    case traces::Tail::Kind::complete:
      return true;
    case traces::Tail::Kind::damaged:  // the text is the reader's error
      print_error(tail.text);
      return false;
    default:
      print_error(fmt::format("{}: byte {}: {}", path, tail.offset, tail.text));
      return false;
  }
}

namespace {

void check_task(const std::vector<traces::TaskCreated>& tasks, const std::string& task) {
  const auto matches = [&task](const traces::TaskCreated& created) {
    return created.name.find(task) != std::string::npos;
  };
  if (task.empty() || std::any_of(tasks.begin(), tasks.end(), matches)) return;
  constexpr std::size_t kMost = 10;
  std::string paths;
  for (std::size_t i = 0; i < std::min(tasks.size(), kMost); ++i) paths += (i == 0 ? "" : ", ") + tasks[i].name;
  print_note(fmt::format("no task's path contains '{}'; the trace has {} tasks: {}{}", task, tasks.size(), paths,
                         tasks.size() > kMost ? ", ..." : ""));
}

void show_why(const traces::OpenTrace& open, const traces::Outline& outline, const Show& request) {
  const std::string causes = traces::render_causes(open, outline, *request.why, {use_color(request.color)});
  if (causes.empty()) {
    const std::string asked = fmt::format("{}: --why {}: ", outline.path, *request.why);
    if (outline.steps == 0) throw std::runtime_error(asked + "the trace has no step");
    throw std::runtime_error(fmt::format("{}expected a step of the trace, {} to {}", asked,
                                         outline.last_step - outline.steps + 1, outline.last_step));
  }
  print(causes);
}

void show_tree(const traces::OpenTrace& open, const traces::Outline& outline, const Show& request) {
  print(traces::render_tree(open, outline, {request.task, use_color(request.color)}));
  check_task(outline.tasks, request.task);
}

void show_story(const traces::OpenTrace& open, const traces::Outline& outline, const Show& request) {
  traces::StoryOptions options;
  options.task = request.task;
  options.site = request.site;
  options.kinds = request.kinds;
  options.first_step = request.first_step;
  options.last_step = request.last_step;
  options.since = request.since;
  options.until = request.until;
  options.layout = request.columns ? traces::StoryLayout::columns : traces::StoryLayout::merged;
  options.color = use_color(request.color);
  traces::render_story(open, outline, print, options);
  check_task(outline.tasks, request.task);
}

}  // namespace

int show(const Show& request) {
  const auto open = [&request] { return traces::Reader(std::filesystem::path(request.trace)); };
  const traces::Outline outline = traces::read_outline(open());
  if (request.why) {
    show_why(open, outline, request);
  } else if (request.tree) {
    show_tree(open, outline, request);
  } else {
    show_story(open, outline, request);
  }
  return check_complete(outline.path, outline.tail) ? sim::kPassed : sim::kUsage;
}

int diff(const Diff& request) {
  const auto left = [&request] { return traces::Reader(std::filesystem::path(request.left)); };
  const auto right = [&request] { return traces::Reader(std::filesystem::path(request.right)); };
  traces::DiffOptions options;
  options.max_differences = request.max_differences;
  const traces::Diff found = traces::diff(left, right, options);
  traces::DiffRenderOptions render_options;
  render_options.max_differences = request.max_differences;
  render_options.color = use_color(request.color);
  print(request.json ? diff_json(found) : traces::render_diff(found, render_options));
  const bool left_complete = check_complete(found.left.path, found.left.tail);
  const bool right_complete = check_complete(found.right.path, found.right.tail);
  if (!left_complete || !right_complete) return sim::kUsage;
  return found.equal() ? sim::kPassed : sim::kFailureFound;
}

int stats(const Stats& request) {
  const traces::Statistics found = traces::statistics(traces::Reader(std::filesystem::path(request.trace)));
  traces::StatisticsRenderOptions options;
  options.max_rows = request.max_rows;
  options.color = use_color(request.color);
  print(request.json ? statistics_json(found) : traces::render_statistics(found, options));
  return check_complete(found.path, found.tail) ? sim::kPassed : sim::kUsage;
}

}  // namespace corosim::tools
