#include <corosim/sim/simulated_executor.hpp>

#include <utility>

#include <corosim/runtime/access.hpp>
#include <corosim/runtime/assert.hpp>
#include <corosim/sim/world.hpp>

namespace corosim::sim {

namespace {
constexpr detail::ObjectId kWorkers = detail::mix_name(kExecutorStream);  // what arriving and ending jobs share
}  // namespace

void SimulatedExecutor::begin(const ExecutorModel& model) {
  model_ = model;
  running_ = 0;
  waiting_.clear();
}

void SimulatedExecutor::execute(EventLoop& loop, std::function<void()> job, std::function<void()> done) {
  detail::touch_write(kWorkers, "Executor.execute");
  const auto span = (model_.longest() - model_.shortest()) / std::chrono::microseconds(1);
  const std::uint64_t bound = static_cast<std::uint64_t>(span) + 1;
  World* const world = World::current();
  COROSIM_ASSERT(world != nullptr);
  const auto extra = world->draw(DrawKind::kExecutor, bound, [bound](Random& random) { return random.below(bound); });
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
