#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <corosim/sim/explore.hpp>

namespace corosim::sim {

/// How far an exploration came that was interrupted, or ran out of time: a JSON file, from which it goes on.
struct ExplorationState {
  struct Failure {
    std::string schedule;
    std::uint64_t found_after = 0;
    std::uint64_t runs = 0;
  };

  struct Mark {
    std::string name;
    std::string place;
    std::uint64_t runs = 0;
  };

  // What was explored; to go on, it must be the same.
  std::string program;
  std::string order;
  std::string strategy;
  Seed first_seed = 0;
  std::string shard;

  std::uint64_t next = 0;  // all runs before this one were made
  std::uint64_t runs = 0;
  std::uint64_t steps = 0;
  std::uint64_t failing_runs = 0;
  double seconds = 0;
  std::vector<Failure> failures;
  std::vector<Mark> marks;

  void write(const std::filesystem::path& path) const;
  /// Throws ValueError, naming the file and what was expected.
  static ExplorationState read(const std::filesystem::path& path);
  /// Throws ValueError where `other` explores something else, naming `path` and the difference.
  void require_same(const ExplorationState& other, const std::filesystem::path& path) const;
};

}  // namespace corosim::sim
