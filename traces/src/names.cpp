#include "names.hpp"

#include <fmt/format.h>

namespace corosim::traces {

std::string Names::task(TaskId task) const {
  if (task == kNoTask) return std::string(kLoopName);
  if (task > tasks_->size()) return fmt::format("task {}", task);
  return (*tasks_)[task - 1].name;
}

std::string Names::site(SiteId site) const {
  if (site == kUnknownSite || site >= sites_->size()) return "";
  const std::string& file = (*sites_)[site].file;
  const std::size_t slash = file.find_last_of("/\\");
  return fmt::format("{}:{}", slash == std::string::npos ? file : file.substr(slash + 1), (*sites_)[site].line);
}

}  // namespace corosim::traces
