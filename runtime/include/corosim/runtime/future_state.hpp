#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include <corosim/runtime/access.hpp>
#include <corosim/runtime/errors.hpp>
#include <corosim/runtime/frame_pool.hpp>
#include <corosim/runtime/intrusive.hpp>
#include <corosim/runtime/site.hpp>

namespace corosim {

class EventLoop;

/// Where a future stands.
enum class FutureStatus : std::uint8_t { kPending, kCancelled, kFinished };

namespace detail {

class FutureState;
class TaskState;

/// Something to do when a future is done: resume a task that awaits it, or schedule a callback. Waits in the future's
/// list, in order of registration, until then.
class DoneNode : public ListNode {
 public:
  /// `future` is done and this node has left its list.
  virtual void future_done(FutureState& future) = 0;
  /// Leaves the list without being told: the future is destroyed, or the node is removed.
  virtual void abandon() { unlink(); }

 protected:
  ~DoneNode() = default;
};

/// What few futures and tasks have, in a record of its own that is made on demand.
struct FutureExtras {
  CancelMessage cancel_message;
  CancelMessage wait_message;  // of the cancellation that a task's wait ends in, until its next step
  std::string task_name;       // empty: "Task-<id>"
};

/// The shared state behind a Future or Task, without its value. CPython 3.14 `futures.py`, class Future.
/// Counted by the handles that users hold, and by the loop while it is a task that is not done.
class FutureState : public Pooled {
 public:
  explicit FutureState(EventLoop& loop, Site made_at);
  FutureState(const FutureState&) = delete;
  FutureState& operator=(const FutureState&) = delete;

  void retain() { ++references_; }
  void release() {
    if (--references_ == 0) delete this;
  }

  EventLoop& loop() const { return loop_; }
  ObjectId id() const { return origin_.name; }
  FutureStatus status() const { return status_; }
  bool done() const { return status_ != FutureStatus::kPending; }
  bool cancelled() const { return status_ == FutureStatus::kCancelled; }
  Site made_at() const { return made_at_; }
  /// This state as a task, or null where it is a plain future.
  inline TaskState* as_task();
  inline const TaskState* as_task() const;

  /// Future.cancel, or what a task or a gather makes of it. False when already done. Throws RecursionError where the
  /// request comes back to a future that is passing it on.
  bool cancel(const CancelMessage& message);
  /// Marks the future cancelled and schedules what waits for it. False when already done.
  bool mark_cancelled(const CancelMessage& message);
  void set_exception(std::exception_ptr exception);
  /// After the value was stored: the future is finished.
  inline void mark_finished();
  /// Throws InvalidStateError unless the future is pending.
  void require_pending() const;

  /// Throws what a reader of the result must see: CancelledError, InvalidStateError while pending, or the exception
  /// that was set. Returns when there is a value.
  void throw_unless_value() {
    if (std::exception_ptr error = error_of_result()) std::rethrow_exception(std::move(error));
  }
  /// The same as a value; null where there is one.
  std::exception_ptr error_of_result();
  /// Future.exception: null for a value. Throws CancelledError or, while pending, InvalidStateError.
  std::exception_ptr exception();
  /// The exception that was set, without marking it as retrieved. Null for none.
  std::exception_ptr peek_exception() const { return status_ == FutureStatus::kFinished ? error_ : nullptr; }
  /// Whether a reader of the result sees a CancelledError.
  bool ends_in_cancellation() const { return cancelled() || exception_is_cancellation_; }
  /// The CancelledError that cancellation of this future raises; the one that ended a task only the first time.
  std::exception_ptr make_cancelled_error();
  const CancelMessage& cancel_message() const { return extras_ ? extras_->cancel_message : kNoMessage; }
  void set_cancel_message(const CancelMessage& message) {
    if (message || extras_) extras().cancel_message = message;
  }
  /// Whether some shield of this future has asked for a report of its exception, for nobody may be left to see it.
  bool reports_when_shielded() const { return reports_when_shielded_; }
  void set_reports_when_shielded() { reports_when_shielded_ = true; }
  /// Whether this is the outer future of a shield().
  bool shields() const { return shields_; }
  void set_shields() { shields_ = true; }
  /// A mark for whoever goes through a list of futures and wants to know which it has met; cleared again by them.
  bool marked() const { return marked_; }
  void set_marked(bool marked) { marked_ = marked; }
  void mark_retrieved() { log_exception_ = false; }
  /// Whether an await of this future was refused before: until it is done, every later one is refused too, as in
  /// CPython (`_asynciomodule.c`, where `fut_blocking` stays set).
  bool refuses_awaits() const { return refuses_awaits_; }
  void set_refuses_awaits() { refuses_awaits_ = true; }

  /// `node` learns when the future is done. REQUIRES: pending.
  void add_done_node(DoneNode& node) { done_nodes_.push_back(node); }

 protected:
  /// Of a task, which is named after its place in the tree of tasks; other objects are named as if it had a name of the
  /// usual kind.
  struct OfTask {};
  inline FutureState(EventLoop& loop, Site made_at, OfTask);
  virtual ~FutureState();

  // What cancel() means for one future: it is asked whether it is pending, passes the request on to its targets, one
  // after the other, and ends with the knowledge whether it reached any of them.
  virtual bool begin_cancel();
  /// The `index`-th target; null when there is none left.
  virtual FutureState* cancel_target(std::size_t) const { return nullptr; }
  virtual bool end_cancel(const CancelMessage& message, bool reached);

  /// Whether there is an exception that nobody has looked at.
  bool has_unretrieved() const { return log_exception_; }
  /// Tells the loop's exception handler of it, once. REQUIRES: there is one.
  void report_unretrieved();

  static inline const CancelMessage kNoMessage;
  FutureExtras& extras() {
    if (!extras_) extras_ = std::make_unique<FutureExtras>();
    return *extras_;
  }

  EventLoop& loop_;
  Origin origin_;  // the future's name; of a task, also who names what it makes
  // Of a finished future, what was set. Of a cancelled task, the CancelledError that ended it, until that is first
  // raised again. Of a pending task, what its next step throws.
  std::exception_ptr error_;
  std::unique_ptr<FutureExtras> extras_;

 private:
  class CancelWalk;

  inline void schedule_done_nodes();

  List<DoneNode> done_nodes_;  // in order of registration
  Site made_at_;
  std::uint32_t references_ = 0;
  FutureStatus status_ = FutureStatus::kPending;
  bool is_task_ : 1 = false;
  bool log_exception_ : 1 = false;  // an exception was set and nobody has looked at it
  bool exception_is_cancellation_ : 1 = false;
  bool reports_when_shielded_ : 1 = false;
  bool shields_ : 1 = false;
  bool marked_ : 1 = false;
  bool refuses_awaits_ : 1 = false;
  bool passing_cancel_on_ : 1 = false;  // a CancelWalk is at one of its targets
};

/// How a T is stored: void as std::monostate, a reference as a pointer.
template <class T>
using Stored = std::conditional_t<std::is_void_v<T>, std::monostate,
                                  std::conditional_t<std::is_reference_v<T>, std::remove_reference_t<T>*, T>>;

template <class T>
inline constexpr bool is_copyable = std::is_copy_constructible_v<T>;
template <class T>
inline constexpr bool is_copyable<std::vector<T>> = is_copyable<T>;  // the vector itself says yes to any T

/// What one of those who ask for a result gets: a copy, as others may ask for the same; of a value that only moves, the
/// first gets the value itself.
template <class T>
T share(T& value) {
  if constexpr (is_copyable<T>) {
    return value;
  } else {
    return std::move(value);
  }
}

/// A T as a future or task keeps it.
template <class T>
class ValueSlot {
 public:
  template <class... Args>
  void emplace(Args&&... args) {
    value_.emplace(std::forward<Args>(args)...);
  }
  Stored<T>& get() { return *value_; }

 private:
  std::optional<Stored<T>> value_;
};

/// A plain future of a T.
template <class T>
class ValueFutureState : public FutureState {
 public:
  using FutureState::FutureState;
  ValueSlot<T> value;
};

}  // namespace detail
}  // namespace corosim
