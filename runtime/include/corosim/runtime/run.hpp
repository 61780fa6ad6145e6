#pragma once

#include <exception>
#include <optional>
#include <utility>

#include <corosim/runtime/coro.hpp>
#include <corosim/runtime/task.hpp>

namespace corosim {

namespace detail {
/// Cancels what is left, in the order of creation, waits for it, and reports exceptions that nobody saw. CPython 3.14
/// `runners.py`, _cancel_all_tasks.
void cancel_all_tasks(EventLoop& loop);
}  // namespace detail

/// A loop for several calls of run() in a row; Python's `asyncio.Runner`.
class Runner {
 public:
  /// In real time, or with the seams of `options`.
  explicit Runner(LoopOptions options = {}) : loop_(new_event_loop(options)) {}
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;
  ~Runner() { close(); }

  /// Runs `main` as a task until it is done, and returns its result or throws its exception. Other tasks are left for
  /// the next run(), or for close().
  template <Coroutine C>
  Awaited<C> run(C main) {
    if (!loop_) throw RuntimeError("Runner is closed");
    return loop_->run_until_complete(std::move(main));
  }
  EventLoop& get_loop() { return *loop_; }
  /// Cancels the tasks that are left, waits for them, and closes the loop. Without effect the second time.
  void close();

 private:
  EventLoopPtr loop_;
};

/// Runs a program: `main` as a task of a new loop in real time. Tasks left over when it is done are cancelled and
/// waited for. Python's `asyncio.run`.
template <Coroutine C>
Awaited<C> run(C main) {
  Runner runner;
  if constexpr (std::is_void_v<Awaited<C>>) {
    runner.run(std::move(main));
    runner.close();
  } else {
    Awaited<C> result = runner.run(std::move(main));
    runner.close();
    return result;
  }
}

}  // namespace corosim
