#pragma once

#include "command_line.hpp"

namespace corosim::tools {

/// Writes a trace in another format, as far as it can be read. Returns kPassed, or kUsage where that was not to its
/// end. Throws TraceError where there is nothing to write, std::runtime_error where it cannot be written.
int export_trace(const Export& request);

}  // namespace corosim::tools
