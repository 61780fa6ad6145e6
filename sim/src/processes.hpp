#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include <corosim/sim/explore.hpp>

#include <sys/types.h>

#include "crash_log.hpp"
#include "explorer.hpp"
#include "tally.hpp"

namespace corosim::sim {

class MessageReader;

/// Explores in several processes at once. They are forked from this one, process i of n makes the runs i, i + n, ...,
/// and each tells over a pipe what its runs showed. A program that crashes takes only its own process down: which run
/// it was is read from memory that they share.
class Processes {
 public:
  Processes(Explorer& explorer, const ExploreOptions& options);
  Processes(const Processes&) = delete;
  Processes& operator=(const Processes&) = delete;
  /// Ends those that are left.
  ~Processes();

  /// Returns when all runs that `tally` wants were made. Throws NotDeterministic and ProgramCrashed.
  void run(Tally& tally);

 private:
  // Lies in memory that all processes share.
  struct Shared {
    static constexpr std::size_t kMostWorkers = 256;
    std::atomic<std::uint64_t> end;                    // runs from here on are not wanted
    std::atomic<std::uint64_t> current[kMostWorkers];  // the run under way, by worker
    DecisionLog log;                                   // of a crash that is made again
  };
  struct Worker {
    pid_t process = -1;
    int pipe = -1;
    std::uint64_t first = 0;  // its first run
    std::uint64_t next = 0;   // all its runs below this one were told
    bool done = false;
    std::string received;  // not a whole message yet
  };
  class Sink;
  class CrashSink;

  void start(Worker& worker, std::size_t number);
  [[noreturn]] void work(const Worker& worker, std::size_t number, int pipe);  // in the process that was forked
  void receive(Worker& worker, Tally& tally);
  void handle(Worker& worker, MessageReader message, Tally& tally);
  RunResult run_of(MessageReader& message) const;
  [[noreturn]] void crashed(Worker& worker, std::size_t number);
  std::vector<std::uint32_t> repeat_crash(const Worker& worker, std::uint64_t index);
  void stop(Worker& worker);

  Explorer& explorer_;
  const ExploreOptions& options_;
  SharedMemory<Shared> shared_;
  std::vector<Worker> workers_;
};

}  // namespace corosim::sim
