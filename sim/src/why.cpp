#include "why.hpp"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "deal.hpp"
#include "wait_cycle.hpp"

namespace corosim::sim {

namespace {

// Lu, Tucek, Qin and Zhou (ASPLOS 2006): which accesses of another task between two of one task cannot be put before or
// after both.
bool unserialisable(const Deal& before, const Deal& between, const Deal& after) {
  if (between.writes) return before.reads || after.reads;
  return before.writes && after.writes;
}

std::string object_text(const RunLog& log, detail::ObjectId object) {
  std::string name = log.object_name(object);
  return name.empty() ? "an object" : name;
}

// "wrote balance (bank.cpp:35)"; `again`: the object was named just before.
std::string past(const RunLog& log, const Deal& deal, bool again = false) {
  if (deal.words->operation == "resume") return with_place(std::string(deal.words->past), deal.where);
  return with_place(fmt::format("{} {}", deal.words->past, again ? "it" : object_text(log, deal.object)), deal.where);
}

// The step of `actor` closest before (or after) `step` that touches the object.
std::optional<Deal> neighbour(const RunLog& log, const std::string& actor, std::uint64_t step, detail::ObjectId object,
                              bool before) {
  std::optional<Deal> found;
  for (std::uint64_t n = before ? 1 : step + 1; n <= (before ? step - 1 : log.size()); ++n) {
    if (log.actor(n) != actor) continue;
    auto deal = main_deal_of(log, n, object);
    if (!deal) continue;
    found = std::move(deal);
    if (!before) break;
  }
  return found;
}

// One task amid two steps of another.
struct Amid {
  Deal before;
  Deal between;
  Deal after;
};

std::optional<Amid> amid_one_object(const RunLog& log, const Deal& first, const Deal& second) {
  const auto before = neighbour(log, log.actor(second.step), first.step, first.object, true);
  if (before && unserialisable(*before, first, second)) return Amid{*before, first, second};
  const auto after = neighbour(log, log.actor(first.step), second.step, first.object, false);
  if (after && unserialisable(first, second, *after)) return Amid{first, second, *after};
  return std::nullopt;
}

// Two tasks that conflict over two objects, the one first here, the other there: neither is before the other.
std::optional<Amid> amid_two_objects(const RunLog& log, const Deal& first, const Deal& second) {
  const std::string& a = log.actor(first.step);
  const std::string& b = log.actor(second.step);
  for (std::uint64_t one = 1; one <= log.size(); ++one) {
    if (log.actor(one) != b) continue;
    for (std::uint64_t other = one + 1; other <= log.size(); ++other) {
      if (log.actor(other) != a) continue;
      const auto object = conflict_over(log, one, other);
      if (!object || *object == first.object || rank(log, one, *object) > 0) continue;
      const Deal mine = *main_deal_of(log, one, *object);
      const Deal theirs = *main_deal_of(log, other, *object);
      if (one < first.step) return Amid{mine, first, second};
      if (other > second.step) return Amid{first, second, theirs};
    }
  }
  return std::nullopt;
}

std::string text_of(const RunLog& log, const Amid& amid) {
  const Deal& before = amid.before;
  const Deal& after = amid.after;
  const bool one_object = before.object == amid.between.object && after.object == before.object;
  const auto noun = [&](const Deal& deal) {
    return fmt::format("{} {}", deal.words->noun, one_object ? "it" : object_text(log, deal.object));
  };
  std::string its = noun(after);
  if (before.object == after.object) its = before.words == after.words ? "next one" : std::string(after.words->noun);
  if (its.ends_with(" of")) its.erase(its.size() - 3);
  return fmt::format("`{}` {} between `{}`'s {} and its {}", log.actor(amid.between.step), past(log, amid.between),
                     log.actor(before.step), with_place(noun(before), before.where), with_place(its, after.where));
}

std::string place_of(const StoppedTask& task) {
  return task.stack.empty() || task.stack.back().place == "?" ? "" : fmt::format(" ({})", task.stack.back().place);
}

// What the task waits for: what its last step touched last, waking aside.
std::optional<Deal> waited_for(const RunLog& log, const std::string& actor) {
  const std::uint32_t steps = log.steps_of(actor);
  const std::uint64_t last = log.when({actor, steps});
  if (last == 0) return std::nullopt;
  const auto& accesses = log[last].accesses;
  for (auto access = accesses.rbegin(); access != accesses.rend(); ++access) {
    if (access->is_control()) continue;
    auto deals = deals_of(log, last, access->object);
    return deals.back();
  }
  return std::nullopt;
}

// What it waits for, without its holder.
std::string waited_text(const RunLog& log, const StoppedTask& task) {
  const auto wait = waited_for(log, actor_of_path(task.path));
  std::string name = wait ? log.object_name(wait->object) : std::string();
  return name.empty() ? task.waits_for.substr(0, task.waits_for.find(", held by ")) : name;
}

bool waits_for_a_task(const StoppedTask& task) {
  return task.waits_for.starts_with("Task") || task.waits_for.starts_with("Future") ||
         task.waits_for.starts_with("nothing");
}

// Since when `actor` has had the object.
std::optional<Deal> taking(const RunLog& log, const std::string& actor, detail::ObjectId object) {
  std::optional<Deal> found;
  for (std::uint64_t step = 1; step <= log.size(); ++step) {
    if (log.actor(step) != actor) continue;
    for (Deal& deal : deals_of(log, step, object)) {
      if (deal.words->operation == "acquire") found = std::move(deal);
    }
  }
  return found;
}

void tell_cycle(Why& why, const RunLog& log, const std::vector<const StoppedTask*>& cycle) {
  for (std::size_t i = 0; i < cycle.size(); ++i) {
    const StoppedTask& task = *cycle[i];
    const StoppedTask& waits_for_task = *cycle[(i + cycle.size() - 1) % cycle.size()];
    const std::string actor = actor_of_path(task.path);
    why.concerns(actor);
    std::string text = fmt::format("`{}`", actor);
    const auto held = waited_for(log, actor_of_path(waits_for_task.path));
    const auto since = held ? taking(log, actor, held->object) : std::nullopt;
    if (since) {
      why.concerns(held->object);
      text += " holds " + with_place(object_text(log, held->object), since->where) + " and";
    }
    why.sentences.push_back(fmt::format("{} waits for {}{}", text, waited_text(log, task), place_of(task)));
  }
}

// The last thing that somebody else did to the object before `deal`, waiting aside.
std::optional<Deal> came_too_early(const RunLog& log, const Deal& deal) {
  for (std::uint64_t step = deal.step - 1; step > 0; --step) {
    if (log.actor(step) == log.actor(deal.step)) continue;
    const auto deals = deals_of(log, step, deal.object);
    for (auto other = deals.rbegin(); other != deals.rend(); ++other) {
      if (other->writes && other->words != deal.words) return *other;
    }
  }
  return std::nullopt;
}

}  // namespace

void Why::concerns(const std::string& actor) {
  if (std::find(actors.begin(), actors.end(), actor) == actors.end()) actors.push_back(actor);
}

void Why::concerns(detail::ObjectId object) {
  if (std::find(objects.begin(), objects.end(), object) == objects.end()) objects.push_back(object);
}

std::string actor_of_path(const std::string& path) {
  constexpr std::string_view kMain = "main/";
  if (path == "main") return path;
  return path.starts_with(kMain) ? path.substr(kMain.size()) : "/" + path;
}

void tell_pair(Why& why, const RunLog& log, const PassingPartner& partner) {
  const CriticalPair& pair = *partner.pair;
  const RunLog& second_log = pair.second_in_passing ? partner.log : log;
  const auto first = main_deal_of(log, pair.first, pair.object);
  const auto second = main_deal_of(second_log, pair.second, pair.object);
  if (!first || !second) return;
  why.concerns(log.actor(pair.first));
  why.concerns(second_log.actor(pair.second));
  why.concerns(pair.object);
  std::optional<Amid> amid;
  if (!pair.second_in_passing && rank(log, pair.first, pair.object) == 0) {
    amid = amid_one_object(log, *first, *second);
    if (!amid) amid = amid_two_objects(log, *first, *second);
  }
  if (amid) {
    why.concerns(amid->before.object);
    why.concerns(amid->after.object);
  }
  why.sentences.push_back((amid ? text_of(log, *amid)
                                : fmt::format("`{}` {} before `{}` {}", log.actor(pair.first), past(log, *first),
                                              second_log.actor(pair.second), past(second_log, *second, true))) +
                          "; in the other order the test passes");
}

void tell_writers(Why& why, const RunLog& log) {
  std::vector<detail::ObjectId> found;
  for (const RunLog::Access& access : log[log.size()].accesses) {
    if (access.is_shared() && std::find(found.begin(), found.end(), access.object) == found.end()) {
      found.push_back(access.object);
    }
  }
  for (const detail::ObjectId object : found) {
    std::optional<Deal> latest;  // that writes
    bool told = false;
    for (std::uint64_t step = 1; step <= log.size(); ++step) {
      auto deal = main_deal_of(log, step, object);
      if (!deal || !deal->writes) continue;
      why.concerns(log.actor(step));
      why.concerns(object);
      if (!told && latest && log.actor(latest->step) != log.actor(step)) {
        if (const auto amid = amid_one_object(log, *latest, *deal)) {
          why.sentences.push_back(text_of(log, *amid));
          told = true;
        }
      }
      latest = std::move(deal);
    }
  }
}

void tell_deadlock(Why& why, const RunLog& log, const std::vector<StoppedTask>& tasks) {
  if (const auto cycle = wait_cycle(tasks); !cycle.empty()) return tell_cycle(why, log, cycle);
  for (const StoppedTask& task : tasks) {
    const std::string actor = actor_of_path(task.path);
    const auto wait = waited_for(log, actor);
    if (!wait || waits_for_a_task(task)) continue;
    why.concerns(actor);
    why.concerns(wait->object);
    const std::string waits = fmt::format("`{}` waits for {}{}", actor, waited_text(log, task), place_of(task));
    const auto early = came_too_early(log, *wait);
    if (early) why.concerns(log.actor(early->step));
    if (early && early->words->operation == "acquire") {
      why.sentences.push_back(fmt::format("{}, which `{}` {}, and did not release", waits, log.actor(early->step),
                                          with_place(std::string(early->words->past), early->where)));
    } else if (early) {
      why.sentences.push_back(fmt::format("{}, which `{}` {} before that", waits, log.actor(early->step),
                                          with_place(std::string(early->words->past), early->where)));
    } else {
      why.sentences.push_back(waits + ", and nobody else has touched that");
    }
    return;
  }
}

}  // namespace corosim::sim
