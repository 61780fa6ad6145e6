#include <corosim/runtime/run.hpp>

#include <corosim/runtime/gather.hpp>

namespace corosim {

namespace {
struct CollectNothing {
  std::monostate operator()(std::span<const detail::Ref<detail::FutureState>>) const { return {}; }
};
}  // namespace

void detail::cancel_all_tasks(EventLoop& loop) {
  const std::vector<AnyTask> left = loop.all_tasks();
  if (left.empty()) return;
  Children children;
  std::exception_ptr cycle;
  for (const AnyTask& task : left) {
    try {
      task.cancel();
      children.push_back(task.state());
    } catch (const RecursionError&) {
      cycle = std::current_exception();
    }
  }
  loop.run_until_complete(gather_children<void, CollectNothing>(loop, std::move(children), true, Site()));
  for (const AnyTask& task : left) {
    if (!task.done() || task.cancelled()) continue;
    if (std::exception_ptr error = task.exception()) {
      loop.call_exception_handler({"unhandled exception during shutdown", error, task.state()->made_at()});
    }
  }
  if (cycle) std::rethrow_exception(cycle);
}

void Runner::close() {
  if (!loop_) return;
  const EventLoopPtr loop = std::move(loop_);
  try {
    detail::cancel_all_tasks(*loop);
  } catch (const DeadlockError&) {
    // Under virtual time a task may wait for ever; the loop takes it down.
  } catch (const RunEndedError&) {
    // The schedule stops here.
  } catch (const RecursionError&) {
    loop->call_exception_handler({"unhandled exception during shutdown", std::current_exception(), Site()});
  }
  loop->close();
}

}  // namespace corosim
