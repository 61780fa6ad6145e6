#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace corosim::sim {

/// A place that the program declares some run should come to.
struct DeclaredMark {
  std::string name;
  std::string place;  // "client.cpp:42"
};

/// By number. The list grows before main() and nowhere else, so that numbers are the same in processes forked later.
const std::vector<DeclaredMark>& declared_marks();

/// How many runs of an exploration came to a mark.
struct MarkCount {
  DeclaredMark mark;
  std::uint64_t runs = 0;
};

/// Adds up the marks of runs.
class MarkCounter {
 public:
  void add(const std::vector<std::uint32_t>& reached);
  void add(const MarkCount& earlier);
  /// All that are declared, by name.
  std::vector<MarkCount> counts() const;

 private:
  std::vector<std::uint64_t> runs_;  // by number
};

}  // namespace corosim::sim
