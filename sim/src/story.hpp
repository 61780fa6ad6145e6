#pragma once

#include <vector>

#include <corosim/sim/explanation.hpp>
#include <corosim/sim/run_log.hpp>

#include "why.hpp"

namespace corosim::sim {

/// What those whom `why` concerns, and the one that failed, did to the objects that it concerns and to the Shared ones
/// of the failing step, and the failed check. Of a long story the steps of `pair`, if there is one, and the end.
std::vector<StoryLine> tell_story(const RunLog& log, Why why, const std::optional<CriticalPair>& pair,
                                  const RunEnd& end);

}  // namespace corosim::sim
