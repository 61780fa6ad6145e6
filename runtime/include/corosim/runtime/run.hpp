#pragma once

#include <source_location>
#include <type_traits>
#include <utility>

#include <corosim/runtime/coro.hpp>
#include <corosim/runtime/task.hpp>

namespace corosim {

namespace detail {
/// Ends a run as asyncio does: cancels what is left, in the order of creation, waits for it, reports exceptions that
/// nobody saw, and waits for the default executor. CPython 3.14 `runners.py`, Runner.close. Throws RecursionError, in
/// the end, when tasks that await each other in a cycle are left.
void shut_down(EventLoop& loop);
/// Throws RuntimeError where a loop runs on this thread.
void require_no_running_loop(const char* caller);
}  // namespace detail

/// A loop for several calls of run() in a row; Python's `asyncio.Runner`. The calls share a context: what one sets, the
/// next sees.
class Runner {
 public:
  /// In real time, or with the seams of `options`. The context is a copy of the current one.
  explicit Runner(LoopOptions options = {}) : loop_(new_event_loop(options)), context_(copy_context()) {}
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;
  ~Runner();

  /// Runs `main` as a task, in the runner's context or in `context` itself, until it is done, and returns its result or
  /// throws its exception. Other tasks are left for the next run(), or for close(). Throws RuntimeError once closed,
  /// and inside of a running loop.
  template <Coroutine C>
  Awaited<C> run(C main, std::source_location where = std::source_location::current()) {
    return run(std::move(main), context_, where);
  }
  template <Coroutine C>
  Awaited<C> run(C main, Context context, std::source_location where = std::source_location::current()) {
    detail::require_no_running_loop("Runner::run()");
    const Future<Awaited<C>> task =
        get_loop().create_task(std::move(main), TaskOptions().context(std::move(context)), where);
    return loop_->run_until_complete(task);
  }
  /// Runs until `future`, one of the runner's loop, is done.
  template <class T>
  T run(Future<T> future, std::source_location where = std::source_location::current()) {
    const auto wait = [](Future<T> awaited) -> Coro<T> { co_return co_await awaited; };
    return run(wait(std::move(future)), where);
  }
  /// Throws RuntimeError once closed.
  EventLoop& get_loop() {
    if (!loop_) throw RuntimeError("Runner is closed");
    return *loop_;
  }
  /// Cancels the tasks that are left, waits for them and for the default executor, and closes the loop. Without effect
  /// the second time.
  void close();

 private:
  EventLoopPtr loop_;  // null once closed
  Context context_;
};

/// Runs a program: `main` as a task of a new loop, in real time or with the seams of `options`. Tasks left over when it
/// is done are cancelled and waited for. Throws RuntimeError inside of a running loop. Python's `asyncio.run`.
template <Coroutine C>
Awaited<C> run(C main, LoopOptions options = {}, std::source_location where = std::source_location::current()) {
  detail::require_no_running_loop("run()");
  Runner runner(options);
  if constexpr (std::is_void_v<Awaited<C>>) {
    runner.run(std::move(main), where);
    runner.close();
  } else {
    Awaited<C> result = runner.run(std::move(main), where);
    runner.close();
    return result;
  }
}

}  // namespace corosim
