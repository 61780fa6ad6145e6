#include <corosim/sim/monitor_list.hpp>

#include <algorithm>
#include <exception>
#include <utility>

#include <corosim/runtime/errors.hpp>
#include <corosim/sim/check.hpp>
#include <corosim/sim/scheduler.hpp>

#include <fmt/format.h>

namespace corosim::sim {

namespace {

// Has the predicate read into a log of its own.
class ReadScope {
 public:
  explicit ReadScope(detail::AccessLog& reads) : outer_(std::exchange(detail::access_log, &reads)) {}
  ReadScope(const ReadScope&) = delete;
  ReadScope& operator=(const ReadScope&) = delete;
  ~ReadScope() { detail::access_log = outer_; }

 private:
  detail::AccessLog* outer_;
};

// Steps that write the same object depend on each other anyway.
bool reads_several(const detail::AccessLog& reads) {
  const auto touches = reads.touches();
  return std::any_of(touches.begin(), touches.end(),
                     [&](const detail::Touch& touch) { return touch.object != touches.front().object; });
}

bool writes_any_of(const detail::AccessLog& step, const detail::AccessLog& reads) {
  const auto of_step = step.touches();
  const auto of_monitor = reads.touches();
  return std::any_of(of_step.begin(), of_step.end(), [&](const detail::Touch& write) {
    return write.access != Access::kRead &&
           std::any_of(of_monitor.begin(), of_monitor.end(),
                       [&](const detail::Touch& read) { return read.object == write.object; });
  });
}

}  // namespace

void MonitorList::clear() {
  all_.clear();
  rounds_ = 0;
  round_start_ = 0;
}

std::uint64_t MonitorList::add(Watched watched, std::optional<Violation>& violation) {
  watched.id = ++added_;
  watched.object = detail::new_object_id();
  watched.first_round = rounds_ + 1;  // the round under way counts for nothing
  violation = ask(watched);
  all_.push_back(std::move(watched));
  return added_;
}

std::optional<MonitorList::Violation> MonitorList::remove(std::uint64_t id) {
  const auto found = std::find_if(all_.begin(), all_.end(), [id](const Watched& each) { return each.id == id; });
  if (found == all_.end()) return std::nullopt;  // of an earlier run
  Watched removed = std::move(*found);
  all_.erase(found);
  return removed.kind == Watched::Kind::kEventually ? std::nullopt : ask(removed);
}

std::optional<MonitorList::Violation> MonitorList::step_ended() {
  count_round();
  for (Watched& watched : all_) {
    if (auto violation = ask(watched)) return violation;
  }
  return std::nullopt;
}

bool MonitorList::holds(const Watched& watched) {
  if (detail::access_log == nullptr) return watched.predicate();
  detail::AccessLog& step = *detail::access_log;
  reads_.clear();
  const bool result = [&] {
    const ReadScope scope(reads_);
    return watched.predicate();
  }();
  if (reads_several(reads_) && writes_any_of(step, reads_)) detail::touch_write(watched.object, "Monitor.update");
  return result;
}

std::optional<MonitorList::Violation> MonitorList::ask(Watched& watched) {
  try {
    switch (watched.kind) {
      case Watched::Kind::kAlways:
        if (!holds(watched)) return Violation{fmt::format("{}: does not hold", watched.name), watched.where};
        break;
      case Watched::Kind::kNever:
        if (holds(watched)) return Violation{fmt::format("{}: came true", watched.name), watched.where};
        break;
      case Watched::Kind::kEventually:
        if (watched.reached.done()) break;
        if (holds(watched)) {
          watched.reached.set_result();
        } else if (rounds_ >= watched.first_round + watched.rounds) {
          return Violation{
              fmt::format("{}: not reached in {} fair rounds without faults", watched.name, watched.rounds),
              watched.where};
        }
        break;
    }
  } catch (...) {
    return Violation{fmt::format("{}: {}", watched.name, describe(std::current_exception())), watched.where};
  }
  return std::nullopt;
}

void MonitorList::count_round() {
  bool over = true;
  scheduler_.for_each_ready([&](const detail::Runnable& handle) { over = over && handle.cause > round_start_; });
  if (!over) return;
  ++rounds_;
  round_start_ = scheduler_.steps();
}

}  // namespace corosim::sim
