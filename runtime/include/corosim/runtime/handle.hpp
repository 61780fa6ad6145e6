#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <source_location>
#include <utility>

#include <corosim/runtime/context.hpp>
#include <corosim/runtime/intrusive.hpp>
#include <corosim/runtime/runnable.hpp>

namespace corosim {

namespace detail {

class HandleNode;

/// A handle's place in the loop's list of them.
struct HandleLink : ListNode {
  explicit HandleLink(HandleNode& owner) : node(owner) {}
  HandleNode& node;
};

/// A callback with the context that it runs in. Owned by its references: the user's Handle, and the loop while it is
/// scheduled.
class HandleNode : public TimerNode, public Pooled {
 public:
  void retain() { ++references_; }
  void release() {
    if (--references_ == 0) delete this;
  }

  void run() final;
  Site site() const final { return site_; }
  std::uint64_t identity() const final { return origin_.name; }
  Context& context() { return context_; }
  bool cancelled() const { return cancelled_; }
  /// Of a timer, the instant for which it was scheduled.
  TimePoint when() const { return when_; }
  void cancel();
  /// The loop closes: drops the callback and what holds on to it, wherever it waits.
  virtual void abandon() { cancel(); }

 protected:
  HandleNode(EventLoop& loop, Context context, Site site);
  virtual ~HandleNode() = default;
  /// The callback itself.
  virtual void invoke() = 0;
  /// Drops what the callback holds, once it ran or was cancelled.
  virtual void clear() = 0;

  EventLoop& loop_;

 private:
  friend class corosim::EventLoop;
  Context context_;
  Site site_;
  TimePoint when_{};
  Origin origin_{new_object_id()};
  HandleLink link_{*this};
  std::uint32_t references_ = 0;
  bool cancelled_ = false;
};

}  // namespace detail

/// A callback that was given to the loop; Python's `asyncio.Handle`. Dropping it does not cancel the callback.
class Handle {
 public:
  Handle() = default;
  explicit Handle(detail::HandleNode& node) : node_(&node) {}

  /// The callback will not run. Without effect once it ran or was cancelled.
  void cancel() { node_->cancel(); }
  bool cancelled() const {
    detail::touch_read(node_->identity(), "Handle.cancelled");
    return node_->cancelled();
  }
  /// The context that the callback runs in.
  Context& get_context() const { return node_->context(); }

 protected:
  detail::Ref<detail::HandleNode> node_;
};

/// A callback that was given to the loop for an instant; Python's `asyncio.TimerHandle`.
class TimerHandle : public Handle {
 public:
  using Handle::Handle;
  /// The instant for which it was scheduled.
  TimePoint when() const { return node_->when(); }
};

/// A callback that call_soon_threadsafe() gave to the loop. Any thread may use it: while the callback runs, the others
/// wait in both functions until it has run. CPython 3.14 `events.py`, _ThreadSafeHandle.
class ThreadSafeHandle {
 public:
  ThreadSafeHandle() = default;

  /// The callback will not run. Without effect on one that ran, or that calls this itself.
  void cancel() const;
  bool cancelled() const;

 private:
  friend class EventLoop;
  struct State {
    State(std::function<void()> given, Context given_context, std::source_location given_where)
        : callback(std::move(given)), context(std::move(given_context)), where(given_where) {}
    void run();
    /// Lets go of what the callback holds.
    void drop();

    std::recursive_mutex mutex;      // held while the callback runs
    std::function<void()> callback;  // guarded by mutex
    bool cancelled = false;          // guarded by mutex
    Context context;                 // the loop's from when it takes the handle
    std::source_location where;
  };
  ThreadSafeHandle(std::function<void()> callback, Context context, std::source_location where)
      : state_(std::make_shared<State>(std::move(callback), std::move(context), where)) {}

  std::shared_ptr<State> state_;
};

}  // namespace corosim
