#pragma once

#include <cstddef>
#include <cstdint>
#include <source_location>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// What a step touches. Two steps of different tasks can be swapped without anybody noticing unless they touch the same
/// object and one of them writes it: from that follow happens-before, the equivalence of schedules, and what an
/// exploring strategy need not try. The library's own objects report by themselves; a user's state does through
/// Shared<T>.

namespace corosim {

class Context;

enum class Access : std::uint8_t {
  kRead,
  kWrite,
  kAdd,    // a change that can be swapped with others of its kind: a task joins the loop's
  kGrant,  // a write that only the write before it has made possible: it follows that one in every schedule
};

namespace detail {

/// Names a future, lock, queue, task or Shared. Depends only on who made the object and how many that one had made
/// before, so that an object has the same name in every schedule that makes it.
using ObjectId = std::uint64_t;

/// A 64-bit finaliser (SplitMix64), so that neighbouring names do not collide.
constexpr std::uint64_t mix_name(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
  return x ^ (x >> 31);
}

/// The loop's set of tasks, and how it makes them.
inline constexpr ObjectId kAllTasks = 3;

/// Whoever makes tasks and objects, a task or a callback, and gives them their names.
struct Origin {
  constexpr explicit Origin(std::uint64_t own_name = 0) : name(own_name) {}
  std::uint64_t next_task() { return mix_name(name + ++tasks); }
  void skip_object() { ++objects; }
  ObjectId next_object() { return mix_name(~name + (std::uint64_t{++objects} << 32)); }

  std::uint64_t name;
  std::uint32_t tasks = 0;
  std::uint32_t objects = 0;
};

/// What runs now, a step, a callback, or a part of one in another context: who names what is made, and whose context
/// variables are read. One word of the thread for both, as every step sets it.
class RunScope {
 public:
  /// Until the end of the scope. `origin` is null outside of any step.
  RunScope(Context& context, Origin* origin) : context_(context), origin_(origin), outer_(innermost) {
    innermost = this;
  }
  RunScope(const RunScope&) = delete;
  RunScope& operator=(const RunScope&) = delete;
  ~RunScope() { innermost = outer_; }

  static const RunScope* current() { return innermost; }
  Context& context() const { return context_; }
  Origin* origin() const { return origin_; }
  const RunScope* outer() const { return outer_; }

 private:
  static inline constinit thread_local RunScope* innermost = nullptr;

  Context& context_;
  Origin* origin_;
  RunScope* outer_;
};

/// The task or callback that runs now; null outside of any step.
inline Origin* current_origin() { return RunScope::current() != nullptr ? RunScope::current()->origin() : nullptr; }
/// Names what is made outside of any step. A simulation begins each run with a new one.
inline constinit thread_local Origin outside_origin;
inline Origin& origin() {
  Origin* const current = current_origin();
  return current != nullptr ? *current : outside_origin;
}
inline ObjectId new_object_id() { return origin().next_object(); }

/// One access of the step that runs now.
struct Touch {
  ObjectId object;
  std::source_location where;  // the call; unknown (line 0) of most awaits, unless the log is detailed
  const char* operation;       // static: "read", "Lock.release"
  Access access;
};

/// The co_await of the program, outside of the library's own coroutines, that the current task has come to; unknown
/// where there is none.
std::source_location current_await();

/// The accesses of one step, in order, and on request what stood in the Shared objects and what the others are called.
class AccessLog {
 public:
  struct Detail {
    std::size_t touch;  // which of touches() it belongs to
    std::string name;   // of the object; empty where the program gave none
    std::string value;  // read or written; empty where it cannot be printed
  };
  struct Name {
    ObjectId object;
    std::string name;  // as reports have it: Lock "account"
  };

  /// A run begins: nothing was touched or named.
  void begin(bool detailed) {
    detailed_ = detailed;
    clear();
    names_.clear();
  }
  void add(ObjectId object, Access access, const char* operation, std::source_location where);
  /// What the latest touch saw. Worth the cost only when detailed().
  void describe(std::string_view name, std::string value) {
    details_.push_back({touches_.size() - 1, std::string(name), std::move(value)});
  }
  /// An object of the library was made. Worth the cost only when detailed().
  void name(ObjectId object, std::string_view name) { names_.push_back({object, std::string(name)}); }
  bool detailed() const { return detailed_; }
  std::span<const Touch> touches() const { return touches_; }
  std::span<const Detail> details() const { return details_; }
  /// All names so far: clear() leaves them.
  std::span<const Name> names() const { return names_; }
  void clear() {
    touches_.clear();
    details_.clear();
  }

 private:
  std::vector<Touch> touches_;
  std::vector<Detail> details_;
  std::vector<Name> names_;
  bool detailed_ = false;
};

/// The operations on a Shared, told apart by address: edit() changes what it has read in the same step.
inline constexpr char kRead[] = "read";
inline constexpr char kWrite[] = "write";
inline constexpr char kEdit[] = "edit";

/// The operations on a task's control object, told apart by address: they say who makes whom go on, which
/// happens-before knows already.
inline constexpr char kWake[] = "wake";
inline constexpr char kResume[] = "resume";
/// On the same: somebody asks it to stop.
inline constexpr char kTaskCancel[] = "Task.cancel";
/// On a task's future: its coroutine has ended.
inline constexpr char kTaskEnd[] = "Task.end";
/// On a lock, by address as well: who holds what, and who asks for it.
inline constexpr char kLockAcquire[] = "Lock.acquire";
inline constexpr char kLockRelease[] = "Lock.release";

/// Where accesses go; null, and a branch is all that they cost, where nobody looks: add() is no inline function, for
/// which each of its callers would save registers.
inline constinit thread_local AccessLog* access_log = nullptr;

/// What is done while it lives is no part of the program: the loop's own housekeeping.
class UntoldScope {
 public:
  UntoldScope() : log_(std::exchange(access_log, nullptr)) {}
  UntoldScope(const UntoldScope&) = delete;
  UntoldScope& operator=(const UntoldScope&) = delete;
  ~UntoldScope() { access_log = log_; }

 private:
  AccessLog* log_;
};

inline void touch(ObjectId object, Access access, const char* operation, std::source_location where = {}) {
  if (access_log != nullptr) [[unlikely]]
    access_log->add(object, access, operation, where);
}
inline void touch_read(ObjectId object, const char* operation) { touch(object, Access::kRead, operation); }
inline void touch_write(ObjectId object, const char* operation, std::source_location where = {}) {
  touch(object, Access::kWrite, operation, where);
}
inline void touch_add(ObjectId object, const char* operation) { touch(object, Access::kAdd, operation); }
inline void touch_grant(ObjectId object, const char* operation) { touch(object, Access::kGrant, operation); }

}  // namespace detail
}  // namespace corosim
