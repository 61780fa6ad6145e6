// What the numbers of a trace are called.
#pragma once

#include <corosim/traces/outline.hpp>
#include <corosim/traces/trace.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace corosim::traces {

/// What kNoTask is called.
inline constexpr std::string_view kLoopName = "(loop)";

/// Refers to the tasks and sites of a trace, or of what was read of it so far, which must outlive it.
class Names {
 public:
  Names(const std::vector<TaskCreated>& tasks, const std::vector<Site>& sites) : tasks_(&tasks), sites_(&sites) {}
  explicit Names(const Trace& trace) : Names(trace.tasks(), trace.sites()) {}

  /// Writes down what the sites known by now are called, for who describes many steps.
  void remember_sites();

  std::string task(TaskId task) const { return task_name(*tasks_, task); }
  /// "bank.cpp:14", without the directories; empty for kUnknownSite.
  std::string site(SiteId site) const;
  /// " at bank.cpp:14"; empty for kUnknownSite.
  void append_at(std::string& to, SiteId site) const;
  /// With the directories.
  const Site& whole_site(SiteId site) const { return (*sites_)[site < sites_->size() ? site : kUnknownSite]; }

 private:
  const std::vector<TaskCreated>* tasks_;
  const std::vector<Site>* sites_;
  std::vector<std::string> at_;  // by SiteId, of the remembered ones
};

}  // namespace corosim::traces
