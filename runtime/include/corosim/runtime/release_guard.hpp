#pragma once

#include <source_location>
#include <utility>

namespace corosim {

namespace detail {
/// `release()` threw out of a guard's destructor: tells the running loop's exception handler.
void report_failed_release() noexcept;
}  // namespace detail

/// Holds a Lock or a unit of a Semaphore, and releases it at the end of the scope; what `scoped()` gives. Move-only.
///
///     auto guard = co_await lock.scoped();
///
/// An owner that does not allow the release any more (it was released by hand) has its error reported to the loop's
/// exception handler.
template <class Owner>
class [[nodiscard("a guard that is not named releases at once")]] ReleaseGuard {
 public:
  /// Takes over what the caller has acquired from `owner`.
  explicit ReleaseGuard(Owner owner) : owner_(std::move(owner)), held_(true) {}
  ReleaseGuard(ReleaseGuard&& other) noexcept : owner_(other.owner_), held_(std::exchange(other.held_, false)) {}
  ReleaseGuard& operator=(ReleaseGuard&& other) noexcept {
    std::swap(owner_, other.owner_);
    std::swap(held_, other.held_);
    return *this;
  }
  ~ReleaseGuard() {
    try {
      release(std::source_location());
    } catch (...) {
      detail::report_failed_release();
    }
  }

  /// Releases before the end of the scope. Without effect the second time. Throws what the owner's release() throws.
  void release(std::source_location where = std::source_location::current()) {
    if (std::exchange(held_, false)) owner_.release(where);
  }

 private:
  Owner owner_;
  bool held_;
};

namespace detail {

/// Acquires, and gives a guard. The coroutine in it is the owner's acquire(), as in Python's `async with`.
template <class Owner>
class ScopedAcquire final : public Owner::Acquire {
 public:
  ScopedAcquire(const Owner& owner, std::source_location where) : Owner::Acquire(owner, where), scope_owner_(owner) {}
  ReleaseGuard<Owner> await_resume() {
    Owner::Acquire::await_resume();
    return ReleaseGuard<Owner>(scope_owner_);
  }

 private:
  Owner scope_owner_;
};

}  // namespace detail
}  // namespace corosim
