#pragma once

#include <optional>
#include <type_traits>
#include <utility>

#include <corosim/runtime/run.hpp>
#include <corosim/runtime/seams.hpp>

namespace corosim::testing {

/// Time that passes only where nothing is ready: a wait jumps to its deadline. Without a deadline the run is a
/// deadlock.
class VirtualClock final : public Clock {
 public:
  TimePoint now() const override { return now_; }
  bool wait(std::optional<TimePoint> deadline) override {
    if (!deadline) return false;
    if (*deadline > now_) now_ = *deadline;
    return true;
  }
  void interrupt() override {}

 private:
  TimePoint now_{};
};

/// Runs `main` in virtual time, in asyncio's order. Tasks left over are cancelled and waited for.
template <class T>
T run_virtual(Coro<T> main) {
  VirtualClock clock;
  Runner runner(LoopOptions().clock(clock));
  return runner.run(std::move(main));
}

/// Runs the first `passes` passes of the loop over `main`, then destroys it with every task where it stands.
template <class T>
void run_and_destroy(Coro<T> main, int passes) {
  VirtualClock clock;
  const EventLoopPtr loop = new_event_loop(LoopOptions().clock(clock));
  const Task<T> task = loop->create_task(std::move(main));
  for (int pass = 0; pass < passes; ++pass) {
    loop->stop();
    loop->run_forever();
  }
}

}  // namespace corosim::testing
