#include <corosim/sim/marks.hpp>

#include <algorithm>
#include <tuple>

#include <corosim/monitors.hpp>

#include <fmt/format.h>

namespace corosim {

namespace sim {

namespace {

std::vector<DeclaredMark>& all_marks() {
  static std::vector<DeclaredMark> all;
  return all;
}

std::uint32_t number_of(DeclaredMark mark) {
  std::vector<DeclaredMark>& all = all_marks();
  const auto found = std::find_if(all.begin(), all.end(), [&](const DeclaredMark& each) {
    return each.name == mark.name && each.place == mark.place;
  });
  const auto number = static_cast<std::uint32_t>(found - all.begin());
  if (found == all.end()) all.push_back(std::move(mark));
  return number;
}

}  // namespace

const std::vector<DeclaredMark>& declared_marks() { return all_marks(); }

void MarkCounter::add(const std::vector<std::uint32_t>& reached) {
  for (const std::uint32_t number : reached) {
    if (number >= runs_.size()) runs_.resize(number + 1);
    ++runs_[number];
  }
}

void MarkCounter::add(const MarkCount& earlier) {
  const std::uint32_t number = number_of(earlier.mark);
  if (number >= runs_.size()) runs_.resize(number + 1);
  runs_[number] += earlier.runs;
}

std::vector<MarkCount> MarkCounter::counts() const {
  std::vector<MarkCount> counts;
  for (const DeclaredMark& mark : declared_marks()) {
    const std::size_t number = counts.size();
    counts.push_back({mark, number < runs_.size() ? runs_[number] : 0});
  }
  std::sort(counts.begin(), counts.end(), [](const MarkCount& a, const MarkCount& b) {
    return std::tie(a.mark.name, a.mark.place) < std::tie(b.mark.name, b.mark.place);
  });
  return counts;
}

}  // namespace sim

// A mark in a template or an inline function is declared more than once.
std::uint32_t detail::declare_mark(const MarkSite& site) {
  const std::string path = site.file;
  return sim::number_of({site.name, fmt::format("{}:{}", path.substr(path.find_last_of('/') + 1), site.line)});
}

}  // namespace corosim
