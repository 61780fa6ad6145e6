#pragma once

#include <concepts>
#include <type_traits>
#include <utility>

#include <corosim/runtime/coro.hpp>

/// What create_task(), gather(), wait_for() and the like take.

namespace corosim {

/// A coroutine object of asyncio's: a Coro, or what a function of the library gives that is a coroutine there, such as
/// `lock.acquire()`, `event.wait()`, `sleep(1s)`. Nothing of it has run; it is awaited, or made a task, once.
template <class C>
concept Coroutine = detail::is_coro<C> || detail::LeafCoroutine<C>;  // a foreign operation: wrap it in a Future

/// A Coroutine, a Future or a Task.
template <class A>
concept Awaitable = Coroutine<A> || detail::FutureLike<A>;

namespace detail {

template <class A>
struct AwaitResult {
  using Type = typename A::ValueType;
};
template <LeafCoroutine L>
struct AwaitResult<L> {
  using Type = decltype(std::declval<L&>().await_resume());
};

template <LeafCoroutine L>
Coro<typename AwaitResult<L>::Type> await_leaf(L leaf) {
  co_return co_await AwaitedAtItsCall<L>(leaf);
}

}  // namespace detail

/// The type of `co_await a`; of a future, what it holds.
template <Awaitable A>
using Awaited = typename detail::AwaitResult<A>::Type;

/// A function whose call with `Args` is awaited: a coroutine, or one that returns what another gave it, as
/// `[&](Timeout&) { return lock.acquire(); }` does.
template <class F, class... Args>
concept AwaitableFunction =
    std::invocable<F&, Args...> && Awaitable<std::remove_cvref_t<std::invoke_result_t<F&, Args...>>>;

/// The result of awaiting that call.
template <class F, class... Args>
  requires AwaitableFunction<F, Args...>
using AwaitedResult = Awaited<std::remove_cvref_t<std::invoke_result_t<F&, Args...>>>;

/// `coroutine` as a Coro, which is one type for all coroutines with that result:
///
///     std::vector<Coro<bool>> waits;
///     waits.push_back(as_coro(ready.wait()));
///     waits.push_back(as_coro(lock.acquire()));
///
/// Reports name it by its own function, "Lock.acquire", and by the place of the call.
template <class T>
Coro<T> as_coro(Coro<T> coroutine) {
  return coroutine;
}
template <detail::LeafCoroutine L>
Coro<Awaited<L>> as_coro(L coroutine) {
  const FunctionSite call(coroutine.called_at(), L::kFunction);
  Coro<Awaited<L>> coro = detail::await_leaf(std::move(coroutine));
  coro.set_born(call);
  return coro;
}

}  // namespace corosim
