// A comparison in one sentence.
#pragma once

#include <corosim/traces/diff.hpp>
#include <string>

namespace corosim::traces {

/// REQUIRES: all of `diff` but its verdict; `left` is its left side.
std::string verdict(const Diff& diff, const Trace& left);

}  // namespace corosim::traces
