#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace corosim::sim {

/// Failing schedules that a project keeps, so that they are run before anything else: a text file for people and
/// version control, one schedule a line.
///
///     # Schedules that failed once. See docs/exploration.md.
///     bank c1.legal.3.eldest.9f3a.deposit#2.2-before-deposit#1.3  # failed: balance == N does not hold at bank.cpp:22
///
/// The program's name, the schedule, and behind `#` what failed. Empty lines and lines that begin with # are kept.
class Corpus {
 public:
  struct Entry {
    std::string program;
    std::string schedule;
    std::string note;
  };

  /// A file that is not there is empty. Throws ValueError, naming the file, the line and what was expected.
  static Corpus read(const std::filesystem::path& path);

  std::vector<Entry> of(const std::string& program) const;
  /// False where the schedule is there already.
  bool add(Entry entry);
  void remove(const Entry& entry);
  /// Replaces the file, whole or not at all. Throws std::system_error, naming the path.
  void write() const;

 private:
  struct Line {
    std::string text;  // as it stands in the file
    Entry entry;       // empty for others
  };
  std::filesystem::path path_;
  std::vector<Line> lines_;
};

}  // namespace corosim::sim
