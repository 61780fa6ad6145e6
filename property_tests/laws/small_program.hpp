#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <corosim/sim/simulation.hpp>

#include <rapidcheck.h>

namespace corosim::laws {

/// A small random program that uses everything through which tasks can influence each other, so that all of its
/// schedules can be run. What a statement finds out is written down, and often decides what its task touches next.
namespace small {

enum class Action : std::uint8_t {
  kYield,
  kSleep,
  kRead,
  kReadThenWrite,  // another variable, where the first is odd
  kWrite,
  kAdd,
  kLock,
  kLocked,
  kSemaphore,
  kEventSet,
  kEventClear,
  kEventWait,
  kEventIsSet,
  kNotify,
  kConditionWait,
  kPut,
  kGet,
  kPutNowait,
  kGetNowait,
  kQueueSize,
  kTaskDone,
  kJoin,
  kShutdown,
  kSetResult,
  kSetException,
  kCancelFuture,
  kAwaitFuture,
  kFutureDone,
  kDoneCallback,
  kRemoveDoneCallback,
  kCancel,
  kSwallow,
  kTaskIsDone,
  kAwaitTask,
  kUncancel,
  kCallSoon,
  kCallLater,
  kCancelHandle,
  kTimeout,
  kWaitFor,
  kReschedule,
  kGather,
  kGatherTasks,
  kGroup,
  kFailingGroup,
  kShield,
  kWait,
  kAsCompleted,
  kBarrier,
  kSpawn,
  kSpawnEager,
  kThread,
  kGenerator,
  kAllTasks,
  kDraw,
  kLast = kDraw,
};

struct Statement {
  Action action;
  std::uint8_t operand;
};

using Script = std::vector<Statement>;

/// How main comes to its end.
enum class Ending : std::uint8_t { kIdle, kGather, kAtOnce };

struct Scripts {
  Ending ending;
  std::vector<Script> tasks;
};

/// What the tasks and callbacks of a run saw, by their names: swaps of independent steps change nothing of it.
using Seen = std::map<std::string, std::string>;

/// The program, which begins each run by clearing `seen`. Every run is alike.
sim::Program program_of(Scripts scripts, Seen& seen);

/// Up to `tasks` scripts of up to `statements` statements each.
rc::Gen<Scripts> scripts(std::size_t tasks, std::size_t statements);
std::string text_of(const Scripts& scripts);

}  // namespace small
}  // namespace corosim::laws
