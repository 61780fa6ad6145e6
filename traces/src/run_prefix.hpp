// How far two long runs are the same, found without holding them in memory.
#pragma once

#include <corosim/traces/reader.hpp>
#include <corosim/traces/trace.hpp>
#include <cstdint>

#include "lanes.hpp"

namespace corosim::traces {

/// Where one side of a comparison parts from the other.
struct PrefixSide {
  std::uint64_t steps = 0;  // in all
  StepNumber last_step = 0;
  StepNumber parts_at = 0;  // its first step that the other did not take as well; 0: there is none
  Skipped steps_in_common;  // by lane, from parts_at on: so many of its first steps the other took as well
};

struct RunPrefix {
  PrefixSide left;
  PrefixSide right;
  bool swapped = false;  // what is the same came in another order
};

/// Reads both traces once, and keeps 12 bytes a step. A step is the same as that of the other run's same lane of the
/// same rank where both came after the same (Pasts), at the same time, and the same happened in them. Where a trace
/// does not tell pasts, runs part where they do not take the same steps in the same order.
RunPrefix run_prefix(Reader left, Reader right);

}  // namespace corosim::traces
