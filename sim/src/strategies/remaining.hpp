#pragma once

#include <cstdint>
#include <vector>

#include "profile.hpp"

namespace corosim::sim {

/// How much each actor has left to do in the run under way, by some measure of its steps, going by earlier runs. What
/// an actor has not spawned yet counts for it.
class Remaining {
 public:
  /// `weight(actor)`: all that the actor itself does in a run.
  template <class F>
  void begin(const Profile& profile, F weight) {
    ++run_;
    const std::size_t count = profile.actors();
    if (entries_.size() < count) entries_.resize(count);
    for (Actor actor = 0; actor < count; ++actor) entries_[actor].whole = weight(actor);
    for (Actor actor = static_cast<Actor>(count); actor-- > 0;) {
      const Actor parent = profile.parent(actor);
      if (parent != actor) entries_[parent].whole += entries_[actor].whole;
    }
    profile_ = &profile;
  }
  /// Whether the actor was mentioned in this run.
  bool born(Actor actor) const { return actor < entries_.size() && entries_[actor].run == run_; }
  /// All that the actor and its descendants do in a run.
  double whole(Actor actor) const { return actor < entries_.size() ? entries_[actor].whole : 0; }
  /// What `actor` has left, its unborn descendants included. Its first mention is its birth.
  double& of(Actor actor) {
    if (actor >= entries_.size()) entries_.resize(actor + 1);
    Entry& entry = entries_[actor];
    if (entry.run != run_) {
      entry.run = run_;
      entry.left = entry.whole;
      if (actor < profile_->actors() && profile_->parent(actor) != actor) {
        Entry& parent = entries_[profile_->parent(actor)];
        if (parent.run == run_) parent.left -= entry.whole;
      }
    }
    return entry.left;
  }
  void take(Actor actor, double amount) {
    double& left = of(actor);
    left = left > amount ? left - amount : 0;
  }

 private:
  struct Entry {
    double whole = 0;  // with all descendants
    double left = 0;
    std::uint64_t run = 0;
  };
  const Profile* profile_ = nullptr;
  std::vector<Entry> entries_;
  std::uint64_t run_ = 0;
};

}  // namespace corosim::sim
