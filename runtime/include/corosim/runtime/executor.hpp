#pragma once

#include <atomic>
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

/// Runs blocking functions beside the loop. In real time a pool of threads; in a simulation one that takes virtual
/// time.
class Executor {
 public:
  virtual ~Executor() = default;
  /// Calls `job()` once, later, and then `done()` on the loop's thread. Neither is called once the loop is closed.
  /// Called on the loop's thread; `job` may run on another.
  virtual void execute(EventLoop& loop, std::function<void()> job, std::function<void()> done) = 0;
};

/// `workers` threads, started when they are needed; jobs wait in the order of their coming. Destroying it waits for the
/// jobs that run and drops those that wait.
std::unique_ptr<Executor> make_thread_pool(std::size_t workers);

namespace detail {
/// A future of `function()`, called in `executor`; `ended()` is called on the loop once the call has ended.
template <std::invocable F>
Future<std::invoke_result_t<F&>> call_in_executor(EventLoop& loop, Executor& executor, F function,
                                                  std::function<void()> ended) {
  using T = std::invoke_result_t<F&>;
  struct Job {
    explicit Job(F f) : function(std::move(f)) {}
    F function;
    std::optional<Stored<T>> value;
    std::exception_ptr error;
    std::atomic<bool> cancelled = false;
  };
  const auto job = std::make_shared<Job>(std::move(function));
  const Future<T> future = loop.create_future<T>();
  const detail::ObjectId flag = detail::mix_name(future.state()->id());
  future.add_done_callback([job, flag](const Future<T>& done) {
    if (!done.cancelled()) return;
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
          } else if constexpr (std::is_reference_v<T>) {
            job->value.emplace(&job->function());
          } else {
            job->value.emplace(job->function());
          }
        } catch (...) {
          job->error = std::current_exception();
        }
      },
      [job, future, ended = std::move(ended)] {
        if (ended) ended();
        if (future.done()) return;
        if (job->error) {
          future.set_exception(job->error);
        } else if constexpr (std::is_void_v<T>) {
          future.set_result();
        } else if constexpr (std::is_reference_v<T>) {
          future.set_result(**job->value);
        } else {
          future.set_result(std::move(*job->value));
        }
      });
  return future;
}
}  // namespace detail

template <PlainCallback F>
Future<std::invoke_result_t<F&>> EventLoop::run_in_executor(Executor& executor, F function) {
  require_open();
  return detail::call_in_executor(*this, executor, std::move(function), nullptr);
}

template <PlainCallback F>
Future<std::invoke_result_t<F&>> EventLoop::run_in_executor(F function) {
  require_open();
  if (executor_shut_down_) throw RuntimeError("Executor shutdown has been called");
  auto future =
      detail::call_in_executor(*this, default_executor(), std::move(function), [this] { executor_call_ended(); });
  ++executor_calls_;
  return future;
}

/// Calls `function(arguments...)` in the running loop's default executor, in a copy of the current context, and gives
/// its result. Python's `asyncio.to_thread`.
template <class F, class... Arguments>
  requires std::invocable<F, Arguments...>
Coro<std::invoke_result_t<F, Arguments...>> to_thread(F function, Arguments... arguments) {
  // The call owns all that it uses: it goes on where the task is cancelled and this frame is gone.
  auto call = [context = copy_context(), function = std::move(function),
               ... arguments = std::move(arguments)]() mutable -> std::invoke_result_t<F, Arguments...> {
    return context.run([&]() -> std::invoke_result_t<F, Arguments...> {
      return std::invoke(std::move(function), std::move(arguments)...);
    });
  };
  co_return co_await get_running_loop().run_in_executor(std::move(call));
}

/// Makes `coro` a task of `loop`, from any other thread; the future has its result. Python's
/// `asyncio.run_coroutine_threadsafe`.
template <Coroutine C>
std::future<Awaited<C>> run_coroutine_threadsafe(C coroutine, EventLoop& loop) {
  using T = Awaited<C>;
  struct Call {
    explicit Call(Coro<T> c) : coro(std::move(c)) {}
    Coro<T> coro;
    std::promise<T> promise;
  };
  const auto call = std::make_shared<Call>(as_coro(std::move(coroutine)));
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
