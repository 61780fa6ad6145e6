#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
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
    std::string value;  // of a Shared: read or written

    bool is(const char* known_operation) const { return operation == known_operation; }
    /// A read or write of a Shared.
    bool is_shared() const { return is(detail::kRead) || is(detail::kWrite) || is(detail::kEdit); }
    bool is_future() const;
    /// Only who made whom go on.
    bool is_control() const { return is(detail::kWake) || is(detail::kResume); }
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
  /// What reports call the object: "balance", "task deposit#1", Lock "account". Those that the program did not name are
  /// numbered, where there are several: "Lock#2", "shared#2". Empty where nothing is known of it.
  std::string object_name(detail::ObjectId object) const;

 private:
  std::vector<Step> steps_;
  std::vector<std::string> actors_;
  std::unordered_map<std::string, std::uint32_t> numbers_;  // of actors
  std::vector<std::uint32_t> known_;                        // by Actor: number + 1; 0: not met in this run
  void name_objects(const Executed& executed, const Step& step);
  void number_object(detail::ObjectId object, const std::string& kind);

  std::vector<std::vector<std::uint64_t>> steps_of_;  // by actor number
  std::map<detail::ObjectId, std::string> object_names_;
  std::map<std::string, std::uint32_t> counts_;         // of the objects that have no name of their own, by kind
  std::map<detail::ObjectId, std::uint32_t> ordinals_;  // among these
  std::size_t names_seen_ = 0;
};

}  // namespace corosim::sim
