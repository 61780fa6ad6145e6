#include <corosim/runtime/wait.hpp>

#include <memory>

namespace corosim::detail {

namespace {

// Shared with the callbacks: one that is scheduled already runs even after the wait was cancelled.
struct Progress {
  Future<void> waiter;
  std::optional<TimerHandle> timeout;
  std::size_t left = 0;
  ReturnWhen return_when = ReturnWhen::kAllCompleted;

  void completed(const AnyFuture& future) {
    touch_write(waiter.state()->id(), "wait");
    --left;
    const bool enough = left == 0 || return_when == ReturnWhen::kFirstCompleted ||
                        (return_when == ReturnWhen::kFirstException && !future.cancelled() && future.exception());
    if (!enough) return;
    if (timeout) timeout->cancel();
    release();
  }
  void release() const {
    if (!waiter.done()) waiter.set_result();
  }
};

}  // namespace

Coro<void> wait_until(std::vector<AnyFuture> futures, WaitOptions options) {
  if (futures.empty()) throw ValueError("Set of Tasks/Futures is empty.");
  EventLoop& loop = get_running_loop();
  const auto progress = std::make_shared<Progress>();
  progress->waiter = loop.create_future<void>();
  progress->left = futures.size();
  progress->return_when = options.return_when();
  if (options.timeout()) {
    progress->timeout = loop.call_later(*options.timeout(), [progress] { progress->release(); });
  }
  std::vector<DoneCallback> callbacks;
  for (const AnyFuture& future : futures) {
    callbacks.push_back(future.add_done_callback([progress](const AnyFuture& done) { progress->completed(done); }));
  }

  std::exception_ptr interrupted;
  try {
    co_await progress->waiter;
  } catch (...) {
    interrupted = std::current_exception();
  }
  if (progress->timeout) progress->timeout->cancel();
  for (std::size_t i = 0; i < futures.size(); ++i) futures[i].remove_done_callback(callbacks[i]);
  if (interrupted) std::rethrow_exception(interrupted);
}

}  // namespace corosim::detail
