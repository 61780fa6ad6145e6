#include "lanes.hpp"

#include <corosim/traces/hash.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <unordered_map>
#include <utility>
#include <variant>

namespace corosim::traces {

namespace {

/// What an item's shape begins with, so that a mark is never taken for a draw.
enum class ItemKind : std::uint8_t { step, parked, ended, cancel, mark, draw };

std::string base_name(const std::string& file) {
  const std::size_t slash = file.find_last_of("/\\");
  return slash == std::string::npos ? file : file.substr(slash + 1);
}

/// The sites of one function: line to id, in order of lines.
using FunctionSites = std::map<std::uint32_t, SiteId>;
using SitesByFunction = std::map<std::pair<std::string, std::string>, FunctionSites>;

SitesByFunction by_function(const Trace& trace) {
  SitesByFunction functions;
  for (SiteId id = 1; id < trace.sites().size(); ++id) {
    const Site& site = trace.sites()[id];
    functions[{base_name(site.file), site.function}].emplace(site.line, id);
  }
  return functions;
}

void translate_sites(const Trace& left, const Trace& right, Lanes& lanes) {
  const SitesByFunction left_functions = by_function(left);
  const SitesByFunction right_functions = by_function(right);
  const auto number = [](const SitesByFunction& functions, const SitesByFunction& others,
                         std::vector<std::uint64_t>& numbers) {
    for (const auto& [function, sites] : functions) {
      const auto found = others.find(function);
      const bool by_rank = found != others.end() && found->second.size() == sites.size();
      std::uint64_t rank = 0;
      for (const auto& [line, id] : sites) {
        const std::uint64_t place = mix(mix(1, function.first), function.second);
        numbers[id] = by_rank ? mix(place, rank++) : mix(mix(place, "line"), std::uint64_t{line});
      }
    }
  };
  lanes.left.site.resize(left.sites().size());
  lanes.right.site.resize(right.sites().size());
  number(left_functions, right_functions, lanes.left.site);
  number(right_functions, left_functions, lanes.right.site);
}

void translate_tasks(const Trace& left, const Trace& right, Lanes& lanes) {
  lanes.lanes.push_back({left.task_name(kNoTask), true, true, {}, {}});
  std::unordered_map<std::string, std::size_t> lane_of_path;  // looked up only
  const auto number = [&](const Trace& trace, Translation& translation, bool Lane::* is_here) {
    std::unordered_map<std::string, std::size_t> births;
    translation.lane_of_task.push_back(0);
    for (const TaskCreated& task : trace.tasks()) {
      const std::size_t earlier = births[task.name]++;
      const std::string path = lane_path(task.name, earlier);
      const auto [entry, is_new] = lane_of_path.try_emplace(path, lanes.lanes.size());
      if (is_new) lanes.lanes.push_back({path, false, false, {}, {}});
      lanes.lanes[entry->second].*is_here = true;
      translation.lane_of_task.push_back(entry->second);
    }
  };
  number(left, lanes.left, &Lane::is_left);
  number(right, lanes.right, &Lane::is_right);
}

/// Distributes the events of one trace over the lanes.
class Filler {
 public:
  Filler(const Trace& trace, const Translation& translation, std::vector<Lane>& lanes, std::vector<Item> Lane::* side,
         Skipped skipped)
      : trace_(trace), translation_(translation), lanes_(lanes), side_(side), skipped_(std::move(skipped)) {}

  void fill() {
    add_notes(kNoTask, kBeforeFirstStep, nullptr);
    for (const Step& step : trace_.steps()) {
      if (is_skipped(step.task)) continue;
      const Parked* park = trace_.park(step.number);
      const std::uint64_t shape = mix(base(ItemKind::step, site(step.site)), static_cast<std::uint64_t>(step.kind));
      add(step.task, {park == nullptr ? shape : with_park(shape, *park), shape, step.number, nullptr});
      add_notes(step.task, step.number, park);
    }
  }

 private:
  bool is_skipped(TaskId task) {
    if (skipped_.empty()) return false;
    const auto left = skipped_.find(lanes_[lane(task)].task);
    if (left == skipped_.end() || left->second == 0) return false;
    --left->second;
    return true;
  }
  static std::uint64_t base(ItemKind kind, std::uint64_t value) { return mix(static_cast<std::uint64_t>(kind), value); }
  std::uint64_t site(SiteId id) const { return translation_.site[id]; }
  std::size_t lane(TaskId task) const { return translation_.lane_of_task[task]; }
  std::uint64_t with_park(std::uint64_t shape, const Parked& park) const {
    return mix(mix(shape, site(park.site)), park.wait);
  }
  void add(TaskId task, const Item& item) { (lanes_[lane(task)].*side_).push_back(item); }

  void add_notes(TaskId actor, StepNumber step, const Parked* park) {
    for (const Note& note : trace_.notes(step)) {
      const auto put = [&](TaskId task, std::uint64_t shape, std::uint64_t key) {
        add(task, {key, shape, step, &note});
      };
      if (const auto* parked = std::get_if<Parked>(&note)) {
        if (parked == park) continue;
        const std::uint64_t shape = base(ItemKind::parked, 0);
        put(parked->task, shape, with_park(shape, *parked));
      } else if (const auto* ended = std::get_if<TaskEnded>(&note)) {
        const std::uint64_t shape = base(ItemKind::ended, 0);
        put(ended->task, shape, mix(mix(shape, static_cast<std::uint64_t>(ended->how)), ended->text));
      } else if (const auto* cancel = std::get_if<CancelRequested>(&note)) {
        const std::uint64_t shape = base(ItemKind::cancel, lane(cancel->task));
        put(actor, shape, mix(shape, cancel->message));
      } else if (const auto* mark = std::get_if<Mark>(&note)) {
        const std::uint64_t shape = base(ItemKind::mark, 0);
        put(actor, shape, mix(shape, mark->text));
      } else if (const auto* draw = std::get_if<Draw>(&note)) {
        const std::uint64_t shape = mix(base(ItemKind::draw, 0), draw->stream);
        put(actor, shape, mix(shape, draw->value));
      }
    }
  }

  const Trace& trace_;
  const Translation& translation_;
  std::vector<Lane>& lanes_;
  std::vector<Item> Lane::* side_;
  Skipped skipped_;  // what is left to skip
};

}  // namespace

std::string lane_path(const std::string& path, std::size_t earlier) {
  return earlier == 0 ? path : fmt::format("{} ({})", path, earlier + 1);
}

Lanes::Lanes(const Trace& left_trace, const Trace& right_trace, Skipped skipped_left, Skipped skipped_right) {
  translate_sites(left_trace, right_trace, *this);
  translate_tasks(left_trace, right_trace, *this);
  Filler(left_trace, left, lanes, &Lane::left, std::move(skipped_left)).fill();
  Filler(right_trace, right, lanes, &Lane::right, std::move(skipped_right)).fill();
}

std::string describe(const Trace& trace, const Item& item) {
  if (item.note != nullptr) return describe(trace, *item.note);
  const Step* step = trace.step(item.step);
  if (step == nullptr) return "";
  const std::string what = describe(trace, *step);
  const Parked* park = trace.park(item.step);
  return park == nullptr ? what : what + ", " + describe(trace, *park);
}

}  // namespace corosim::traces
