#include "wakeup_tree.hpp"

#include <algorithm>

#include <corosim/runtime/assert.hpp>

namespace corosim::sim {

WakeupTrees::WeakInitial WakeupTrees::weak_initial(NextStep step, std::span<const NextStep> sequence) const {
  using Answer = WeakInitial::Answer;
  const auto same = [&](const NextStep& each) { return each.actor == step.actor; };
  const auto own = std::find_if(sequence.begin(), sequence.end(), same);
  // The step itself is in the sequence; what it touches there, it touches here, if nothing in between changes that.
  if (step.footprint == NextStep::kUnknown && own != sequence.end()) step.footprint = own->footprint;
  WeakInitial result{Answer::kYes, static_cast<std::size_t>(own - sequence.begin())};
  for (auto each = sequence.begin(); each != own; ++each) {
    if (step.footprint == NextStep::kUnknown || each->footprint == NextStep::kUnknown) {
      result.answer = Answer::kUnknown;
    } else if (footprints_.conflict(step.footprint, each->footprint)) {
      result.answer = Answer::kNo;
      break;
    }
  }
  return result;
}

void WakeupTrees::insert(Tree& tree, std::vector<NextStep>& sequence) {
  bool tentative = sequence.back().footprint == NextStep::kUnknown;
  Tree at = tree;
  Tree parent = kEmpty;
  Tree last = kEmpty;  // of the siblings
  while (at != kEmpty) {
    Node& node = nodes_[at];
    const WeakInitial initial = weak_initial(node.step, sequence);
    if (!initial.yes()) {
      tentative = tentative || initial.answer == WeakInitial::Answer::kUnknown;
      last = at;
      at = node.next;
      continue;
    }
    if (initial.place < sequence.size()) {
      if (node.step.footprint == NextStep::kUnknown) node.step.footprint = sequence[initial.place].footprint;
      sequence.erase(sequence.begin() + static_cast<std::ptrdiff_t>(initial.place));
    }
    if (sequence.empty() || (node.children == kEmpty && !node.tentative)) return;
    parent = at;
    last = kEmpty;
    at = node.children;
  }
  // A new branch, the last of its siblings.
  for (const NextStep& step : sequence) {
    const Tree made = make(step);
    if (last != kEmpty) {
      nodes_[last].next = made;
      last = kEmpty;
    } else if (parent != kEmpty) {
      nodes_[parent].children = made;
    } else {
      tree = made;
    }
    parent = made;
  }
  nodes_[parent].tentative = tentative;
}

WakeupTrees::Branch WakeupTrees::take_first(Tree& tree) {
  COROSIM_ASSERT(tree != kEmpty);
  const Tree first = tree;
  const Branch branch{nodes_[first].step, nodes_[first].children};
  tree = nodes_[first].next;
  nodes_[first].next = free_;
  free_ = first;
  return branch;
}

bool WakeupTrees::first_path(Tree tree, std::vector<NextStep>& path) const {
  COROSIM_ASSERT(tree != kEmpty);
  path.clear();
  bool tentative = false;
  for (Tree at = tree; at != kEmpty; at = nodes_[at].children) {
    path.push_back(nodes_[at].step);
    tentative = nodes_[at].tentative;
  }
  return tentative;
}

void WakeupTrees::remove_first_path(Tree& tree) {
  // From the last node on the path that has siblings, or from the top.
  Tree* from = &tree;
  for (Tree at = tree; at != kEmpty; at = nodes_[at].children) {
    const Tree child = nodes_[at].children;
    if (child != kEmpty && nodes_[child].next != kEmpty) from = &nodes_[at].children;
  }
  Tree after = take_first(*from).after;
  while (after != kEmpty) after = take_first(after).after;
}

std::size_t WakeupTrees::branches(Tree tree) const {
  std::size_t count = 0;
  for (; tree != kEmpty; tree = nodes_[tree].next) ++count;
  return count;
}

void WakeupTrees::clear(Tree& tree) {
  while (tree != kEmpty) {
    Branch branch = take_first(tree);
    clear(branch.after);
  }
}

WakeupTrees::Tree WakeupTrees::make(NextStep step) {
  if (free_ == kEmpty) {
    nodes_.push_back({step, kEmpty, kEmpty, false});
    return static_cast<Tree>(nodes_.size() - 1);
  }
  const Tree node = free_;
  free_ = nodes_[node].next;
  nodes_[node] = {step, kEmpty, kEmpty, false};
  return node;
}

}  // namespace corosim::sim
