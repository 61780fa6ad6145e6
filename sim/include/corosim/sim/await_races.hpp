#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <corosim/sim/flat_map.hpp>
#include <corosim/sim/random.hpp>
#include <corosim/sim/simulation.hpp>
#include <corosim/sim/step_watcher.hpp>

namespace corosim::sim {

/// A task read a Shared, awaited, and wrote it, while another one wrote it in between: what it wrote cannot take the
/// other's value into account.
struct AwaitRace {
  detail::ObjectId object = 0;
  std::string name;  // of the object: "balance"; empty before AwaitRaces::name_objects()
  std::string task;  // that read and wrote: "deposit#1"
  Site read;         // where the access has no place of its own, as with `int before = balance`: where its step went on
  Site write;
  std::string intruder;
  Site intruding_write;
  std::uint64_t runs = 1;  // that had it
  Seed seed = 0;           // of the first; the tasks, too, are those of that run
  std::uint64_t step = 0;  // of that run: the write

  /// "await race on balance: deposit#1 read it (bank.cpp:16) and wrote it (bank.cpp:18) with deposit#2's write
  /// (bank.cpp:18) in between".
  std::string text() const;
};

/// Finds the await races of runs, also of those that pass: it need not be the value of this seed that matters. A task
/// that reads again before it writes, in the same step, has none; nor one that writes without having read since its
/// last write; nor where a lock keeps others from writing. O(touches) per step; allocates for new races only. Wants no
/// detailed run.
class AwaitRaces final : public StepWatcher {
 public:
  /// More are not kept apart.
  static constexpr std::size_t kMost = 100;

  /// A run begins.
  void begin(Seed seed);
  void executed(const Executed& step) override;

  /// Those so far, in the order of their first; each combination of places once.
  const std::vector<AwaitRace>& races() const { return races_; }
  template <class F>
  void for_each_of_latest_run(F visit) const {
    for (std::size_t i = 0; i < races_.size(); ++i) {
      if (latest_run_[i] == run_) visit(races_[i]);
    }
  }
  /// Whether a race came up whose object has no name yet.
  bool has_unnamed() const { return named_ < races_.size(); }
  /// Names the objects of the races that came up in `run`, the latest, by running it once more in detail.
  void name_objects(Simulation& simulation, const Program& program, const RunResult& run, const Limits& limits);
  /// The races, and begins anew.
  std::vector<AwaitRace> take();

 private:
  struct Write {
    std::uint64_t step = 0;  // 0: none
    std::uint64_t actor = 0;
    std::uint32_t task = 0;  // 0: a callback
    Site where;
  };
  struct Read {
    std::uint64_t step = 0;  // 0: none since the task's own last write
    Site where;
  };
  void note(const Executed& step, detail::ObjectId object, const Read& read, Site write, const Write& intruder);

  FlatMap<Write> writes_;         // by object: the latest
  FlatMap<Read> reads_;           // by task and object: the latest
  FlatMap<std::uint32_t> known_;  // by the places: which of races_, from 1
  std::vector<AwaitRace> races_;
  std::vector<std::uint64_t> latest_run_;  // of each race: the latest that had it
  std::size_t named_ = 0;
  std::uint64_t run_ = 0;
  Seed seed_ = 0;
};

}  // namespace corosim::sim
