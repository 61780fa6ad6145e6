#pragma once

#include <cstddef>
#include <deque>
#include <functional>

#include <corosim/runtime/executor.hpp>

namespace corosim::sim {

/// How long jobs of to_thread() take in a simulation, and how many run side by side.
class ExecutorModel {
 public:
  ExecutorModel() = default;
  ExecutorModel& workers(std::size_t value) {
    workers_ = value;
    return *this;
  }
  /// A job takes a virtual time drawn uniformly from [shortest, longest], in whole microseconds, by the task that
  /// hands it over.
  ExecutorModel& duration(Duration shortest, Duration longest) {
    shortest_ = shortest;
    longest_ = longest;
    return *this;
  }
  std::size_t workers() const { return workers_; }
  Duration shortest() const { return shortest_; }
  Duration longest() const { return longest_; }

 private:
  std::size_t workers_ = 4;
  Duration shortest_ = std::chrono::milliseconds(1);
  Duration longest_ = std::chrono::milliseconds(10);
};

/// The executor of a simulation: a bounded pool on virtual time. A job's function runs as one step when its time is
/// over; jobs that end at one instant do so in an order that the strategy decides.
class SimulatedExecutor final : public Executor {
 public:
  void begin(const ExecutorModel& model);
  void execute(EventLoop& loop, std::function<void()> job, std::function<void()> done) override;

 private:
  struct Job {
    std::function<void()> run;
    std::function<void()> done;
    Duration takes;
  };
  void start(EventLoop& loop, Job job);

  ExecutorModel model_;
  std::size_t running_ = 0;
  std::deque<Job> waiting_;
};

}  // namespace corosim::sim
