#pragma once

#include <exception>
#include <utility>

#include <corosim/runtime/context.hpp>
#include <corosim/runtime/coro.hpp>
#include <corosim/runtime/future_state.hpp>
#include <corosim/runtime/task_state.hpp>

namespace corosim::detail {

/// A task with its coroutine's result.
template <class T>
class TypedTask final : public TaskState {
 public:
  TypedTask(EventLoop& loop, CoroPromise<T>& root, const TaskOptions& options, Site made_at)
      : TaskState(loop, root, options, made_at) {}
  /// The exception handler runs in the task's context, as in CPython since 3.12.
  ~TypedTask() override {
    if (!has_unretrieved()) return;
    const ContextScope scope(context());
    report_unretrieved();
  }

  ValueSlot<T> value;

 private:
  void take_result(FrameBase& root) override {
    auto& promise = static_cast<CoroPromise<T>&>(root);
    if (promise.threw()) {
      std::exception_ptr exception = promise.take_exception();
      const bool cancellation = promise.ended_in_cancellation;
      promise.handle.destroy();
      end_with(std::move(exception), cancellation);
      return;
    }
    Stored<T> result = std::move(promise.value());
    promise.handle.destroy();
    if (end_with_late_cancel()) return;
    value.emplace(std::move(result));
    mark_finished();
  }
};

/// The value of `future`, a task's or a plain one's. REQUIRES: it holds a T.
template <class T>
ValueSlot<T>& value_slot(FutureState& future) {
  return future.as_task() != nullptr ? static_cast<TypedTask<T>&>(future).value
                                     : static_cast<ValueFutureState<T>&>(future).value;
}

template <class T>
Stored<T>& value_of(FutureState& future) {
  return value_slot<T>(future).get();
}

}  // namespace corosim::detail
