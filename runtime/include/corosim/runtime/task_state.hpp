#pragma once

#include <cstdint>
#include <exception>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <corosim/runtime/context.hpp>
#include <corosim/runtime/future_state.hpp>
#include <corosim/runtime/parking.hpp>
#include <corosim/runtime/runnable.hpp>

namespace corosim {

/// How create_task makes a task.
class TaskOptions {
 public:
  TaskOptions() = default;
  /// The name that get_name() returns; "Task-<number>" where none is given.
  TaskOptions& name(std::string value) {
    name_ = std::move(value);
    return *this;
  }
  /// The context to run in, itself and not a copy; a copy of the current one where none is given.
  TaskOptions& context(Context value) {
    context_ = std::move(value);
    return *this;
  }
  /// Run the coroutine at once, up to its first wait, inside create_task.
  TaskOptions& eager_start(bool value = true) {
    eager_start_ = value;
    return *this;
  }

 private:
  friend class EventLoop;
  friend class detail::TaskState;
  std::string name_;
  std::optional<Context> context_;
  std::optional<bool> eager_start_;
};

/// One line of an await stack: a coroutine and where it awaits.
struct StackFrame {
  FunctionSite function;
  Site awaiting;  // its current co_await; unknown before the first
};

namespace detail {

/// A task without its value's type: it drives the frames of one coroutine on the loop, one step at a time. CPython 3.14
/// `tasks.py`, class Task. Is the future of the coroutine's result, too; the value stands in a TypedTask.
///
/// In one of three states, as there: parked (a Waiter is not finished), scheduled (in the ready set), or running.
class TaskState : public Runnable, public FutureState, public ListNode {
 public:
  TaskState(EventLoop& loop, FrameBase& root, const TaskOptions& options, Site made_at);

  // The frames ------------------------------------------------------------------------------------------------------
  /// Makes `frame` the innermost.
  void set_top(FrameBase* frame) { top_ = frame; }
  /// The innermost frame has ended: goes on in the one that awaits it, or, after the first frame, ends.
  void leave(FrameBase& frame) {
    if (frame.caller != nullptr) {
      top_ = frame.caller;
    } else {
      stop_ = Stop::kEnded;
    }
  }
  FrameBase* top() const { return top_; }
  /// The task rests in `waiter`, or, with none, goes on in the next pass. Called by the parking primitive.
  void rest(Waiter* waiter) {
    parked_ = waiter;
    stop_ = waiter != nullptr ? Stop::kParked : Stop::kYields;
  }
  /// The task's next step throws `error` at its await.
  void interrupt_with(std::exception_ptr error) {
    error_ = std::move(error);
    must_throw_ = true;
  }
  /// Throws what was sent to the task since it came to rest: a cancellation, or interrupt_with's error.
  void throw_if_interrupted() {
    if (interruption_ != Interruption::kNone) throw_interruption();
  }
  /// Whether that would throw.
  bool interrupted() const { return interruption_ != Interruption::kNone; }
  /// The same, as a value; null for none.
  std::exception_ptr take_interruption();
  /// The message of the cancellation that the task's wait ends in, until its next step.
  void keep_wait_message(const CancelMessage& message) {
    if (message || extras_) extras().wait_message = message;
  }
  CancelMessage take_wait_message() {
    return extras_ ? std::exchange(extras_->wait_message, CancelMessage()) : CancelMessage();
  }
  /// The message of the cancellation that interrupts the task, which is delivered with it.
  CancelMessage take_cancellation();
  /// Schedules the step of a parked task. CPython: `call_soon(self.__wakeup)`.
  inline void schedule(Lane* lane);

  // Runnable --------------------------------------------------------------------------------------------------------
  void run() override;
  Site site() const override { return started() && top_ != nullptr ? top_->awaiting : made_at(); }
  std::uint64_t identity() const override { return origin_.name; }
  /// Runs the first step inside create_task.
  void start_eagerly();
  /// Whether the step about to run delivers a cancellation.
  bool delivers_cancellation() const { return must_cancel_ || (parked_ != nullptr && parked_->ends_in_cancellation()); }
  /// Whether the running step was sent a cancellation beside what the wait itself ended in. A request that arrives
  /// while it runs is for the next wait.
  bool interrupted_by_cancellation() const { return interruption_ == Interruption::kCancel; }

  // Cancellation ----------------------------------------------------------------------------------------------------
  int cancelling() const { return cancel_requests_; }
  int uncancel();

  /// It runs soon: asks for its memory.
  void fetch() const {
    constexpr std::size_t kLine = 64;
    const auto* const line = reinterpret_cast<const char*>(&future());
    for (std::size_t offset = 0; offset < sizeof(TaskState); offset += kLine) __builtin_prefetch(line + offset);
  }

  // Identity --------------------------------------------------------------------------------------------------------
  /// Not const: an instrument, which only looks at tasks, may cancel one.
  FutureState& future() const { return const_cast<TaskState&>(*this); }
  /// From 1, in order of creation on the loop.
  std::uint32_t id() const { return id_; }
  /// The task that created this one; 0 for none.
  std::uint32_t parent_id() const { return parent_id_; }
  /// Depends on the spawn path only: the parent's path and how many tasks it had created before.
  std::uint64_t path_hash() const { return origin_.name; }
  /// What cancelling the task, waking it and each of its steps write.
  ObjectId control() const { return ~origin_.name; }
  /// The coroutine's function; unknown once the task is done.
  FunctionSite function() const;
  std::string name() const;
  void set_name(std::string name) { extras().task_name = std::move(name); }
  Context& context() { return context_; }

  // Introspection ---------------------------------------------------------------------------------------------------
  /// What it is parked in; null while scheduled or running.
  const Waiter* parked() const { return parked_ != nullptr && !parked_->finished() ? parked_ : nullptr; }
  /// What it awaits, where that is a future or task; until its next step, when that is done. Python's `_fut_waiter`.
  FutureState* awaited_future() const { return parked_ != nullptr ? parked_->awaited_future() : nullptr; }
  /// The await stack, outermost first. Empty once the task is done.
  std::vector<StackFrame> stack() const;

  /// Destroys the frames where they stand, innermost first, without unwinding them.
  void destroy_frames();

 protected:
  ~TaskState() = default;
  /// Moves the ended first frame's result here, and destroys the frame.
  virtual void take_result(FrameBase& root) = 0;
  /// The outcome of a coroutine that ended in an exception.
  void end_with(std::exception_ptr exception, bool cancellation);
  /// Whether a cancellation arrived in the last step, after its last await: it wins over the result.
  inline bool end_with_late_cancel();

 private:
  friend class corosim::EventLoop;
  enum class Interruption : std::uint8_t { kNone, kCancel, kError };
  enum class Stop : std::uint8_t { kNone, kYields, kParked, kEnded };

  bool begin_cancel() override;
  FutureState* cancel_target(std::size_t index) const override { return index == 0 ? awaited_future() : nullptr; }
  bool end_cancel(const CancelMessage& message, bool reached) override;

  bool started() const { return kind_ == HandleKind::kTaskResume; }
  void choose_interruption(const Waiter* waited);
  // Both are part of run(), and of start_eagerly().
  [[gnu::always_inline]] inline void step();
  [[gnu::always_inline]] inline bool drive();
  void end_before_start();
  [[noreturn]] void throw_interruption();

  FrameBase* top_;                // null once done
  Waiter* parked_ = nullptr;      // until the step after the wait
  Stop stop_ = Stop::kNone;       // why the running step does not go on
  bool must_cancel_ : 1 = false;  // both at once: one test in each step
  bool must_throw_ : 1 = false;   // error_
  Interruption interruption_ = Interruption::kNone;
  int cancel_requests_ = 0;
  std::uint32_t id_;
  std::uint32_t parent_id_ = 0;
  Context context_;
};

inline const TaskState* Runnable::task() const {
  const bool is_step = kind_ == HandleKind::kTaskStart || kind_ == HandleKind::kTaskResume;
  return is_step ? static_cast<const TaskState*>(this) : acts_for();
}

inline TaskState* FutureState::as_task() { return is_task_ ? static_cast<TaskState*>(this) : nullptr; }
inline const TaskState* FutureState::as_task() const {
  return is_task_ ? static_cast<const TaskState*>(this) : nullptr;
}

}  // namespace detail
}  // namespace corosim
