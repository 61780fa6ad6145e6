#pragma once

#include <ostream>
#include <string>
#include <vector>

#include <corosim/sim/simulation.hpp>

/// Small concurrent programs to measure strategies with: each has one known bug, or a known number of schedules that
/// differ. Their tasks can be interleaved at each co_await and nowhere else; the order is free among all ready tasks
/// (order `any`).

namespace corosim::kernels {

struct Kernel {
  std::string name;    // "phil(3,stag4)": the program and its parameters
  std::string source;  // where the program is from: "SCTBench"; empty: made for this set
  sim::Program program;
};
inline std::ostream& operator<<(std::ostream& out, const Kernel& kernel) { return out << kernel.name; }

/// Programs with one bug each. They fail in some schedule: a check does not hold, or the tasks wait for each other.
const std::vector<Kernel>& bug_kernels();

/// Bugs that asyncio and anyio have had, in pairs: `lock/fault`, the library's primitive with the fault put back, which
/// fails in some schedule as the kernels above do; `lock/correct`, the same program on the correct primitive, which
/// fails in none. Some use callbacks and timers: for order `legal` as well as `any`.
const std::vector<Kernel>& asyncio_kernels();

/// Programs in growing sizes whose schedules fall into a known number of equivalence classes, for complete
/// exploration. `sem_` in a name: with SemanticLock in place of Lock.
const std::vector<Kernel>& families();

}  // namespace corosim::kernels
