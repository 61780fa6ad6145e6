#pragma once

#include <corosim/runtime/coro.hpp>
#include <corosim/sim/scheduler.hpp>

namespace corosim::sim {

/// The main function of a program that runs once, in virtual time and in asyncio's own order:
///
///     int main() { return corosim::sim::run_virtual(program()); }
///
/// What corosim::run() does in real time, without the waiting; always the same run. Returns an ExitCode: kPassed, or
/// kFailureFound when `main` or a task fails, waits for ever, or exceeds `limits`. The report goes to standard error,
/// as do warnings.
int run_virtual(Coro<void> main, const Limits& limits = Limits());

}  // namespace corosim::sim
