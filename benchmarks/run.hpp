#pragma once

#include <utility>

#include <corosim/runtime/run.hpp>
#include <corosim/sim/virtual_clock.hpp>

namespace corosim {

/// Runs `main` on a new loop in virtual time: the runtime alone, without a simulation.
inline void run_in_virtual_time(Coro<void> main) {
  sim::VirtualClock clock;
  Runner runner(LoopOptions().clock(clock));
  runner.run(std::move(main));
}

}  // namespace corosim
