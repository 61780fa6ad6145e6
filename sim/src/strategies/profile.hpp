#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <corosim/sim/flat_map.hpp>
#include <corosim/sim/random.hpp>
#include <corosim/sim/step_watcher.hpp>

namespace corosim::sim {

/// A shared object, numbered from 0 by first access.
using ObjectIndex = std::uint32_t;

/// One access that a step makes, as far as a strategy cares. Waking and resuming tasks is left out: with it, everything
/// races with everything.
struct StepAccess {
  ObjectIndex object;
  std::uint32_t place;  // which line of the program does it, numbered from 0: the same for all tasks
  bool read;            // the library's own operations read what they write
  bool write;

  friend bool operator==(const StepAccess&, const StepAccess&) = default;
};

/// What the runs so far tell of a program: how many steps each actor takes, who makes whom, and what each step touches.
/// Prediction is by (actor, n-th step), from the latest run that had such a step. It may be wrong; strategies only
/// lose efficiency by that.
class Profile final : public StepWatcher {
 public:
  void begin();
  void executed(const Executed& step) override;
  void end();

  /// Runs that have ended.
  std::uint64_t runs() const { return runs_; }
  std::size_t actors() const { return actors_.size(); }
  std::size_t objects() const { return objects_.size(); }

  /// What `actor`'s next step in the run under way will probably touch.
  std::span<const StepAccess> next(Actor actor) const {
    if (actor >= actors_.size()) return {};
    const ActorProfile& known = actors_[actor];
    const std::uint32_t taken = known.run == run_ ? known.taken : 0;
    if (taken >= known.steps.size()) return {};
    return known.steps[taken].accesses;
  }
  /// Mean number of steps in the runs in which the actor appeared.
  double steps(Actor actor) const;
  /// Known steps of the actor that touch `object`.
  std::uint32_t steps_touching(Actor actor, ObjectIndex object) const;
  /// Who made it; itself where nobody did. Parents have lower numbers than their children.
  Actor parent(Actor actor) const { return actors_[actor].parent; }
  /// How many steps touch the object in the latest runs; 0 unless two actors do in steps
  /// that can be swapped, and one writes.
  std::uint32_t contention(ObjectIndex object) const;
  static constexpr ObjectIndex kNoObject = static_cast<ObjectIndex>(-1);
  /// One of the contended objects, each as likely as any other; kNoObject where there is none.
  ObjectIndex random_contended(Random& random) const;
  /// A known step that touches an object.
  struct ObjectStep {
    Actor actor;
    std::uint32_t nth;
    std::uint32_t place;
    bool write;
  };
  /// The known steps that touch `object`. Valid until the next run begins.
  std::span<const ObjectStep> steps_of(ObjectIndex object);
  /// How many steps the actor has taken in the run under way.
  std::uint32_t taken(Actor actor) const {
    return actor < actors_.size() && actors_[actor].run == run_ ? actors_[actor].taken : 0;
  }
  /// What the latest step touched.
  std::span<const StepAccess> latest() const { return latest_; }

 private:
  struct Step {
    std::vector<StepAccess> accesses;
  };
  struct ActorProfile {
    Actor parent;
    std::vector<Step> steps;     // n-th at n - 1
    std::uint32_t taken = 0;     // in the run under way
    std::uint64_t run = 0;       // in which it was seen last
    std::uint64_t total = 0;     // steps of all runs
    std::uint64_t appeared = 0;  // in how many runs
  };
  struct ObjectProfile {
    std::uint32_t steps = 0;
    bool contended = false;  // two actors touched it in steps that can be swapped, one of them writing
    struct Visit {           // one or more steps in a row of one actor
      std::uint64_t run = 0;
      TimePoint time{};
      std::uint64_t step = 0;  // the last of them
      Actor actor = 0;
      bool wrote = false;
    };
    Visit latest;
    Visit before;
    std::vector<ObjectStep> by_step;  // steps_of(), as of run `listed`
    std::uint64_t listed = 0;
  };
  ActorProfile& profile_of(const Executed& step);
  void note_contention(ObjectProfile& object, const Executed& step, bool write);
  void learn_accesses(const Executed& step);

  std::vector<ActorProfile> actors_;
  std::vector<ObjectProfile> objects_;
  FlatMap<std::uint32_t> object_numbers_;  // id -> index + 1
  FlatMap<std::uint32_t> places_;          // place and access -> number + 1
  std::vector<Actor> actor_of_step_;       // of the run under way; step n at n - 1
  std::vector<StepAccess> latest_;
  std::uint64_t runs_ = 0;
  std::uint64_t run_ = 0;  // number of the run under way, from 1
};

/// Whether two steps of different actors that make these accesses can be swapped.
bool conflict(std::span<const StepAccess> a, std::span<const StepAccess> b);

}  // namespace corosim::sim
