#include "story.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "deal.hpp"

namespace corosim::sim {

namespace {

constexpr std::size_t kMostLines = 14;

bool contains(const auto& list, const auto& value) { return std::find(list.begin(), list.end(), value) != list.end(); }

std::string text_of_deal(const RunLog& log, const Deal& deal, bool for_ever) {
  if (deal.words->operation == "resume") return std::string(deal.words->present);
  const std::string name = log.object_name(deal.object);
  std::string text =
      fmt::format("{} {}", for_ever ? "waits for" : deal.words->present, name.empty() ? "an object" : name);
  if (!deal.value.empty()) text += " = " + deal.value;
  return text;
}

// Tells of each write whether it undoes one that its task has not seen.
class Overwriting {
 public:
  // The step whose write is lost; 0 for none.
  std::uint64_t note(const RunLog& log, const Deal& deal) {
    const std::uint32_t actor = log[deal.step].actor;
    std::uint64_t& seen = seen_[{actor, deal.object}];
    const std::uint64_t written = written_[deal.object];
    const bool is_lost = deal.writes && !deal.reads && seen != 0 && written > seen && log[written].actor != actor;
    if (deal.reads || deal.writes) seen = deal.step;
    if (deal.writes) written_[deal.object] = deal.step;
    return is_lost ? written : 0;
  }

 private:
  std::map<std::pair<std::uint32_t, detail::ObjectId>, std::uint64_t> seen_;  // the latest read or write
  std::map<detail::ObjectId, std::uint64_t> written_;
};

}  // namespace

std::vector<StoryLine> tell_story(const RunLog& log, Why why, const std::optional<CriticalPair>& pair,
                                  const RunEnd& end) {
  const auto* const failed = std::get_if<Failed>(&end);
  if (failed != nullptr && !failed->task.empty()) why.concerns(actor_of_path(failed->task));
  if (failed != nullptr && failed->step != 0 && failed->step <= log.size()) {
    for (const RunLog::Access& access : log[failed->step].accesses) {
      if (access.is_shared()) why.concerns(access.object);
    }
  }
  const auto of_pair = [&](std::uint64_t step) { return pair && (step == pair->first || step == pair->second); };
  std::vector<StoryLine> story;
  Overwriting overwriting;
  for (std::uint64_t step = 1; step <= log.size(); ++step) {
    if (!contains(why.actors, log.actor(step))) continue;
    std::vector<detail::ObjectId> told;
    for (const RunLog::Access& access : log[step].accesses) {
      if (!contains(why.objects, access.object) || contains(told, access.object)) continue;
      told.push_back(access.object);
      for (const Deal& deal : deals_of(log, step, access.object)) {
        if (deal.is_control && !of_pair(step)) continue;
        const bool is_end = log.when({log.actor(step), log[step].nth + 1}) == 0;
        const bool for_ever = is_end && deal.words->operation == "ask";
        const std::uint64_t lost = overwriting.note(log, deal);
        story.push_back({step, log[step].time.time_since_epoch(), log.actor(step), text_of_deal(log, deal, for_ever),
                         deal.where.known() ? deal.where.text() : std::string(),
                         lost != 0 ? fmt::format("overwrites step {}", lost) : std::string()});
      }
    }
  }
  if (failed != nullptr && !failed->task.empty()) {
    story.push_back({failed->step,
                     failed->time,
                     actor_of_path(failed->task),
                     failed->place.empty() ? "fails" : "check fails",
                     failed->place,
                     {}});
  }
  for (std::size_t line = 0; story.size() > kMostLines && line < story.size();) {
    // The earliest lines that are not of the pair go first.
    if (of_pair(story[line].step)) {
      ++line;
    } else {
      story.erase(story.begin() + static_cast<std::ptrdiff_t>(line));
    }
  }
  return story;
}

}  // namespace corosim::sim
