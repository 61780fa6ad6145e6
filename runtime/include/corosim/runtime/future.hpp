#pragma once

#include <concepts>
#include <optional>
#include <type_traits>
#include <utility>

#include <corosim/runtime/event_loop.hpp>
#include <corosim/runtime/future_state.hpp>
#include <corosim/runtime/handle.hpp>
#include <corosim/runtime/parking.hpp>
#include <corosim/runtime/typed_task.hpp>

namespace corosim {

namespace detail {
template <class F, class FutureType>
class DoneCallbackNode;
}

/// Names a callback that add_done_callback registered, so that it can be removed.
class DoneCallback {
 public:
  DoneCallback() = default;
  DoneCallback(detail::Ref<detail::HandleNode> handle, detail::DoneNode* node)
      : handle_(std::move(handle)), node_(node) {}

 private:
  friend class AnyFuture;
  detail::Ref<detail::HandleNode> handle_;
  detail::DoneNode* node_ = nullptr;  // part of *handle_
};

/// A future of any type: everything but its value. Copies name the same future; an empty one names none.
class AnyFuture {
 public:
  AnyFuture() = default;
  explicit AnyFuture(detail::Ref<detail::FutureState> state) : state_(std::move(state)) {}

  explicit operator bool() const { return static_cast<bool>(state_); }
  bool done() const {
    detail::touch_read(state_->id(), "Future.done");
    return state_->done();
  }
  bool cancelled() const {
    detail::touch_read(state_->id(), "Future.cancelled");
    return state_->cancelled();
  }
  /// Cancels: a future is cancelled at once and its callbacks are scheduled; a task is asked to (Task::cancel). False
  /// when it was done already.
  bool cancel(const CancelMessage& message = {}) const { return state_->cancel(message); }
  /// The exception that was set; null where there is a value. Throws CancelledError when cancelled, InvalidStateError
  /// while pending.
  std::exception_ptr exception() const { return state_->exception(); }
  EventLoop& get_loop() const { return state_->loop(); }

  /// `callback(future)` or `callback()` is given to call_soon when the future is done, or now if it is. Callbacks run
  /// in the order of their registration, each in `context`, by default a copy of the current one.
  template <class F>
    requires std::invocable<F&, AnyFuture> || std::invocable<F&>
  DoneCallback add_done_callback(F callback, Context context = copy_context(),
                                 std::source_location where = std::source_location::current()) const;
  /// The callback, registered with this future, will not be called. Returns how many were removed: 1, or 0 when it was
  /// scheduled or removed before.
  std::size_t remove_done_callback(const DoneCallback& callback) const;

  const detail::Ref<detail::FutureState>& state() const { return state_; }
  friend bool operator==(const AnyFuture& a, const AnyFuture& b) { return a.state_ == b.state_; }

 protected:
  detail::Ref<detail::FutureState> state_;
};

/// A result that is not there yet; Python's `asyncio.Future`. Copies name the same future.
///
/// Made by create_future(); whoever holds it may set its result or exception, once. Awaiting it returns the result,
/// throws the exception, or CancelledError when the future was cancelled; an awaiting task that is cancelled cancels
/// it.
template <class T = void>
class Future : public AnyFuture {
 public:
  using ValueType = T;

  Future() = default;
  explicit Future(const detail::Ref<detail::ValueFutureState<T>>& state) : AnyFuture(state) {}

  /// The result. Throws what was set as exception, CancelledError, or InvalidStateError while pending.
  std::add_lvalue_reference_t<T> result() const {
    state_->throw_unless_value();
    if constexpr (std::is_reference_v<T>) {
      return *value().get();
    } else if constexpr (!std::is_void_v<T>) {
      return value().get();
    }
  }
  /// Throws InvalidStateError unless pending; RuntimeError on a task, whose result is its coroutine's.
  template <class... Args>
    requires(std::is_void_v<T> ? sizeof...(Args) == 0 : sizeof...(Args) == 1)
  void set_result(Args&&... result) const {
    refuse_task("set_result");
    state_->require_pending();
    if constexpr (std::is_lvalue_reference_v<T>) {
      value().emplace(&result...);
    } else {
      value().emplace(std::forward<Args>(result)...);
    }
    state_->mark_finished();
  }
  /// `exception` is an exception_ptr or any exception object. Throws as set_result does.
  template <class E>
  void set_exception(E&& exception) const {
    refuse_task("set_exception");
    if constexpr (std::same_as<std::remove_cvref_t<E>, std::exception_ptr>) {
      state_->set_exception(std::forward<E>(exception));
    } else {
      state_->set_exception(std::make_exception_ptr(std::forward<E>(exception)));
    }
  }

  /// As AnyFuture's; the callback may take a Future<T>.
  template <class F>
    requires std::invocable<F&, Future> || std::invocable<F&>
  DoneCallback add_done_callback(F callback, Context context = copy_context(),
                                 std::source_location where = std::source_location::current()) const;

 protected:
  explicit Future(detail::Ref<detail::FutureState> state) : AnyFuture(std::move(state)) {}

 private:
  template <class F, class FutureType>
  friend class detail::DoneCallbackNode;
  detail::ValueSlot<T>& value() const { return detail::value_slot<T>(*state_); }
  void refuse_task(const char* operation) const;
};

namespace detail {

template <class T>
class FutureAwaiter : public FutureWaiter {
 public:
  explicit FutureAwaiter(const Ref<FutureState>& future) : FutureWaiter(future) {}
  T await_resume() {
    FutureWaiter::await_resume();
    if constexpr (std::is_reference_v<T>) {
      return *slot().get();
    } else if constexpr (!std::is_void_v<T>) {
      return share(slot().get());
    }
  }

 private:
  ValueSlot<T>& slot() { return value_slot<T>(*future_); }
};

/// A done callback: a node in the future's list, and the handle that it becomes.
template <class F, class FutureType>
class DoneCallbackNode final : public HandleNode, public DoneNode {
 public:
  DoneCallbackNode(EventLoop& loop, Context context, Site site, F callback)
      : HandleNode(loop, std::move(context), site), callback_(std::move(callback)) {}

  void future_done(FutureState& future) override {
    schedule(future);
    release();  // the list's reference
  }
  void abandon() override {
    const Ref<HandleNode> keep(this);
    if (linked()) {
      unlink();
      release();  // the list's reference
    }
    cancel();
  }
  void schedule(FutureState& future) {
    future_ = Ref<FutureState>(&future);
    loop_.schedule_now(*this);
  }

 private:
  void invoke() override {
    if constexpr (std::invocable<F&, FutureType>) {
      FutureType future = as_future();
      (*callback_)(std::move(future));
    } else {
      (*callback_)();
    }
  }
  void clear() override {
    callback_.reset();
    future_ = nullptr;
  }
  FutureType as_future() const { return FutureType(future_); }

  std::optional<F> callback_;
  Ref<FutureState> future_;  // set once it is done
};

/// Registers `callback` with the future; FutureType is what it is called with.
template <class FutureType, class F>
DoneCallback add_done_callback(FutureState& future, F callback, Context context, Site where) {
  using Node = DoneCallbackNode<F, FutureType>;
  touch_write(future.id(), "Future.add_done_callback");
  Ref<Node> node(new Node(future.loop(), std::move(context), where, std::move(callback)));
  if (future.done()) {
    node->schedule(future);
  } else {
    node->retain();  // the list's reference
    future.add_done_node(*node);
  }
  return DoneCallback(node, node.get());
}

}  // namespace detail

template <class F>
  requires std::invocable<F&, AnyFuture> || std::invocable<F&>
DoneCallback AnyFuture::add_done_callback(F callback, Context context, std::source_location where) const {
  return detail::add_done_callback<AnyFuture>(*state_, std::move(callback), std::move(context), where);
}

template <class T>
template <class F>
  requires std::invocable<F&, Future<T>> || std::invocable<F&>
DoneCallback Future<T>::add_done_callback(F callback, Context context, std::source_location where) const {
  return detail::add_done_callback<Future<T>>(*state_, std::move(callback), std::move(context), where);
}

template <class T>
void Future<T>::refuse_task(const char* operation) const {
  if (state_->as_task() != nullptr)
    throw RuntimeError(std::string("Task does not support ") + operation + " operation");
}

}  // namespace corosim
