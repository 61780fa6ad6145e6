#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

/// The scenario language as data. What each statement means: property_tests/asyncio_corpus/README.md and, exactly,
/// reference.py beside it.

namespace corosim::conformance {

/// A file or an argument that cannot be used. Names the place and what was expected there.
class InputError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

enum class Op : std::uint8_t {
  // Never suspend; also allowed inside callbacks.
  kLog,
  kSpawn,
  kFuture,
  kLock,
  kEvent,
  kSemaphore,
  kBoundedSemaphore,
  kBarrier,
  kCondition,
  kQueue,
  kShield,
  kGather,
  kCallSoon,
  kCallLater,
  kCallAt,
  kRaise,
  kRaiseCancelled,
  kCancelSelf,
  kUncancelSelf,
  kCtxSet,
  kCtxGet,
  // The same, on the object that the first operand names.
  kCancel,
  kState,
  kSetResult,
  kSetException,
  kAddDoneCallback,
  kRemoveDoneCallback,
  kCancelHandle,
  kUncancel,
  kCancelling,
  kRelease,
  kLocked,
  kEventSet,
  kEventClear,
  kEventIsSet,
  kCondNotify,
  kPutNowait,
  kGetNowait,
  kTaskDone,
  kQsize,
  kShutdown,
  kBarrierState,
  kExpired,
  kReschedule,
  kTgSpawn,
  // May suspend.
  kReturn,
  kReraise,
  kEmit,
  kSleep,
  kSpawnEager,
  kCall,
  kRepeat,
  kTry,
  kTimeout,
  kTaskGroup,
  kAsyncFor,
  kWait,
  kAsCompleted,
  kWaitFor,
  // The same, on the object that the first operand names.
  kIfDone,
  kAwait,
  kAcquire,
  kWith,
  kEventWait,
  kCondWait,
  kBarrierWait,
  kBarrierCall,
  kPut,
  kGet,
  kJoin,
};

/// Which exceptions a handler takes.
enum class Kind : std::uint8_t {
  kCancelledError,
  kTimeoutError,
  kUserError,
  kExceptionGroup,
  kException,
  kBaseException,
};

struct Statement;
using Block = std::vector<Statement>;
struct Handler;
/// References to awaitables: variables, and `fn:NAME` for a fresh coroutine of a function.
using References = std::vector<std::string>;
/// std::monostate is JSON's null.
using Operand = std::variant<std::monostate, bool, std::int64_t, std::string, References, Block, std::vector<Handler>>;

struct Statement {
  Op op;
  std::vector<Operand> operands;  // as many, and of the types, that the table in scenario.cpp asks for

  bool flag(std::size_t i) const { return std::get<bool>(operands[i]); }
  std::int64_t integer(std::size_t i) const { return std::get<std::int64_t>(operands[i]); }
  std::optional<std::int64_t> optional_integer(std::size_t i) const { return optional<std::int64_t>(i); }
  const std::string& text(std::size_t i) const { return std::get<std::string>(operands[i]); }
  std::optional<std::string> optional_text(std::size_t i) const { return optional<std::string>(i); }
  const References& references(std::size_t i) const { return std::get<References>(operands[i]); }
  const Block& block(std::size_t i) const { return std::get<Block>(operands[i]); }
  /// Null where the operand is.
  const Block* optional_block(std::size_t i) const { return std::get_if<Block>(&operands[i]); }
  const std::vector<Handler>& handlers(std::size_t i) const { return std::get<std::vector<Handler>>(operands[i]); }

 private:
  template <class T>
  std::optional<T> optional(std::size_t i) const {
    const T* value = std::get_if<T>(&operands[i]);
    return value != nullptr ? std::optional<T>(*value) : std::nullopt;
  }
};

struct Handler {
  Kind kind;
  Block body;
};

using Functions = std::map<std::string, Block>;

/// A program and what asyncio's run of it logged.
struct Case {
  std::string name;
  Functions functions;
  std::vector<std::string> log;
};

/// The cases of a file, one in each line. Throws InputError.
std::vector<Case> read_cases(const std::string& path);

}  // namespace corosim::conformance
