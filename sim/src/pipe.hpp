#pragma once

#include <string_view>

namespace corosim::sim {

/// False where nobody listens any more.
bool write_all(int pipe, std::string_view bytes);

}  // namespace corosim::sim
