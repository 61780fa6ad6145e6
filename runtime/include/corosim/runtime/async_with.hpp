#pragma once

#include <concepts>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

#include <corosim/runtime/awaitable.hpp>

namespace corosim {

/// What async_with() takes: a resource that is acquired by `co_await enter()` and given back by `co_await exit(error)`.
/// Python's asynchronous context manager, PEP 492.
///
/// `error` is what left the body, CancelledError included, or null. An `exit` that gives a bool swallows it by
/// returning true; after one that gives nothing, it is always thrown on.
template <class M>
concept AsyncContextManager = requires(M& manager, std::exception_ptr error) {
  requires Awaitable<decltype(manager.enter())>;
  requires std::same_as<Awaited<decltype(manager.exit(error))>, void> ||
               std::same_as<Awaited<decltype(manager.exit(error))>, bool>;
};

namespace detail {

/// async_with() for types that are known: what the body is called with, and what comes out.
template <class Manager, class Body>
struct Scope {
  using Entered = Awaited<decltype(std::declval<Manager&>().enter())>;
  using Argument = typename std::conditional_t<std::is_void_v<Entered>, std::type_identity<Manager>,
                                               std::type_identity<Entered>>::type;
  static_assert(std::invocable<Body&, Argument&>,
                "the body is called with a reference to what enter() gave, or to the manager where it gave nothing");
  static_assert(AwaitableFunction<Body, Argument&>, "the body must be a coroutine that returns a Coro");
  using T = AwaitedResult<Body, Argument&>;
  static_assert(!std::is_reference_v<T>, "the body's result outlives the scope: return a value");

  static constexpr bool kSwallows =
      std::same_as<Awaited<decltype(std::declval<Manager&>().exit(std::exception_ptr()))>, bool>;
  // No result where the exception that kept the body from giving one was swallowed.
  using Result = typename std::conditional_t<kSwallows && !std::is_void_v<T>, std::optional<Stored<T>>, T>;
};

/// The scope from enter()'s end on.
template <class Manager, class Argument, class Body>
auto body_and_exit(Manager& manager, Argument& argument, Body& body) -> Coro<typename Scope<Manager, Body>::Result> {
  using S = Scope<Manager, Body>;
  std::optional<Stored<typename S::T>> result;
  std::exception_ptr error;
  try {
    if constexpr (std::is_void_v<typename S::T>) {
      co_await body(argument);
    } else {
      result.emplace(co_await body(argument));
    }
  } catch (...) {
    error = std::current_exception();
  }
  if constexpr (S::kSwallows) {
    const bool swallow = co_await manager.exit(error);
    if (error && !swallow) std::rethrow_exception(error);
    if constexpr (!std::is_void_v<typename S::T>) co_return std::move(result);
  } else {
    co_await manager.exit(error);
    if (error) std::rethrow_exception(error);
    if constexpr (!std::is_void_v<typename S::T>) co_return std::move(*result);
  }
}

/// `Manager` is a reference where the caller keeps the manager.
template <class Manager, class Body>
auto run_scope(Manager manager, Body body) -> Coro<typename Scope<std::remove_reference_t<Manager>, Body>::Result> {
  using Entered = typename Scope<std::remove_reference_t<Manager>, Body>::Entered;
  if constexpr (std::is_void_v<Entered>) {
    co_await manager.enter();
    co_return co_await body_and_exit(manager, manager, body);
  } else {
    Entered entered = co_await manager.enter();
    co_return co_await body_and_exit(manager, entered, body);
  }
}

}  // namespace detail

/// Enters `manager`, awaits `body(entered)`, and exits the manager however the body ends; what `async with`
/// does in Python. `entered` is a reference to what enter() gave, or to the manager where it gave nothing.
///
///     co_await async_with(Connection(server), [&](Connection& connection) -> Coro<void> { ... });
///
/// Gives the body's result. With a manager that may swallow exceptions it is a std::optional, empty where one did. An
/// exception of enter() is thrown without exit(); one of exit() is thrown instead of the body's. Cancelling the task in
/// the body has exit() run with the CancelledError; it may await. Destroying the loop runs destructors only.
///
/// A temporary manager lives in the scope, and is destroyed at its end; another one must outlive it. CPython 3.14
/// `Doc/reference/compound_stmts.rst`, "The async with statement".
template <class Manager, class Body>
  requires AsyncContextManager<std::remove_reference_t<Manager>>
auto async_with(Manager&& manager, Body body) {
  return detail::run_scope<Manager, Body>(std::forward<Manager>(manager), std::move(body));
}

}  // namespace corosim
