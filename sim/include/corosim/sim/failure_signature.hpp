#pragma once

#include <string>

#include <corosim/sim/run_result.hpp>

namespace corosim::sim {

/// What makes two failures the same one, although they came about in other steps and with other numbers: the place and
/// the text of the failed check, numbers left out; of a deadlock what the tasks wait for, and where. Empty for a run
/// that did not fail.
std::string failure_signature(const RunResult& result);

}  // namespace corosim::sim
