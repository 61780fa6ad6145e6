#pragma once

#include <string>

#include <corosim/runtime/task.hpp>

namespace corosim {

/// Who waits for whom, as text: the task's await stack, innermost first, then the tasks that await it, each with its
/// own, indented. Python 3.14's `asyncio.format_call_graph`.
///
///     * Task "fetch"
///       + get at client.cpp:31
///       + fetch at client.cpp:12
///       awaited by * Task "Task-1"
///         + main at main.cpp:8
///
/// REQUIRES: called on the loop's thread. A cycle of tasks is followed once.
std::string format_call_graph(const AnyTask& task);

/// format_call_graph() of the current task, on standard output. Throws RuntimeError outside of a task.
void print_call_graph();

}  // namespace corosim
