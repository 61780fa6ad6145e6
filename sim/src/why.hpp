#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "critical_pair.hpp"

namespace corosim::sim {

/// Sentences about a failing run, and what it is of which they speak.
struct Why {
  std::vector<std::string> sentences;
  std::vector<detail::ObjectId> objects;
  std::vector<std::string> actors;

  void concerns(const std::string& actor);
  void concerns(detail::ObjectId object);
};

/// Who did what in the midst of what somebody else did, or before it: "`deposit#2` wrote balance (bank.cpp:35) between
/// `deposit#1`'s read of it (bank.cpp:33) and its write (bank.cpp:35)".
void tell_pair(Why& why, const RunLog& log, const PassingPartner& partner);

/// Where no such pair is known: who wrote what the failing step found, and whose write was undone by one that had not
/// seen it. REQUIRES: the log ends with the failing step.
void tell_writers(Why& why, const RunLog& log);

/// Who holds what the others wait for; or, where nobody holds it, what came too early to wake them.
void tell_deadlock(Why& why, const RunLog& log, const std::vector<StoppedTask>& tasks);

/// The name of a task as actor_name() says it: a report's path is "main/deposit#2".
std::string actor_of_path(const std::string& path);

}  // namespace corosim::sim
