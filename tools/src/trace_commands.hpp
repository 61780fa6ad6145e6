#pragma once

#include <string>

#include <corosim/traces/reader.hpp>

#include "command_line.hpp"

namespace corosim::tools {

/// False, and an error, where the trace at this path was not read to its end.
bool check_complete(const std::string& path, const traces::Tail& tail);

/// Prints the story of a trace, its tree of tasks or the causes of a step, as far as it can be read. Returns kPassed,
/// or kUsage where that was not to its end. Throws TraceError where there is nothing to show, std::runtime_error for a
/// step that is not there.
int show(const Show& request);

/// Prints what differs between two traces. Returns kPassed where they are equal, kFailureFound where they differ,
/// kUsage where one of them cannot be read to its end. Throws TraceError where there is nothing to compare.
int diff(const Diff& request);

/// Prints a trace in numbers, as far as it can be read. Returns as show() does.
int stats(const Stats& request);

}  // namespace corosim::tools
