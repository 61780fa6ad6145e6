#pragma once

#include <functional>
#include <string_view>

namespace corosim::traces {

/// Takes output, piece by piece. What it throws ends whatever makes the output.
using Sink = std::function<void(std::string_view)>;

}  // namespace corosim::traces
