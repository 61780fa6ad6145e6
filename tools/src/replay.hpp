#pragma once

#include "command_line.hpp"

namespace corosim::tools {

/// Checks the schedule or trace first, so that nothing is started for one that cannot be read; then starts the program.
/// Returns its exit code. Throws what the reader throws.
int replay(const Replay& request);

}  // namespace corosim::tools
