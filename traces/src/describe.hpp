// Events in words.
#pragma once

#include <corosim/traces/trace.hpp>
#include <string>

#include "names.hpp"

namespace corosim::traces {

/// Appends "started at bank.cpp:12", "resumed at bank.cpp:14", "callback", "timer".
void describe(std::string& to, const Names& names, const Step& step);
/// "parked for sleep at bank.cpp:14".
void describe(std::string& to, const Names& names, const Parked& parked);
/// Everything else that can happen in a step: "creates main/deposit#1 at bank.cpp:21", "ended", "drew latency = 3".
void describe(std::string& to, const Names& names, const Note& note);

/// The same as a text of its own.
template <typename Happened>
std::string describe(const Names& names, const Happened& happened) {
  std::string text;
  describe(text, names, happened);
  return text;
}
template <typename Happened>
std::string describe(const Trace& trace, const Happened& happened) {
  return describe(Names(trace), happened);
}

}  // namespace corosim::traces
