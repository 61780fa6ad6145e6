// Events in words.
#pragma once

#include <corosim/traces/trace.hpp>
#include <string>

#include "names.hpp"

namespace corosim::traces {

/// "started at bank.cpp:12", "resumed at bank.cpp:14", "callback", "timer".
std::string describe(const Names& names, const Step& step);
/// "parked for sleep at bank.cpp:14".
std::string describe(const Names& names, const Parked& parked);
/// Everything else that can happen in a step: "creates main/deposit#1 at bank.cpp:21", "ended", "drew latency = 3".
std::string describe(const Names& names, const Note& note);

inline std::string describe(const Trace& trace, const Step& step) { return describe(Names(trace), step); }
inline std::string describe(const Trace& trace, const Parked& parked) { return describe(Names(trace), parked); }
inline std::string describe(const Trace& trace, const Note& note) { return describe(Names(trace), note); }

}  // namespace corosim::traces
