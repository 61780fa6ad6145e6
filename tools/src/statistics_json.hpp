#pragma once

#include <string>

#include <corosim/traces/statistics.hpp>

/// What `corosim stats --format json` prints.

namespace corosim::tools {

/// One object, indented, with a line end. Times are nanoseconds; the seed is hexadecimal text, as JSON's readers round
/// numbers of 64 bits; `end` and `error` are there only where the trace has them.
std::string statistics_json(const traces::Statistics& statistics);

}  // namespace corosim::tools
