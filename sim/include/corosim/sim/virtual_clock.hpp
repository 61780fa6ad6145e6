#pragma once

#include <functional>
#include <optional>
#include <utility>

#include <corosim/runtime/seams.hpp>

namespace corosim::sim {

/// Time that passes only by jumping to the next deadline, when nothing else is left to do. Starts at zero.
class VirtualClock final : public Clock {
 public:
  /// Time does not pass beyond `limit`.
  explicit VirtualClock(Duration limit = Duration::max()) : limit_(limit) {}

  TimePoint now() const override { return now_; }
  /// Jumps to `deadline`, unless the idle hook made something ready. False where there is no deadline, or where it lies
  /// beyond the limit.
  bool wait(std::optional<TimePoint> deadline) override;
  /// Nothing outside of the loop exists in a simulation.
  void interrupt() override {}

  TimePoint due(TimePoint when) override { return timer_hook_ ? timer_hook_(when) : when; }
  /// `hook` says when timers fire that are set for an instant.
  void on_timer(std::function<TimePoint(TimePoint when)> hook) { timer_hook_ = std::move(hook); }
  /// `hook` is asked before time passes, or the run ends because nothing is left to do: true if now something is ready.
  void on_idle(std::function<bool()> hook) { idle_hook_ = std::move(hook); }
  bool limit_reached() const { return limit_reached_; }
  void reset(Duration limit) { *this = VirtualClock(limit); }

 private:
  std::function<bool()> idle_hook_;
  std::function<TimePoint(TimePoint)> timer_hook_;
  Duration limit_;
  TimePoint now_{};
  bool limit_reached_ = false;
};

}  // namespace corosim::sim
