#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <memory>
#include <optional>
#include <source_location>
#include <utility>
#include <vector>

#include <corosim/runtime/coro.hpp>
#include <corosim/runtime/queue.hpp>
#include <corosim/runtime/task.hpp>

namespace corosim {

/// Futures in the order in which they complete; what as_completed() returns. CPython 3.14 `tasks.py`,
/// _AsCompletedIterator. There are two ways to go through them, which may be mixed:
///
///     while (auto future = co_await completed.next()) { ... }      // Python's `async for`: the futures themselves
///     while (completed.more()) { T value = co_await completed.next_result(); ... }   // Python's plain `for`
template <std::derived_from<AnyFuture> F>
class AsCompleted {
 public:
  using T = typename F::ValueType;

  AsCompleted(std::vector<F> futures, std::optional<Duration> timeout) : progress_(std::make_shared<Progress>()) {
    for (const F& future : futures) {
      auto& todo = progress_->todo;
      if (std::find_if(todo.begin(), todo.end(), [&](const Entry& e) { return e.future == future; }) == todo.end()) {
        todo.push_back({future, DoneCallback()});
      }
    }
    left_ = progress_->todo.size();
    for (Entry& entry : progress_->todo) {
      entry.callback = entry.future.add_done_callback(
          [progress = progress_, future = entry.future] { progress->completed(future); });
    }
    if (left_ > 0 && timeout) {
      progress_->timer = get_running_loop().call_later(*timeout, [progress = progress_] { progress->timed_out(); });
    }
  }

  /// Whether some were not yet given out.
  bool more() const { return left_ > 0; }
  /// The next future to complete; nothing when all were given out. Throws TimeoutError when the time is over.
  Coro<std::optional<F>> next() {
    if (left_ == 0) return none();
    --left_;
    return take(progress_);
  }
  /// The result of the next future to complete, or throws its exception. REQUIRES: more().
  Coro<T> next_result() {
    --left_;
    return take_result(progress_);
  }

 private:
  struct Entry {
    F future;
    DoneCallback callback;
  };
  // Shared with the callbacks, which may run after the iterator is gone.
  struct Progress {
    detail::ObjectId id = detail::new_object_id();
    Queue<std::optional<F>> done;  // nothing: the time was over
    std::vector<Entry> todo;       // in order of registration
    std::optional<TimerHandle> timer;

    void completed(const F& future) {
      detail::touch_write(id, "as_completed");
      if (todo.empty()) return;  // the timeout was here first
      todo.erase(std::find_if(todo.begin(), todo.end(), [&](const Entry& e) { return e.future == future; }));
      done.put_nowait(future);
      if (todo.empty() && timer) timer->cancel();
    }
    void timed_out() {
      detail::touch_write(id, "as_completed");
      const std::optional<F> nothing;
      for (const Entry& entry : todo) {
        entry.future.remove_done_callback(entry.callback);
        done.put_nowait(nothing);
      }
      todo.clear();
    }
  };

  static Coro<std::optional<F>> none() { co_return std::nullopt; }
  static Coro<std::optional<F>> take(std::shared_ptr<Progress> progress) {
    std::optional<F> future = co_await progress->done.get();
    if (!future) throw TimeoutError();
    co_return future;
  }
  static Coro<T> take_result(std::shared_ptr<Progress> progress) {
    std::optional<F> future = co_await take(std::move(progress));
    if constexpr (std::is_void_v<T>) {
      future->result();
    } else if constexpr (std::is_reference_v<T>) {
      co_return future->result();
    } else {
      co_return detail::share(future->result());
    }
  }

  std::shared_ptr<Progress> progress_;
  std::size_t left_ = 0;
};

/// `futures` in the order in which they complete, each once. After `timeout`, if one is given, what is still missing is
/// a TimeoutError. The futures are not cancelled.
template <std::derived_from<AnyFuture> F>
AsCompleted<F> as_completed(std::vector<F> futures, std::optional<Duration> timeout = {}) {
  return AsCompleted<F>(std::move(futures), timeout);
}
/// The same for coroutines, which become tasks, in this order. Throws RuntimeError where no loop runs.
template <Coroutine C>
AsCompleted<Task<Awaited<C>>> as_completed(std::vector<C> coros, std::optional<Duration> timeout = {},
                                           std::source_location where = std::source_location::current()) {
  std::vector<Task<Awaited<C>>> tasks;
  for (C& coro : coros) tasks.push_back(create_task(std::move(coro), TaskOptions(), where));
  return as_completed(std::move(tasks), timeout);
}

}  // namespace corosim
