#include <corosim/sim/simulated_executor.hpp>

#include <utility>

#include <corosim/runtime/access.hpp>

namespace corosim::sim {

namespace {
constexpr detail::ObjectId kWorkers = detail::mix_name(kExecutorStream);  // what arriving and ending jobs share
}  // namespace

void SimulatedExecutor::begin(Seed seed, const ExecutorModel& model) {
  model_ = model;
  seed_ = seed;
  running_ = 0;
  waiting_.clear();
}

void SimulatedExecutor::execute(EventLoop& loop, std::function<void()> job, std::function<void()> done) {
  detail::touch_write(kWorkers, "Executor.execute");
  // Drawn by who hands the job over, so that it does not depend on what else is under way.
  Random random(mix(seed_ + 1) ^ detail::new_object_id(), kExecutorStream);
  const auto span = (model_.longest() - model_.shortest()) / std::chrono::microseconds(1);
  const auto extra = random.below(static_cast<std::uint64_t>(span) + 1);
  Job arrived{std::move(job), std::move(done), model_.shortest() + std::chrono::microseconds(extra)};
  if (running_ < model_.workers()) {
    start(loop, std::move(arrived));
  } else {
    waiting_.push_back(std::move(arrived));
  }
}

void SimulatedExecutor::start(EventLoop& loop, Job job) {
  ++running_;
  loop.call_later(job.takes, [this, &loop, job] {
    detail::touch_write(kWorkers, "Executor.done");
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
