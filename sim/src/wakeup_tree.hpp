#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <corosim/sim/footprint.hpp>
#include <corosim/sim/step_watcher.hpp>

namespace corosim::sim {

/// A step that is to be taken from some point of a run on, and what it touches there.
struct NextStep {
  static constexpr FootprintId kUnknown = static_cast<FootprintId>(-1);

  Actor actor;
  FootprintId footprint;  // kUnknown: it has not run after such a past
};

/// Wakeup trees: for each point of a run, the beginnings of runs that are to be explored from there, chosen so that no
/// two of them can be continued to equivalent runs. Abdulla, Aronis, Jonsson and Sagonas: "Source Sets: A Foundation
/// for Optimal Dynamic Partial Order Reduction", J. ACM 64(4), 2017, section 6.
///
/// Keeps all trees of a search in one pool. A tree is named by its first branch; branches are explored in the order of
/// their insertion, and the first path to a leaf is the next run's.
class WakeupTrees {
 public:
  using Tree = std::uint32_t;
  static constexpr Tree kEmpty = static_cast<Tree>(-1);

  explicit WakeupTrees(const Footprints& footprints) : footprints_(footprints) {}

  /// Adds `sequence`, unless exploring the tree as it is will lead to a run that begins with it, up to equivalence.
  /// Uses up `sequence`. The paper's insert().
  void insert(Tree& tree, std::vector<NextStep>& sequence);
  /// Takes the first branch out: its first step, and as a tree what is to be explored after that.
  struct Branch {
    NextStep step;
    Tree after;
  };
  Branch take_first(Tree& tree);
  /// The first path to a leaf, into `path`. False: it is sure to be worth a run. REQUIRES: the tree is not empty.
  bool first_path(Tree tree, std::vector<NextStep>& path) const;
  /// Removes that path, as far as no other path shares it.
  void remove_first_path(Tree& tree);
  void clear(Tree& tree);
  /// How many steps the tree can begin with.
  std::size_t branches(Tree tree) const;

  /// Whether `step`, ready before `sequence`, is a weak initial of it: some run that begins with `sequence` is
  /// equivalent to one that begins with `step`.
  struct WeakInitial {
    enum class Answer : std::uint8_t { kNo, kUnknown, kYes } answer;
    std::size_t place;  // of the step in the sequence; the sequence's size where it is not part of it
    bool yes() const { return answer == Answer::kYes; }
  };
  WeakInitial weak_initial(NextStep step, std::span<const NextStep> sequence) const;

 private:
  struct Node {
    NextStep step;
    Tree children;
    Tree next;  // sibling
    // Of a leaf: when it was added it was not known whether a branch before it makes it superfluous. It does not stand
    // for other sequences then, and may turn out to lead nowhere new.
    bool tentative;
  };

  Tree make(NextStep step);

  const Footprints& footprints_;
  std::vector<Node> nodes_;
  Tree free_ = kEmpty;  // nodes not in use, linked through next
};

}  // namespace corosim::sim
