#pragma once

#include <string>

#include <corosim/traces/diff.hpp>

/// What `corosim diff --format json` prints.

namespace corosim::tools {

/// One object, indented, with a line end: the verdict, both runs, the first step that differs with both ready sets, how
/// many differences there are of each kind, and those that `diff` lists. Times are nanoseconds, seeds hexadecimal text;
/// a side where there is nothing is null, and so is `compared` where the runs were compared whole.
std::string diff_json(const traces::Diff& diff);

}  // namespace corosim::tools
