#include "names.hpp"

#include <fmt/format.h>

#include <utility>

namespace corosim::traces {

void Names::remember_sites() {
  at_.reserve(sites_->size());
  while (at_.size() < sites_->size()) {
    std::string at;
    append_at(at, static_cast<SiteId>(at_.size()));
    at_.push_back(std::move(at));
  }
}

std::string Names::site(SiteId site) const {
  if (site == kUnknownSite || site >= sites_->size()) return "";
  const std::string& file = (*sites_)[site].file;
  const std::size_t slash = file.find_last_of("/\\");
  return fmt::format("{}:{}", slash == std::string::npos ? file : file.substr(slash + 1), (*sites_)[site].line);
}

void Names::append_at(std::string& to, SiteId site) const {
  if (site < at_.size()) {
    to += at_[site];
  } else if (const std::string name = this->site(site); !name.empty()) {
    to.append(" at ").append(name);
  }
}

}  // namespace corosim::traces
