#pragma once

#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include <corosim/sim/simulation.hpp>

#include <rapidcheck.h>

/// A random program over the whole API that writes down what happens to it, for laws about what may happen.
namespace corosim::laws::observed {

enum class Action : std::uint8_t {
  kYield,
  kSleep,
  kLock,
  kUnit,   // of a semaphore of one
  kUnits,  // of a semaphore of two
  kPut,
  kGet,
  kEventWait,
  kEventSet,
  kConditionWait,
  kNotify,
  kBarrier,
  kCallSoon,
  kCallLater,
  kCancelHandle,
  kDoneCallback,
  kRemoveDoneCallback,
  kSetResult,
  kAwaitFuture,
  kGather,
  kGroup,
  kTimeout,
  kShield,
  kWait,
  kAsCompleted,
  kGenerator,
  kThread,
  kSpawn,
  kSpawnEager,
  kDraw,
  kCancel,
  kCancelByCallback,
  kCancelSelf,
  kLast = kCancelSelf,
};

struct Statement {
  Action action;
  std::uint8_t operand;
  bool swallows;  // a cancellation that is delivered in it
};
using Script = std::vector<Statement>;
using Scripts = std::vector<Script>;

enum class What : std::uint8_t {
  kBegins,     // a statement of `task`; `number` is its place
  kEnds,       // the same, without a cancellation
  kDelivered,  // it throws CancelledError
  kRequested,  // cancel() of `task` returned true
  kFinished,   // `task`, in the end: `number` is cancelling(), `flag` whether it is cancelled
  kAsks,       // for `object`; `number` tells asks apart
  kGets,
  kPutIn,  // `number` is the item
  kTookOut,
  kRegistered,  // a callback of the kind `object`; `number` tells callbacks apart, `due` is when it may run
  kRan,         // `flag`: what it was waiting for was there
  kWithdrawn,
  kSleeps,  // until `due`; `number` tells sleeps apart
  kSlept,
  kDeadline,  // something comes to its end at `due`
};

/// Objects that are asked for.
enum : int { kLockOne, kLockTwo, kOneUnit, kTwoUnits };
/// Kinds of callbacks: a done callback is of the kind kOfFuture plus the number of its future.
enum : int { kSoon, kLater, kOfFuture };

struct Event {
  What what;
  int task = -1;
  int object = -1;
  int number = -1;
  bool flag = false;
  Duration now{};
  Duration due{};
};

/// What one run came to.
struct Observed {
  std::vector<Event> events;
  sim::RunResult run;

  std::vector<Event> of(What what) const;
  /// By cancel() and by injection.
  int requests(int task) const;
};

/// How a run goes: order, strategy, seed, cancellations that are injected.
struct Plan {
  sim::Order order = sim::Order::kFifo;
  std::string strategy = "random";
  sim::Seed seed = 0;
  std::vector<sim::Injection> injections;
};

/// The program that the scripts describe: its main task spawns a task for each and waits for all of them. Every run is
/// alike, none fails.
sim::Program program_of(Scripts scripts);
/// The path of the task that follows that script, by its index.
std::string path_of(std::size_t task);

Observed observe(const Scripts& scripts, const Plan& plan);

rc::Gen<Scripts> scripts();
/// Any order and any strategy, with up to two injected cancellations.
rc::Gen<Plan> plans();
rc::Gen<Plan> plans(std::vector<sim::Order> orders);

void showValue(const Statement& statement, std::ostream& out);
void showValue(const Plan& plan, std::ostream& out);

}  // namespace corosim::laws::observed
