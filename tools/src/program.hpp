#pragma once

#include <map>
#include <string>
#include <vector>

/// Programs under test, as processes.

namespace corosim::tools {

/// A program and its arguments.
using CommandLine = std::vector<std::string>;

/// Environment variables of docs/program-contract.md: set to their text, or removed where that is empty.
using Variables = std::map<std::string, std::string>;

/// Starts `command` with `variables` on top of this process's environment, and waits for its end. Standard input,
/// output and error are shared with it. SIGINT and SIGTERM are passed on to it and do not end this process.
///
/// Returns the program's exit code. Where it could not be started, was killed by a signal or ended with a code that no
/// program under test has, prints what happened and returns kCrashed; where SIGINT or SIGTERM ended it, kInterrupted.
///
/// REQUIRES: `command` is not empty, and no other thread runs.
int run_program(const CommandLine& command, const Variables& variables);

}  // namespace corosim::tools
