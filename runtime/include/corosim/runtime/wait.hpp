#pragma once

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <optional>
#include <vector>

#include <corosim/runtime/coro.hpp>
#include <corosim/runtime/task.hpp>

namespace corosim {

/// When wait() returns.
enum class ReturnWhen : std::uint8_t { kFirstCompleted, kFirstException, kAllCompleted };

class WaitOptions {
 public:
  WaitOptions() = default;
  /// Return after this long at the latest; never by default. The futures are not cancelled.
  WaitOptions& timeout(std::optional<Duration> value) {
    timeout_ = value;
    return *this;
  }
  WaitOptions& return_when(ReturnWhen value) {
    return_when_ = value;
    return *this;
  }
  std::optional<Duration> timeout() const { return timeout_; }
  ReturnWhen return_when() const { return return_when_; }

 private:
  std::optional<Duration> timeout_;
  ReturnWhen return_when_ = ReturnWhen::kAllCompleted;
};

/// The futures that were given to wait(), in that order, each once.
template <class F>
struct WaitResult {
  std::vector<F> done;
  std::vector<F> pending;
};

namespace detail {
/// CPython 3.14 `tasks.py`, _wait. REQUIRES: `futures` are distinct.
Coro<void> wait_until(std::vector<AnyFuture> futures, WaitOptions options);
}  // namespace detail

/// Waits until all of `futures` are done, or the first, or the first that ends in an exception. Throws no TimeoutError
/// and nothing of theirs; cancelling the waiting task leaves them alone. Throws ValueError where there are none.
template <std::derived_from<AnyFuture> F>
Coro<WaitResult<F>> wait(std::vector<F> futures, WaitOptions options = {}) {
  std::vector<F> distinct;
  for (const F& future : futures) {
    if (std::find(distinct.begin(), distinct.end(), future) == distinct.end()) distinct.push_back(future);
  }
  co_await detail::wait_until(std::vector<AnyFuture>(distinct.begin(), distinct.end()), options);
  WaitResult<F> result;
  for (const F& future : distinct) (future.done() ? result.done : result.pending).push_back(future);
  co_return result;
}

}  // namespace corosim
