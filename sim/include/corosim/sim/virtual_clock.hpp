#pragma once

#include <optional>

#include <corosim/runtime/seams.hpp>

namespace corosim::sim {

/// Time that passes only by jumping to the next deadline, when nothing else is left to do. Starts at zero.
class VirtualClock final : public Clock {
 public:
  /// Time does not pass beyond `limit`.
  explicit VirtualClock(Duration limit = Duration::max()) : limit_(limit) {}

  TimePoint now() const override { return now_; }
  /// Jumps to `deadline`. False where there is none, or where it lies beyond the limit.
  bool wait(std::optional<TimePoint> deadline) override;
  /// Nothing outside of the loop exists in a simulation.
  void interrupt() override {}

  bool limit_reached() const { return limit_reached_; }
  void reset(Duration limit) { *this = VirtualClock(limit); }

 private:
  Duration limit_;
  TimePoint now_{};
  bool limit_reached_ = false;
};

}  // namespace corosim::sim
