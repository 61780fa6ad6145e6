#pragma once

#include <cstdint>
#include <vector>

#include <corosim/sim/random.hpp>
#include <corosim/sim/step_watcher.hpp>

namespace corosim::sim {

/// A random priority for each actor's pending step, drawn when it is first asked for and anew after redraw().
class Priorities {
 public:
  void begin(Random& random) {
    random_ = &random;
    ++run_;
  }
  std::uint64_t of(Actor actor) {
    if (actor >= entries_.size()) entries_.resize(actor + 1);
    Entry& entry = entries_[actor];
    if (entry.run != run_) entry = {random_->next(), run_};
    return entry.priority;
  }
  /// The actor's pending step, or its next, gets another.
  void redraw(Actor actor) {
    if (actor < entries_.size()) entries_[actor].run = 0;
  }

 private:
  struct Entry {
    std::uint64_t priority = 0;
    std::uint64_t run = 0;  // for which it was drawn; 0 for none
  };
  Random* random_ = nullptr;
  std::vector<Entry> entries_;
  std::uint64_t run_ = 0;
};

}  // namespace corosim::sim
