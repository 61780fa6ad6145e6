#pragma once

#include <concepts>
#include <optional>
#include <source_location>
#include <string>
#include <utility>
#include <vector>

#include <corosim/runtime/awaitable.hpp>
#include <corosim/runtime/event_loop.hpp>
#include <corosim/runtime/future.hpp>

namespace corosim {

namespace detail {

/// The function of the coroutine that runs now; unknown inside a callback, and where no loop runs. Stands for the place
/// of a call that cannot know its own: a parameter pack leaves no room for a default argument.
Site calling_function();

/// What a handle to a task adds to a handle to a future.
template <class Derived>
class TaskMethods {
 public:
  /// How often cancel() was called, less uncancel().
  int cancelling() const {
    touch_read(task().control(), "Task.cancelling");
    return task().cancelling();
  }
  /// Takes one request back, as the party that made it; returns how many remain.
  int uncancel() const { return task().uncancel(); }
  std::string get_name() const {
    touch_read(task().control(), "Task.get_name");
    return task().name();
  }
  void set_name(std::string name) const {
    touch_write(task().control(), "Task.set_name");
    task().set_name(std::move(name));
  }
  Context& get_context() const { return task().context(); }
  /// The await stack, outermost first; empty once the task is done.
  std::vector<StackFrame> get_stack() const {
    touch_read(task().control(), "Task.get_stack");
    return task().stack();
  }

 private:
  TaskState& task() const { return *static_cast<const Derived&>(*this).state()->as_task(); }
};

}  // namespace detail

/// A coroutine that runs on the loop, and the future of its result; Python's `asyncio.Task`. Copies name the same task.
/// The loop keeps it alive until it is done, also when no handle is left.
///
/// cancel() asks: CancelledError is thrown at the task's current await, in its next step; the coroutine may clean up,
/// or go on. A second request is delivered at a later await.
template <class T = void>
class Task : public Future<T>, public detail::TaskMethods<Task<T>> {
 public:
  Task() = default;
  explicit Task(detail::Ref<detail::TypedTask<T>> state) : Future<T>(detail::Ref<detail::FutureState>(state)) {}
};

/// A task of any type.
class AnyTask : public AnyFuture, public detail::TaskMethods<AnyTask> {
 public:
  AnyTask() = default;
  explicit AnyTask(detail::TaskState& task) : AnyFuture(detail::Ref<detail::FutureState>(&task.future())) {}
  template <class T>
  AnyTask(const Task<T>& task) : AnyFuture(task.state()) {}
};

template <Coroutine C>
Task<Awaited<C>> EventLoop::create_task(C coroutine, const TaskOptions& options, std::source_location where) {
  using T = Awaited<C>;
  Coro<T> coro = as_coro(std::move(coroutine));
  require_open();
  const bool eager = options.eager_start_.value_or(eager_tasks_) && running_;
  auto handle = coro.take();
  detail::Ref<detail::TypedTask<T>> state(new detail::TypedTask<T>(*this, handle.promise(), options, where));
  if (eager) {
    state->start_eagerly();
  } else {
    state->schedule(nullptr);
  }
  return Task<T>(std::move(state));
}

template <class T>
Future<T> EventLoop::create_future(std::source_location where) {
  return Future<T>(detail::Ref<detail::ValueFutureState<T>>(new detail::ValueFutureState<T>(*this, where)));
}

template <class T>
T EventLoop::run_until_complete(Future<T> future) {
  run_until_done(*future.state());
  if constexpr (std::is_void_v<T> || std::is_reference_v<T>) {
    return future.result();
  } else {
    return detail::share(future.result());
  }
}

template <Coroutine C>
Awaited<C> EventLoop::run_until_complete(C coro, std::source_location where) {
  require_open();
  require_not_running();
  return run_until_complete(Future<Awaited<C>>(create_task(std::move(coro), TaskOptions(), where)));
}

/// Makes a task of `coro` on the running loop. Throws RuntimeError where no loop runs.
template <Coroutine C>
Task<Awaited<C>> create_task(C coro, const TaskOptions& options = {},
                             std::source_location where = std::source_location::current()) {
  return get_running_loop().create_task(std::move(coro), options, where);
}
template <Coroutine C>
Task<Awaited<C>> create_task(C coro, std::string name, std::source_location where = std::source_location::current()) {
  return create_task(std::move(coro), TaskOptions().name(std::move(name)), where);
}

/// A future of the result: the one that is given, or a task made of a coroutine.
template <class T>
Future<T> ensure_future(Future<T> future) {
  return future;
}
template <Coroutine C>
Future<Awaited<C>> ensure_future(C coro, std::source_location where = std::source_location::current()) {
  return create_task(std::move(coro), TaskOptions(), where);
}

/// The task whose step runs now; empty inside a callback. Throws RuntimeError where no loop runs.
std::optional<AnyTask> current_task();
/// The running loop's tasks that are not done, in the order of their creation.
std::vector<AnyTask> all_tasks();

}  // namespace corosim
