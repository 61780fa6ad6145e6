#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include <corosim/sim/scheduler.hpp>
#include <corosim/sim/step_name.hpp>
#include <corosim/sim/step_watcher.hpp>

namespace corosim::sim {

/// One run, step by step, with what each step touched: what shrinking and explaining look at. Observer and watcher of
/// the run at the same time:
///
///     simulation.run(program, RunOptions().follow(decisions).observer(log).watch(log).detailed());
class RunLog final : public StepObserver, public StepWatcher {
 public:
  struct Access {
    detail::ObjectId object;
    const char* operation;
    bool write;
    Site where;
    std::string name;   // of a Shared, where it has one
    std::string value;  // of a Shared: read or written
  };
  struct Step {
    std::uint32_t actor;  // see actors()
    std::uint32_t nth;    // of its steps, from 1
    HandleKind kind;
    Site site;            // where it went on
    bool is_task;         // whose step it is: a task, or a timer or callback
    std::uint64_t cause;  // the number of the step that made it ready; 0: none
    TimePoint time;
    std::vector<Access> accesses;
  };

  /// Another run begins.
  void clear();
  std::optional<Divergence> step(const StepTaken& taken) override;
  void executed(const Executed& step) override;

  std::size_t size() const { return steps_.size(); }
  /// REQUIRES: `number` is from 1 to size().
  const Step& operator[](std::uint64_t number) const { return steps_[number - 1]; }
  /// The names of all that took a step, in the order of their first.
  const std::vector<std::string>& actors() const { return actors_; }
  const std::string& actor(std::uint64_t number) const { return actors_[steps_[number - 1].actor]; }
  StepName name(std::uint64_t number) const { return {actor(number), steps_[number - 1].nth}; }
  /// The number of that step; 0 where it did not run.
  std::uint64_t when(const StepName& step) const;
  /// How many steps the actor took.
  std::uint32_t steps_of(const std::string& actor) const;

 private:
  std::vector<Step> steps_;
  std::vector<std::string> actors_;
  std::unordered_map<std::string, std::uint32_t> numbers_;  // of actors
  std::vector<std::uint32_t> known_;                        // by Actor: number + 1; 0: not met in this run
  std::vector<std::vector<std::uint64_t>> steps_of_;        // by actor number
};

}  // namespace corosim::sim
