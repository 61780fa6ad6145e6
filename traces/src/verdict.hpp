// A comparison in one sentence.
#pragma once

#include <corosim/traces/diff.hpp>
#include <string>

namespace corosim::traces {

/// "completed", "failed: balance 1, expected 3", "cut short: the trace is torn: …".
std::string end_in_words(const Trace& trace);

/// REQUIRES: all of `diff` but its verdict; `left` is its left side.
std::string verdict(const Diff& diff, const Trace& left);

}  // namespace corosim::traces
