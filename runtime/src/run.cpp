#include <corosim/runtime/run.hpp>

#include <corosim/runtime/gather.hpp>

namespace corosim {

namespace {
struct CollectNothing {
  std::monostate operator()(std::span<const detail::Ref<detail::FutureState>>) const { return {}; }
};

// CPython 3.14 `runners.py`, _cancel_all_tasks.
void cancel_all_tasks(EventLoop& loop) {
  const std::vector<AnyTask> left = loop.all_tasks();
  if (left.empty()) return;
  detail::Children children;
  std::exception_ptr cycle;
  for (const AnyTask& task : left) {
    try {
      task.cancel();
      children.push_back(task.state());
    } catch (const RecursionError&) {
      cycle = std::current_exception();
    }
  }
  loop.run_until_complete(detail::gather_children<void, CollectNothing>(loop, std::move(children), true, Site()));
  for (const AnyTask& task : left) {
    if (!task.done() || task.cancelled()) continue;
    if (std::exception_ptr error = task.exception()) {
      loop.call_exception_handler({"unhandled exception during run() shutdown", error, task.state()->made_at()});
    }
  }
  if (cycle) std::rethrow_exception(cycle);
}

Coro<void> shutdown_asyncgens() { co_return; }

}  // namespace

void detail::shut_down(EventLoop& loop) {
  cancel_all_tasks(loop);
  // Without effect where nothing is left. Else the passes that asyncio still makes: what the tasks scheduled while they
  // ended gets so far, and no further.
  if (!loop.anything_left()) return;
  constexpr auto kThreadJoinTimeout = std::chrono::seconds(300);
  loop.run_until_complete(shutdown_asyncgens(), std::source_location());
  loop.run_until_complete(loop.shutdown_default_executor(kThreadJoinTimeout), std::source_location());
}

void detail::require_no_running_loop(const char* caller) {
  if (running_loop != nullptr) {
    throw RuntimeError(std::string(caller) + " cannot be called from a running event loop");
  }
}

Runner::~Runner() {
  try {
    close();
  } catch (const RuntimeError&) {
    // Inside of another loop that runs: the tasks that are left cannot run, and go with their loop.
  }
}

void Runner::close() {
  if (!loop_) return;
  if (loop_->is_running()) throw RuntimeError("Cannot close a running event loop");
  const EventLoopPtr loop = std::move(loop_);
  try {
    detail::shut_down(*loop);
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
