#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <sys/types.h>

/// Runs the real command, as a user would.

namespace corosim::tools {

/// What a run of the command left.
struct Ran {
  int exit_code = 0;  // 128 + the number of the signal that killed it
  std::string out;
  std::string err;
};

/// A directory of its own for each test, in which the command runs; removed at the end.
class Workplace {
 public:
  Workplace();
  Workplace(const Workplace&) = delete;
  Workplace& operator=(const Workplace&) = delete;
  ~Workplace();

  /// Runs `corosim WORDS...`. COROSIM_ variables of the test's own environment are not passed on, `variables`
  /// ("NAME=text") are.
  Ran corosim(const std::vector<std::string>& words, const std::vector<std::string>& variables = {}) const;
  /// Starts it likewise and leaves it running, its output in files. End with finish().
  pid_t start(const std::vector<std::string>& words, const std::vector<std::string>& variables = {}) const;
  Ran finish(pid_t process) const;
  /// Waits until `text` is in the standard output of what start() started; fails the test where it does not come.
  void wait_for_output(const std::string& text) const;

  std::filesystem::path path(const std::string& name) const { return directory_ / name; }
  std::string read(const std::string& name) const;
  void write(const std::string& name, const std::string& bytes) const;

 private:
  std::filesystem::path directory_;
};

}  // namespace corosim::tools
