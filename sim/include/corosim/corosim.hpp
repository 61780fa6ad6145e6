#pragma once

/// Everything that a program needs: asyncio in C++, and the simulation that runs it.

#include <corosim/runtime/as_completed.hpp>
#include <corosim/runtime/as_outcome.hpp>
#include <corosim/runtime/async_generator.hpp>
#include <corosim/runtime/async_with.hpp>
#include <corosim/runtime/barrier.hpp>
#include <corosim/runtime/call_graph.hpp>
#include <corosim/runtime/condition.hpp>
#include <corosim/runtime/context.hpp>
#include <corosim/runtime/coro.hpp>
#include <corosim/runtime/errors.hpp>
#include <corosim/runtime/event.hpp>
#include <corosim/runtime/event_loop.hpp>
#include <corosim/runtime/executor.hpp>
#include <corosim/runtime/future.hpp>
#include <corosim/runtime/gather.hpp>
#include <corosim/runtime/handle_group.hpp>
#include <corosim/runtime/lock.hpp>
#include <corosim/runtime/queue.hpp>
#include <corosim/runtime/run.hpp>
#include <corosim/runtime/semaphore.hpp>
#include <corosim/runtime/shared.hpp>
#include <corosim/runtime/shield.hpp>
#include <corosim/runtime/sleep.hpp>
#include <corosim/runtime/task.hpp>
#include <corosim/runtime/task_group.hpp>
#include <corosim/runtime/timeout.hpp>
#include <corosim/runtime/wait.hpp>
#include <corosim/sim/check.hpp>
#include <corosim/sim/explore.hpp>
#include <corosim/sim/latency.hpp>
#include <corosim/sim/program_main.hpp>
#include <corosim/sim/replay.hpp>
#include <corosim/sim/run_virtual.hpp>
#include <corosim/sim/simulation.hpp>
