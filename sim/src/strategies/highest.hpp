#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <corosim/sim/strategy.hpp>

namespace corosim::sim {

/// Which ready actor has the highest priority. Of a few it looks at each; of many it keeps a heap, and looks only at
/// those that became ready since: O(log ready) a decision.
///
/// Priorities are asked for in order of place, but place 1 before place 0, so that a strategy which draws them when
/// asked draws the same ones either way. One that changes while its actor is ready is to be told by forget().
class Highest {
 public:
  /// A run begins, or priorities have changed.
  void forget() { is_kept_ = false; }

  /// The place of the highest of more than one. `priority_of(actor)` is 64 bits wide and no two are equal.
  template <class PriorityOf>
  std::size_t pick(const ReadySet& ready, PriorityOf priority_of) {
    if (ready.size() <= kFew) {
      is_kept_ = false;
      return highest_of_few(ready, priority_of);
    }
    learn(ready, priority_of);
    while (true) {
      std::pop_heap(heap_.begin(), heap_.end());
      const Entry highest = heap_.back();
      heap_.pop_back();
      if (!ready.is_at(positions_[highest.actor], highest.actor)) continue;
      chosen_ = positions_[highest.actor];
      longest_ready_ = ready.actor(0);
      return ready.place_at(chosen_);
    }
  }

 private:
  static constexpr std::size_t kFew = 16;
  struct Entry {
    std::uint64_t priority;
    Actor actor;
    bool operator<(const Entry& other) const { return priority < other.priority; }
  };

  template <class PriorityOf>
  static std::size_t highest_of_few(const ReadySet& ready, PriorityOf priority_of) {
    const std::uint64_t second = priority_of(ready.actor(1));
    std::uint64_t highest = priority_of(ready.actor(0));
    std::size_t best = second > highest ? 1 : 0;
    highest = std::max(highest, second);
    for (std::size_t place = 2; place < ready.size(); ++place) {
      const std::uint64_t priority = priority_of(ready.actor(place));
      if (priority > highest) {
        best = place;
        highest = priority;
      }
    }
    return best;
  }

  // Where the chosen one stood there is now the next of its lane, or who had been ready longest. All others that came
  // stand behind what was there before.
  template <class PriorityOf>
  void learn(const ReadySet& ready, PriorityOf priority_of) {
    const std::uint64_t begin = ready.position(0);
    const std::uint64_t end = ready.position(ready.size());
    if (!is_kept_ || ready.withdrawals() != withdrawals_) {
      heap_.clear();
      priority_of(ready.actor(1));
      known_to_ = begin;
      withdrawals_ = ready.withdrawals();
      is_kept_ = true;
    } else if (chosen_ >= begin) {
      const Actor actor = ready.actor(ready.place_at(chosen_));
      if (actor == longest_ready_) {
        positions_[actor] = chosen_;
      } else {
        meet(actor, chosen_, priority_of);
      }
    }
    for (std::uint64_t position = std::max(known_to_, begin); position < end; ++position) {
      meet(ready.actor(ready.place_at(position)), position, priority_of);
    }
    known_to_ = end;
  }
  template <class PriorityOf>
  void meet(Actor actor, std::uint64_t position, PriorityOf priority_of) {
    if (actor >= positions_.size()) positions_.resize(actor + 1);
    positions_[actor] = position;
    heap_.push_back({priority_of(actor), actor});
    std::push_heap(heap_.begin(), heap_.end());
  }

  std::vector<Entry> heap_;               // each that is ready once, and some that were
  std::vector<std::uint64_t> positions_;  // by actor: in the ready set, where it was seen last
  std::uint64_t known_to_ = 0;            // position behind the last that was met
  std::uint64_t withdrawals_ = 0;
  std::uint64_t chosen_ = 0;  // position of the latest choice
  Actor longest_ready_ = 0;   // at that choice
  bool is_kept_ = false;      // the heap is
};

}  // namespace corosim::sim
