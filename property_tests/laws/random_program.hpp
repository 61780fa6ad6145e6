#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <corosim/sim/simulation.hpp>

#include <rapidcheck.h>

namespace corosim::laws {

/// What a task of a random program does next.
enum class Action : std::uint8_t {
  kYield,
  kSleep,
  kLock,
  kPut,
  kGet,
  kSpawn,
  kCallback,
  kTimer,
  kDraw,
  kMark,
  kCancel
};

struct Statement {
  Action action;
  std::uint8_t operand;  // a duration in ms, or which lock, queue or task
};

/// A random program: its main task spawns a task for each script and waits for all of them, however they end.
using Script = std::vector<Statement>;
using Scripts = std::vector<Script>;

/// The program that the scripts describe, for the simulation. Every run is alike.
sim::Program program_of(Scripts scripts);

/// One to five scripts of up to eight statements.
rc::Gen<Scripts> scripts();

/// What a callback wrote into the trace: its place in the order of registration.
std::vector<int> callback_marks(const std::vector<std::string>& marks);

}  // namespace corosim::laws
