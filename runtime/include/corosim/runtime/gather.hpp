#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <span>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include <corosim/runtime/future.hpp>
#include <corosim/runtime/outcome.hpp>
#include <corosim/runtime/task.hpp>

namespace corosim {

/// Given first to gather(): errors and cancellations of the parts become Outcomes in the result.
struct ReturnExceptions {};
inline constexpr ReturnExceptions return_exceptions{};

namespace detail {

using Children = std::vector<Ref<FutureState>>;

/// The future that gather() returns, without its value. Cancelling it cancels the parts; it is done when they are.
class GatherBase {
 public:
  virtual ~GatherBase() = default;

 protected:
  /// CPython 3.14 `tasks.py`, gather: registers with each child once, then completes what is done already.
  void watch(FutureState& outer);
  /// Only where a child was really cancelled does the request reach the result.
  bool end_cancel_of_children(bool reached) {
    if (reached) cancel_requested_ = true;
    return reached;
  }

  Children children_;  // in the order of the arguments, duplicates included
  bool return_exceptions_ = false;

 private:
  void child_done(FutureState& outer, FutureState& child);
  /// All children are done: stores their results in the outer future.
  virtual void collect() = 0;

  bool cancel_requested_ = false;
  std::size_t unfinished_ = 0;  // distinct children whose end was not seen yet
};

/// `Collect` makes the result of the children: R(span of futures).
template <class R, class Collect>
class GatheringFuture final : public ValueFutureState<R>, public GatherBase {
 public:
  GatheringFuture(EventLoop& loop, Site made_at, Children children, bool keep_exceptions)
      : ValueFutureState<R>(loop, made_at) {
    children_ = std::move(children);
    return_exceptions_ = keep_exceptions;
  }
  void start() { watch(*this); }

 private:
  bool begin_cancel() override {
    touch_write(this->id(), "gather.cancel");
    return !this->done();
  }
  FutureState* cancel_target(std::size_t index) const override {
    return index < children_.size() ? children_[index].get() : nullptr;
  }
  bool end_cancel(const CancelMessage&, bool reached) override { return end_cancel_of_children(reached); }
  void collect() override {
    this->require_pending();
    this->value.emplace(Collect()(std::span<const Ref<FutureState>>(children_)));
    this->mark_finished();
  }
};

template <class T>
Outcome<T> outcome_of(FutureState& future) {
  if (future.cancelled()) {
    // CPython gives a fresh CancelledError here, with an empty message where there was none.
    const CancelMessage& message = future.cancel_message();
    return {std::make_exception_ptr(CancelledError(message ? message : CancelMessage(""))), true};
  }
  if (std::exception_ptr error = future.exception()) return {error, future.ends_in_cancellation()};
  return Outcome<T>(share(value_of<T>(future)));
}

template <class T>
struct CollectVector {
  std::vector<Stored<T>> operator()(std::span<const Ref<FutureState>> children) const {
    std::vector<Stored<T>> values;
    for (const auto& child : children) values.push_back(share(value_of<T>(*child)));
    return values;
  }
};
template <class T>
struct CollectOutcomes {
  std::vector<Outcome<T>> operator()(std::span<const Ref<FutureState>> children) const {
    std::vector<Outcome<T>> outcomes;
    for (const auto& child : children) outcomes.push_back(outcome_of<T>(*child));
    return outcomes;
  }
};
template <class... Ts>
struct CollectTuple {
  std::tuple<Stored<Ts>...> operator()(std::span<const Ref<FutureState>> children) const {
    return collect(children, std::index_sequence_for<Ts...>());
  }

 private:
  template <std::size_t... I>
  static std::tuple<Stored<Ts>...> collect(std::span<const Ref<FutureState>> children, std::index_sequence<I...>) {
    return {share(value_of<Ts>(*children[I]))...};
  }
};
template <class... Ts>
struct CollectOutcomeTuple {
  std::tuple<Outcome<Ts>...> operator()(std::span<const Ref<FutureState>> children) const {
    return collect(children, std::index_sequence_for<Ts...>());
  }

 private:
  template <std::size_t... I>
  static std::tuple<Outcome<Ts>...> collect(std::span<const Ref<FutureState>> children, std::index_sequence<I...>) {
    return {outcome_of<Ts>(*children[I])...};
  }
};

/// The loop of all `children`, or the running one where there are none. Throws ValueError when they have different
/// loops.
EventLoop& loop_of(const Children& children);

template <class R, class Collect>
Future<R> gather_children(EventLoop& loop, Children children, bool keep_exceptions, Site where) {
  using State = GatheringFuture<R, Collect>;
  Ref<State> outer(new State(loop, where, std::move(children), keep_exceptions));
  outer->start();
  return Future<R>(Ref<ValueFutureState<R>>(outer));
}

template <class A>
concept Gatherable = Awaitable<std::remove_cvref_t<A>>;

template <Gatherable A>
using AwaitedType = Awaited<std::remove_cvref_t<A>>;

template <class A>
Ref<FutureState> as_child(A&& awaitable, Site where) {
  if constexpr (Coroutine<std::remove_cvref_t<A>>) {
    return get_running_loop().create_task(std::move(awaitable), TaskOptions(), where.location()).state();
  } else {
    return awaitable.state();
  }
}

template <class A>
Children as_children(std::vector<A> awaitables, Site where) {
  Children children;
  for (auto& awaitable : awaitables) children.push_back(as_child(std::move(awaitable), where));
  return children;
}

template <class... A>
Children as_children_of(Site where, A&&... awaitables) {
  Children children;
  (children.push_back(as_child(std::forward<A>(awaitables), where)), ...);
  return children;
}

}  // namespace detail

/// Waits for all of the given coroutines and futures together; coroutines become tasks, in this order. The result holds
/// their results in this order (std::monostate for void). The first exception, or a part's cancellation, is passed on
/// at once, and the others go on. Cancelling the future that is returned cancels the parts that are not done.
template <detail::Gatherable... A>
Future<std::tuple<detail::Stored<detail::AwaitedType<A>>...>> gather(A&&... awaitables) {
  using R = std::tuple<detail::Stored<detail::AwaitedType<A>>...>;
  const Site where = detail::calling_function();
  auto children = detail::as_children_of(where, std::forward<A>(awaitables)...);
  EventLoop& loop = detail::loop_of(children);  // named: the arguments below are evaluated in any order
  return detail::gather_children<R, detail::CollectTuple<detail::AwaitedType<A>...>>(loop, std::move(children), false,
                                                                                     where);
}
/// The same, with errors and cancellations of the parts as Outcomes in the result.
template <detail::Gatherable... A>
Future<std::tuple<Outcome<detail::AwaitedType<A>>...>> gather(ReturnExceptions, A&&... awaitables) {
  using R = std::tuple<Outcome<detail::AwaitedType<A>>...>;
  const Site where = detail::calling_function();
  auto children = detail::as_children_of(where, std::forward<A>(awaitables)...);
  EventLoop& loop = detail::loop_of(children);
  return detail::gather_children<R, detail::CollectOutcomeTuple<detail::AwaitedType<A>...>>(loop, std::move(children),
                                                                                            true, where);
}
/// The same for any number of one type. Of none, the result is there at once.
template <detail::Gatherable A>
Future<std::vector<detail::Stored<detail::AwaitedType<A>>>> gather(
    std::vector<A> awaitables, std::source_location where = std::source_location::current()) {
  using T = detail::AwaitedType<A>;
  auto children = detail::as_children(std::move(awaitables), where);
  EventLoop& loop = detail::loop_of(children);
  return detail::gather_children<std::vector<detail::Stored<T>>, detail::CollectVector<T>>(loop, std::move(children),
                                                                                           false, where);
}
template <detail::Gatherable A>
Future<std::vector<Outcome<detail::AwaitedType<A>>>> gather(
    ReturnExceptions, std::vector<A> awaitables, std::source_location where = std::source_location::current()) {
  using T = detail::AwaitedType<A>;
  auto children = detail::as_children(std::move(awaitables), where);
  EventLoop& loop = detail::loop_of(children);
  return detail::gather_children<std::vector<Outcome<T>>, detail::CollectOutcomes<T>>(loop, std::move(children), true,
                                                                                      where);
}

}  // namespace corosim
