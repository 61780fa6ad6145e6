#pragma once

#include <cstdint>
#include <utility>
#include <vector>

namespace corosim::sim {

/// Which of the lines of a function, ascending, are the same before and after an edit: pairs of both. Where there are
/// as many on either side, these in order. Otherwise those that moved by the commonest distance, and between two of
/// them as many on either side.
std::vector<std::pair<std::uint32_t, std::uint32_t>> match_lines(const std::vector<std::uint32_t>& before,
                                                                 const std::vector<std::uint32_t>& after);

}  // namespace corosim::sim
