#include <corosim/sim/simulated_executor.hpp>

#include <memory>
#include <utility>

namespace corosim::sim {

void SimulatedExecutor::begin(Seed seed, const ExecutorModel& model) {
  model_ = model;
  random_ = Random(seed, kExecutorStream);
  running_ = 0;
  waiting_.clear();
}

void SimulatedExecutor::execute(EventLoop& loop, std::function<void()> job, std::function<void()> done) {
  Job arrived{std::move(job), std::move(done)};
  if (running_ < model_.workers()) {
    start(loop, std::move(arrived));
  } else {
    waiting_.push_back(std::move(arrived));
  }
}

void SimulatedExecutor::start(EventLoop& loop, Job job) {
  ++running_;
  const auto span = (model_.longest() - model_.shortest()) / std::chrono::microseconds(1);
  const auto extra = random_.below(static_cast<std::uint64_t>(span) + 1);
  const Duration takes = model_.shortest() + std::chrono::microseconds(extra);
  loop.call_later(takes, [this, &loop, job = std::move(job)] {
    job.run();
    job.done();
    --running_;
    if (waiting_.empty()) return;
    Job next = std::move(waiting_.front());
    waiting_.pop_front();
    start(loop, std::move(next));
  });
}

}  // namespace corosim::sim
