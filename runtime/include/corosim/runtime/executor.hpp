#pragma once

#include <cstddef>
#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include <corosim/runtime/coro.hpp>
#include <corosim/runtime/task.hpp>

namespace corosim {

/// Runs blocking functions beside the loop. In real time a pool of threads; in a simulation one that takes virtual time.
class Executor {
 public:
  virtual ~Executor() = default;
  /// Calls `job()` once, later, and then `done()` on the loop's thread. Neither is called once the loop is closed. Called
  /// on the loop's thread; `job` may run on another.
  virtual void execute(EventLoop& loop, std::function<void()> job, std::function<void()> done) = 0;
};

/// `workers` threads, started when they are needed; jobs wait in the order of their coming. Destroying it waits for the
/// jobs that run and drops those that wait.
std::unique_ptr<Executor> make_thread_pool(std::size_t workers);

/// A future of `function()`, called in `executor`. Cancelling the future drops a job that has not started; one that runs
/// goes on, and its result is dropped. Python's `loop.run_in_executor`.
template <std::invocable F>
Future<std::invoke_result_t<F&>> run_in_executor(EventLoop& loop, Executor& executor, F function) {
  using T = std::invoke_result_t<F&>;
  struct Job {
    explicit Job(F f) : function(std::move(f)) {}
    F function;
    std::optional<detail::Stored<T>> value;
    std::exception_ptr error;
    std::atomic<bool> cancelled = false;
  };
  const auto job = std::make_shared<Job>(std::move(function));
  const Future<T> future = loop.create_future<T>();
  const detail::ObjectId flag = detail::mix_name(future.state()->id());
  future.add_done_callback([job, flag](const Future<T>& ended) {
    if (!ended.cancelled()) return;
    detail::touch_write(flag, "Job.cancel");
    job->cancelled = true;
  });
  executor.execute(
      loop,
      [job, flag] {
        detail::touch_read(flag, "Job.run");
        if (job->cancelled) return;
        try {
          if constexpr (std::is_void_v<T>) {
            job->function();
            job->value.emplace();
          } else {
            job->value.emplace(job->function());
          }
        } catch (...) {
          job->error = std::current_exception();
        }
      },
      [job, future] {
        if (future.done()) return;
        if (job->error) {
          future.set_exception(job->error);
        } else if constexpr (std::is_void_v<T>) {
          future.set_result();
        } else {
          future.set_result(std::move(*job->value));
        }
      });
  return future;
}

/// Calls `function()` in the running loop's executor, in a copy of the current context, and gives its result. Python's
/// `asyncio.to_thread`.
template <std::invocable F>
Future<std::invoke_result_t<F&>> to_thread(F function) {
  EventLoop& loop = get_running_loop();
  return run_in_executor(loop, loop.executor(),
                         [function = std::move(function), context = copy_context()]() mutable {
                           return context.run(function);
                         });
}

/// Makes `coro` a task of `loop`, from any other thread; the future has its result. Python's
/// `asyncio.run_coroutine_threadsafe`.
template <class T>
std::future<T> run_coroutine_threadsafe(Coro<T> coro, EventLoop& loop) {
  struct Call {
    explicit Call(Coro<T> c) : coro(std::move(c)) {}
    Coro<T> coro;
    std::promise<T> promise;
  };
  const auto call = std::make_shared<Call>(std::move(coro));
  std::future<T> result = call->promise.get_future();
  loop.call_soon_threadsafe([call, &loop] {
    const Task<T> task = loop.create_task(std::move(call->coro));
    task.add_done_callback([call](const Future<T>& ended) {
      try {
        if constexpr (std::is_void_v<T>) {
          ended.result();
          call->promise.set_value();
        } else {
          call->promise.set_value(std::move(ended.result()));
        }
      } catch (...) {
        call->promise.set_exception(std::current_exception());
      }
    });
  });
  return result;
}

}  // namespace corosim
