#include <corosim/traces/statistics.hpp>

#include <algorithm>
#include <numeric>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

#include "each_event.hpp"

namespace corosim::traces {

namespace {

using std::chrono::nanoseconds;

class Counter {
 public:
  void add(Event&& event) {
    std::visit([this]<typename Kind>(Kind& happened) { count(std::move(happened)); }, event);
  }

  Statistics finish(const Reader& reader, Tail tail) {
    result_.path = reader.path();
    result_.tail = std::move(tail);
    for (const Wait& wait : waiting_) {
      if (wait.at == nullptr) continue;
      ++wait.at->unfinished;
      add_time(wait);
    }
    for (const auto& [key, waits] : waits_) {
      result_.waits.push_back(waits);
      result_.waits.back().site = reader.sites().at(key.first);
    }
    std::sort(result_.waits.begin(), result_.waits.end(), [](const SiteWaits& a, const SiteWaits& b) {
      return std::tie(b.total, a.site.file, a.site.line, a.wait) < std::tie(a.total, b.site.file, b.site.line, b.wait);
    });
    return std::move(result_);
  }

 private:
  struct Wait {
    SiteWaits* at = nullptr;  // null: the task does not wait
    nanoseconds since{0};
  };

  /// A trace that holds only the last steps of a run tells of tasks whose birth it does not know.
  Wait& wait_of(TaskId task) {
    if (waiting_.size() <= task) waiting_.resize(task + std::size_t{1});
    return waiting_[task];
  }

  void add_time(const Wait& wait) {
    const nanoseconds waited = result_.time - wait.since;
    wait.at->total += waited;
    wait.at->longest = std::max(wait.at->longest, waited);
  }

  void count(RunInfo run) { result_.run = std::move(run); }

  void count(const Step& step) {
    if (result_.first_step == 0) result_.first_step = step.number;
    result_.last_step = step.number;
    result_.time = step.time;
    ++result_.by_kind[static_cast<std::size_t>(step.kind)];
    ++result_.by_ready[step.ready];
    count_queue(step);
    if (!step.runs_task()) return;
    if (step.task != running_ && running_ != kNoTask) ++result_.switches;
    running_ = step.task;
    Wait& wait = wait_of(step.task);
    if (wait.at == nullptr) return;
    if (step.kind == StepKind::task_cancel) ++wait.at->cancelled;
    add_time(wait);
    wait.at = nullptr;
  }

  /// The end is not known yet: where the time leaves the last stretch, neighbours become one, so that the length goes
  /// through 1, 2, 10, 20, 100 ... ns, numbers that are read with ease.
  void count_queue(const Step& step) {
    const auto stretch_of = [this](nanoseconds time) {
      return static_cast<std::size_t>(time.count() / result_.stretch.count());
    };
    std::vector<QueueStretch>& queue = result_.queue;
    while (stretch_of(step.time) >= Statistics::kMaxStretches) {
      const std::size_t factor = std::exchange(doubles_next_, !doubles_next_) ? 2 : 5;
      result_.stretch *= static_cast<std::int64_t>(factor);
      for (std::size_t i = 0; i < queue.size(); ++i) {
        QueueStretch& into = queue[i / factor];
        if (i % factor == 0) {
          into = queue[i];
        } else {
          into.steps += queue[i].steps;
          into.ready_sum += queue[i].ready_sum;
          into.ready_most = std::max(into.ready_most, queue[i].ready_most);
        }
      }
      queue.resize((queue.size() + factor - 1) / factor);
    }
    while (queue.size() <= stretch_of(step.time)) {
      queue.push_back({result_.stretch * static_cast<std::int64_t>(queue.size())});
    }
    QueueStretch& stretch = queue[stretch_of(step.time)];
    ++stretch.steps;
    stretch.ready_sum += step.ready;
    stretch.ready_most = std::max(stretch.ready_most, step.ready);
  }

  void count(const TaskCreated&) {
    ++result_.tasks_born;
    result_.most_tasks_alive = std::max(result_.most_tasks_alive, ++alive_);
  }

  void count(const Parked& parked) {
    Wait& wait = wait_of(parked.task);
    if (wait.at != nullptr) add_time(wait);
    SiteWaits& waits = waits_[{parked.site, parked.wait}];
    waits.wait = parked.wait;
    ++waits.waits;
    wait = {&waits, result_.time};
  }

  void count(const TaskEnded& ended) {
    ++result_.tasks_ended[static_cast<std::size_t>(ended.how)];
    if (alive_ > 0) --alive_;
    Wait& wait = wait_of(ended.task);
    if (wait.at != nullptr) add_time(wait);
    wait.at = nullptr;
  }

  void count(const CancelRequested&) { ++result_.cancels_requested; }
  void count(const Mark& mark) { ++result_.marks[mark.text]; }

  void count(const Draw& draw) {
    Statistics::Draws& draws = result_.draws[draw.stream];
    draws.least = draws.count == 0 ? draw.value : std::min(draws.least, draw.value);
    draws.greatest = std::max(draws.greatest, draw.value);
    ++draws.count;
  }

  void count(const LeftReady&) { ++result_.left_ready; }
  void count(const Pasts&) {}  // they compare runs

  void count(RunEnded end) {
    result_.time = end.time;
    result_.end = std::move(end);
  }

  Statistics result_;
  TaskId running_ = kNoTask;
  std::uint64_t alive_ = 0;
  bool doubles_next_ = true;
  std::map<std::pair<SiteId, std::string>, SiteWaits> waits_;
  std::vector<Wait> waiting_;  // by task
};

}  // namespace

std::uint64_t Statistics::steps() const { return std::accumulate(by_kind.begin(), by_kind.end(), std::uint64_t{0}); }

std::uint64_t Statistics::decisions() const {
  const auto lone = by_ready.find(1);
  return steps() - (lone == by_ready.end() ? 0 : lone->second);
}

double Statistics::mean_ready() const {
  double sum = 0;
  for (const auto& [ready, count] : by_ready) sum += static_cast<double>(ready) * static_cast<double>(count);
  return steps() == 0 ? 0 : sum / static_cast<double>(steps());
}

std::uint64_t Statistics::tasks_unfinished() const {
  const std::uint64_t ended = std::accumulate(tasks_ended.begin(), tasks_ended.end(), std::uint64_t{0});
  return tasks_born > ended ? tasks_born - ended : 0;
}

Statistics statistics(Reader reader) {
  Counter counter;
  Tail tail = each_event(reader, [&counter](Event&& event) { counter.add(std::move(event)); });
  return counter.finish(reader, std::move(tail));
}

}  // namespace corosim::traces
