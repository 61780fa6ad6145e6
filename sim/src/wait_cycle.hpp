#pragma once

#include <string>
#include <vector>

#include <corosim/sim/run_result.hpp>

namespace corosim::sim {

/// Tasks that wait for each other: each for what the next one holds, the last for the first. Begins with the first of
/// the list that is in a cycle; empty where there is none.
std::vector<const StoppedTask*> wait_cycle(const std::vector<StoppedTask>& tasks);

/// "main/a#1 waits for Lock "x", held by main/b#1, which waits for Lock "y", held by main/a#1". Empty where there is no
/// cycle.
std::string wait_cycle_text(const std::vector<StoppedTask>& tasks);

}  // namespace corosim::sim
