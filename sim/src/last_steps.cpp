#include <corosim/sim/last_steps.hpp>

#include <algorithm>
#include <tuple>

#include <corosim/runtime/task_state.hpp>
#include <corosim/sim/random.hpp>
#include <corosim/sim/strategy.hpp>

namespace corosim::sim {

namespace {

constexpr std::size_t kMostEntries = 4096;
// A lane among n that is not chosen in so many times n steps: by chance once in 10^8.
constexpr std::uint64_t kUnfair = 20;

// The address only tells places apart.
std::uint64_t key_of(std::uint32_t task, const Site& where) {
  const auto file = reinterpret_cast<std::uintptr_t>(where.location().file_name());
  return mix(file ^ (std::uint64_t{where.line()} << 40)) ^ mix(std::uint64_t{task} + 1);
}

std::string name_of(std::uint32_t task, const TaskTable& tasks) {
  return task == 0 ? std::string("a callback") : tasks.path(task);
}

std::uint32_t task_of(const detail::Runnable& handle) { return handle.task() != nullptr ? handle.task()->id() : 0; }

}  // namespace

void LastStepsCounter::add(std::uint64_t number, const detail::Runnable& handle, TimePoint now) {
  if (!is_on_) {
    is_on_ = true;
    first_ = first_at_time_ = number;
    first_time_ = time_ = now;
    places_.clear();
    entries_.clear();
  }
  if (now != time_) {
    time_ = now;
    first_at_time_ = number;
  }
  const std::uint32_t task = task_of(handle);
  const Site where = handle.site();
  std::uint32_t& place = places_[key_of(task, where)];
  if (place == 0) {
    if (entries_.size() == kMostEntries) return;
    entries_.push_back({task, where, 0, 0});
    place = static_cast<std::uint32_t>(entries_.size());
  }
  Entry& entry = entries_[place - 1];
  ++entry.steps;
  entry.latest = number;
}

LastSteps LastStepsCounter::result(std::uint64_t steps, const ReadySet& ready, const TaskTable& tasks) const {
  LastSteps result;
  if (!is_on_) return result;
  result.watched = steps - first_ + 1;
  result.time_from = first_time_.time_since_epoch();
  result.time_to = time_.time_since_epoch();
  const std::uint64_t last_quarter = steps - result.watched / 4;
  std::vector<Entry> busy;
  Entry other;
  for (const Entry& entry : entries_) {
    if (entry.latest > last_quarter) {
      busy.push_back(entry);
    } else if (std::tuple(entry.task != 0, entry.latest) > std::tuple(other.task != 0, other.latest)) {
      other = entry;
    }
  }
  const auto rank = [](const Entry& entry) { return std::tuple(~entry.steps, entry.task, entry.latest); };
  std::sort(busy.begin(), busy.end(), [&](const Entry& a, const Entry& b) { return rank(a) < rank(b); });
  const auto told = [&](const Entry& entry, std::uint64_t number) {
    return LastSteps::Busy{name_of(entry.task, tasks), entry.where.text(), number};
  };
  for (const Entry& entry : busy) {
    if (result.busy.size() < LastSteps::kMost) result.busy.push_back(told(entry, entry.steps));
  }
  result.busy_more = busy.size() - result.busy.size();
  if (other.latest != 0) result.other = told(other, other.latest);
  result.starved = starved(steps, ready, tasks);
  return result;
}

std::vector<LastSteps::Starved> LastStepsCounter::starved(std::uint64_t steps, const ReadySet& ready,
                                                          const TaskTable& tasks) const {
  std::vector<LastSteps::Starved> starved;
  for (std::size_t place = 0; place < ready.size(); ++place) {
    const detail::Runnable& handle = ready[place];
    // A timer is ready from its instant on, which may have begun before the steps that were watched.
    const std::uint64_t since =
        handle.kind() == HandleKind::kTimer ? std::max(handle.cause, first_at_time_ - 1) : handle.cause;
    if (steps - since < kUnfair * ready.size()) continue;
    starved.push_back({name_of(task_of(handle), tasks), handle.site().text(), since});
  }
  std::sort(starved.begin(), starved.end(), [](const auto& a, const auto& b) {
    return std::tie(a.since, a.task, a.place) < std::tie(b.since, b.task, b.place);
  });
  if (starved.size() > LastSteps::kMost) starved.resize(LastSteps::kMost);
  return starved;
}

}  // namespace corosim::sim
