#pragma once

#include <cstddef>
#include <cstdint>

#include <corosim/runtime/access.hpp>
#include <corosim/runtime/frame_pool.hpp>
#include <corosim/runtime/site.hpp>
#include <corosim/runtime/time.hpp>

namespace corosim {

class EventLoop;

namespace detail {
class TaskState;
class Runnable;
}  // namespace detail

/// What a handle does when it runs.
enum class HandleKind : std::uint8_t {
  kTaskStart,   // a task's first step
  kTaskResume,  // a task goes on after an await
  kCallback,    // call_soon, or a done callback
  kTimer,       // call_later or call_at, or the timer behind a sleep or a timeout
};

/// Handles whose order among themselves is promised under the order `legal`: the callbacks of a loop, the tasks that
/// one lock or queue wakes. A handle without a lane is a lane of its own.
struct Lane {
  explicit Lane(std::uint64_t lane_name) : name(lane_name) {}

  std::uint64_t name;                 // the same in every run
  detail::Runnable* first = nullptr;  // ready handles, linked through Runnable::lane_next
  detail::Runnable* last = nullptr;
  std::uint64_t last_taken = 0;  // the latest step of one of them; 0: none yet
};

namespace detail {

/// One scheduled callback: a handle. It is idle, or waits for its time (a timer), or is ready and waits for its turn;
/// it is never in the ready set twice. Tasks are handles themselves; what users schedule is a HandleNode.
class Runnable {
 public:
  Runnable(const Runnable&) = delete;
  Runnable& operator=(const Runnable&) = delete;

  /// Executes the step. Called by the loop only, after the handle left the ready set.
  virtual void run() = 0;
  HandleKind kind() const { return kind_; }
  /// The task whose step this is, or for which it acts (a sleep's timer); null for a plain callback. In task_state.hpp.
  inline const TaskState* task() const;
  /// Where the step goes on or was scheduled; unknown where nobody said.
  virtual Site site() const { return {}; }
  /// Names the handle, the same in every schedule in which it exists: for a task its spawn path.
  virtual std::uint64_t identity() const = 0;

  bool ready() const { return ready_; }

  // What stands in a handle only while it is ready or scheduled is not set before: a sleep of zero is neither.

  /// The step that made the handle ready; of a timer, the step that scheduled it. 0: before the first.
  std::uint64_t cause;

  // The ready policy's own fields: its short number for name(), and, valid while ready, where it keeps the handle, and
  // its lane.
  static constexpr std::uint32_t kNoActor = static_cast<std::uint32_t>(-1);
  std::uint32_t actor = kNoActor;

 protected:
  friend class corosim::EventLoop;
  friend class TimerQueue;
  HandleKind kind_;
  bool ready_ : 1 = false;
  bool scheduled_ : 1 = false;  // of a timer

 public:
  std::uint64_t position;  // of a scheduled timer the TimerQueue's
  Lane* lane;
  Runnable* lane_next;

 protected:
  explicit Runnable(HandleKind kind) : kind_(kind) {}
  ~Runnable() = default;
  /// Of a handle that is no task's step: the task for which it acts; null for none.
  virtual const TaskState* acts_for() const { return nullptr; }
};

/// A handle that becomes ready at an instant. Lives where its owner lives: in a sleeping frame, or in a TimerHandle.
class TimerNode : public Runnable {
 public:
  bool scheduled() const { return scheduled_; }
  /// It fires soon: asks for the memory that it will need.
  virtual void fetch() const {}

 protected:
  explicit TimerNode(HandleKind kind = HandleKind::kTimer) : Runnable(kind) {}
  ~TimerNode() = default;
};

}  // namespace detail
}  // namespace corosim
