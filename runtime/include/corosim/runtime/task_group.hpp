#pragma once

#include <concepts>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include <corosim/runtime/awaitable.hpp>
#include <corosim/runtime/task.hpp>

namespace corosim {

/// Tasks that end together; Python's `asyncio.TaskGroup`. CPython 3.14 `taskgroups.py`.
///
/// task_group() runs a body in the scope of a group and returns when the body and all tasks of the group are done. When
/// one of them ends in an exception other than CancelledError, the others are cancelled, in the order of their
/// creation, and the exceptions are thrown together, as an ExceptionGroup, in the order in which they arose. Cancelling
/// the task around the group cancels its tasks and waits for them.
class TaskGroup {
 public:
  TaskGroup() = default;
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;

  /// A task of this group. Throws RuntimeError, and closes the coroutine, before the scope begins, when it is over, and
  /// once the group is shutting down.
  template <Coroutine C>
  Task<Awaited<C>> create_task(C coro, TaskOptions options = {},
                               std::source_location where = std::source_location::current()) {
    if (const char* const refusal = refuses()) {
      as_coro(std::move(coro)).close();
      throw RuntimeError(refusal);
    }
    Task<Awaited<C>> task = get_running_loop().create_task(std::move(coro), std::move(options), where);
    add(task);
    return task;
  }

  /// Begins the scope in the current task. Throws RuntimeError the second time, or outside of a task.
  void enter();
  /// Ends the scope; `error` is what left the body, or null. Throws what must leave the scope instead of it, if
  /// anything must; otherwise `error` passes.
  Coro<void> exit(std::exception_ptr error);

 private:
  /// Why there are no new tasks; null where there may be.
  const char* refuses() const;
  void changes(const char* operation) const { detail::touch_write(id_, operation); }
  void add(const AnyTask& task);
  void task_done(const AnyFuture& task);
  void abort();

  AnyTask parent_;
  std::vector<AnyTask> tasks_;  // not done, in order of creation
  std::vector<std::exception_ptr> errors_;
  Future<void> all_done_;  // what exit() waits for; empty unless it waits
  bool entered_ = false;
  bool exiting_ = false;
  bool aborting_ = false;
  bool parent_cancel_requested_ = false;  // by the group itself
  detail::ObjectId id_ = detail::new_object_id();
};

/// Awaits `body(group)` in the scope of a new group, and returns its result when all tasks of the group are done.
///
///     co_await task_group([&](TaskGroup& group) -> Coro<void> {
///       group.create_task(fetch(a));
///       group.create_task(fetch(b));
///       co_return;
///     });
template <AwaitableFunction<TaskGroup&> Body>
Coro<AwaitedResult<Body, TaskGroup&>> task_group(Body body) {
  using T = AwaitedResult<Body, TaskGroup&>;
  TaskGroup group;
  group.enter();
  std::optional<detail::Stored<T>> result;
  std::exception_ptr error;
  try {
    if constexpr (std::is_void_v<T>) {
      co_await body(group);
    } else {
      result.emplace(co_await body(group));
    }
  } catch (...) {
    error = std::current_exception();
  }
  co_await group.exit(error);
  if (error) std::rethrow_exception(error);
  if constexpr (!std::is_void_v<T>) co_return std::move(*result);
}

}  // namespace corosim
