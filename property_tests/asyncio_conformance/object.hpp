#pragma once

#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>
#include <variant>

#include <corosim/runtime/barrier.hpp>
#include <corosim/runtime/condition.hpp>
#include <corosim/runtime/event.hpp>
#include <corosim/runtime/future.hpp>
#include <corosim/runtime/lock.hpp>
#include <corosim/runtime/queue.hpp>
#include <corosim/runtime/semaphore.hpp>
#include <corosim/runtime/task_group.hpp>
#include <corosim/runtime/timeout.hpp>

#include "value.hpp"

namespace corosim::conformance {

using FuturePtr = std::shared_ptr<const Future<Value>>;  // a task too: every function returns a Value
using HandlePtr = std::shared_ptr<Handle>;
using LockPtr = std::shared_ptr<Lock>;
using EventPtr = std::shared_ptr<Event>;
using SemaphorePtr = std::shared_ptr<Semaphore>;
using BarrierPtr = std::shared_ptr<Barrier>;
using QueuePtr = std::shared_ptr<Queue<std::int64_t>>;
using TimeoutPtr = std::shared_ptr<Timeout>;
using TaskGroupPtr = std::shared_ptr<TaskGroup>;

struct HeldLock {
  LockPtr lock;
};
/// A Condition, and the lock that it refers to.
class ConditionOnLock : public HeldLock, public Condition {
 public:
  explicit ConditionOnLock(LockPtr shared) : HeldLock{std::move(shared)}, Condition(*lock) {}
};
using ConditionPtr = std::shared_ptr<ConditionOnLock>;

/// What a variable holds. Objects are shared with the statements that use them: a variable may get another meanwhile.
using Object = std::variant<FuturePtr, HandlePtr, LockPtr, EventPtr, SemaphorePtr, BarrierPtr, ConditionPtr, QueuePtr,
                            TimeoutPtr, TaskGroupPtr>;

inline Object make_object(Future<Value> future) { return std::make_shared<const Future<Value>>(std::move(future)); }
inline Object make_object(Handle handle) { return std::make_shared<Handle>(std::move(handle)); }

/// A lock, a semaphore or a condition.
template <class T>
concept LockLike = requires(T& object) {
  object.acquire();
  object.release();
  object.locked();
};

/// Whether the two are one object; Python's `is`.
inline bool same(const Object& a, const Object& b) {
  const auto* future = std::get_if<FuturePtr>(&a);
  const auto* other = std::get_if<FuturePtr>(&b);
  return future != nullptr && other != nullptr ? **future == **other : a == b;
}

/// Calls `method` with what `object` points to; AttributeError when `method` cannot be called with that: Python's call
/// of a method that the object does not have.
template <class R = void, class Method>
R call_method(const Object& object, Method method) {
  return std::visit(
      [&](const auto& pointer) -> R {
        if constexpr (std::is_invocable_v<Method&, decltype(*pointer)>) {
          return method(*pointer);
        } else {
          throw AttributeError();
        }
      },
      object);
}

/// The object as a T; Error when it is none.
template <class T, class Error>
T& as(const Object& object) {
  using Pointer = std::conditional_t<std::is_same_v<T, const Future<Value>>, FuturePtr, std::shared_ptr<T>>;
  const Pointer* pointer = std::get_if<Pointer>(&object);
  if (pointer == nullptr) throw Error();
  return **pointer;
}

}  // namespace corosim::conformance
