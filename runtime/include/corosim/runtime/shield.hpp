#pragma once

#include <source_location>
#include <utility>

#include <corosim/runtime/future.hpp>
#include <corosim/runtime/task.hpp>

namespace corosim {

namespace detail {
/// CPython 3.14 `tasks.py`, shield. `copy_value(inner, outer)` copies the result of a finished future to the other.
void shield_future(FutureState& inner, FutureState& outer, void (*copy_value)(FutureState& from, FutureState& to));
}  // namespace detail

/// Waits for `inner` without passing cancellation on to it: cancelling the future that is returned, or a task that
/// awaits it, leaves `inner` running. Cancelling `inner` itself cancels the outer future too. Returns `inner` when it
/// is done.
template <class T>
Future<T> shield(Future<T> inner, std::source_location where = std::source_location::current()) {
  if (inner.done()) return inner;
  Future<T> outer = inner.get_loop().template create_future<T>(where);
  detail::shield_future(*inner.state(), *outer.state(), [](detail::FutureState& from, detail::FutureState& to) {
    auto& result = detail::value_of<T>(from);
    detail::value_slot<T>(to).emplace(detail::share(result));
  });
  return outer;
}
template <Coroutine C>
Future<Awaited<C>> shield(C coro, std::source_location where = std::source_location::current()) {
  return shield(Future<Awaited<C>>(create_task(std::move(coro), TaskOptions(), where)), where);
}

}  // namespace corosim
