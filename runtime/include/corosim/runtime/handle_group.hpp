#pragma once

#include <concepts>
#include <exception>
#include <functional>
#include <type_traits>
#include <utility>
#include <vector>

#include <corosim/runtime/errors.hpp>

namespace corosim {

/// A group's leaves of one type, and the rest of it: what `except*` sees, and what it leaves. PEP 654, `split`.
struct SplitGroup {
  std::vector<std::exception_ptr> matching;  // in order, from all levels
  std::exception_ptr rest;                   // a group of the same shape without them; null where nothing is left
};

namespace detail {
SplitGroup split_group(const BaseExceptionGroup& group, const std::function<bool(const std::exception_ptr&)>& matches);

// The argument type of a handler that takes one exception by reference.
template <class F>
struct HandledBy : HandledBy<decltype(&F::operator())> {};
template <class C, class R, class E>
struct HandledBy<R (C::*)(E) const> {
  using Type = std::remove_cvref_t<E>;
};
template <class C, class R, class E>
struct HandledBy<R (C::*)(E)> {
  using Type = std::remove_cvref_t<E>;
};

template <class E, class Handler>
void call_with_each(const std::vector<std::exception_ptr>& exceptions, Handler& handler) {
  for (const std::exception_ptr& exception : exceptions) {
    try {
      std::rethrow_exception(exception);
    } catch (const E& each) {
      handler(each);
    }
  }
}
}  // namespace detail

/// Splits `group` into its exceptions that are (or derive from) an E, and the rest.
template <class E>
SplitGroup split(const BaseExceptionGroup& group) {
  return detail::split_group(group, [](const std::exception_ptr& each) { return holds<E>(each); });
}

/// Python's `except*`, in the form of a call: each handler takes one type of exception by const reference, and is
/// called with every exception of that type in the group, at any depth, in order. An exception goes to the first
/// handler that fits. What no handler took is thrown, as a group of the same shape.
///
///     } catch (const BaseExceptionGroup& group) {
///       handle_group(group, [&](const TimeoutError&) { ++late; },
///                           [&](const ValueError& error) { report(error); });
///     }
template <class... Handlers>
void handle_group(const BaseExceptionGroup& group, Handlers... handlers) {
  static_assert(sizeof...(Handlers) > 0, "give at least one handler, such as [](const ValueError&) {}");
  std::exception_ptr rest;                     // what the handlers so far left of the group
  const BaseExceptionGroup* current = &group;  // the same, to look at; null for nothing
  const auto handle = [&](auto& handler) {
    if (current == nullptr) return;
    using E = typename detail::HandledBy<std::remove_cvref_t<decltype(handler)>>::Type;
    SplitGroup parts = split<E>(*current);
    rest = std::move(parts.rest);
    current = nullptr;
    if (rest) {
      try {
        std::rethrow_exception(rest);
      } catch (const BaseExceptionGroup& left) {
        current = &left;  // lives as long as `rest`
      }
    }
    detail::call_with_each<E>(parts.matching, handler);
  };
  (handle(handlers), ...);
  if (rest) std::rethrow_exception(rest);
}

}  // namespace corosim
