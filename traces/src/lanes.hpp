// Two traces laid out for comparison: one lane a task, what it did in order, in terms that both traces share.
#pragma once

#include <corosim/traces/trace.hpp>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "describe.hpp"

namespace corosim::traces {

/// Something that a task did: a step with its park, or a note.
struct Item {
  std::uint64_t key = 0;    // equal where both did the same
  std::uint64_t shape = 0;  // equal where they did the same kind of thing at the same site, be it with another value
  StepNumber step = 0;
  const Note* note = nullptr;  // null: the step itself
};

struct Lane {
  std::string task;
  bool is_left = false;  // the task exists there
  bool is_right = false;
  std::vector<Item> left;
  std::vector<Item> right;
};

/// What one trace's own numbers mean in the lanes.
struct Translation {
  std::vector<std::size_t> lane_of_task;  // by TaskId
  std::vector<std::uint64_t> site;        // by SiteId: equal numbers for corresponding sites
};

/// How many of the first steps of a lane are left out, because they are known to be the same on both sides: by the
/// lane's task path, of several with one path by that of lane_path().
using Skipped = std::unordered_map<std::string, std::uint64_t>;

/// A task's path, and for the second and later ones of one path, which of them it is.
std::string lane_path(const std::string& path, std::size_t earlier);

/// Lane 0 is the loop's. Tasks correspond by path; of several with one path, the first to the first. Sites correspond
/// by file name and function: where both traces know as many sites in a function, the first to the first (the lines may
/// have moved); else by line. Points into the traces, which must outlive it.
struct Lanes {
  Lanes(const Trace& left, const Trace& right, Skipped skipped_left = {}, Skipped skipped_right = {});
  std::vector<Lane> lanes;
  Translation left;
  Translation right;
};

/// What an item says to a user: "resumed at bank.cpp:14, parked for Lock 'db' at bank.cpp:17", "drew latency = 3".
std::string describe(const Trace& trace, const Item& item);

}  // namespace corosim::traces
