#pragma once

#include <string>
#include <string_view>

/// Where a command writes what it makes.

namespace corosim::tools {

/// Standard output, or a file that did not exist before. Everything that fails throws std::runtime_error, naming the
/// path.
class Output {
 public:
  /// An empty path is standard output. The file is made with the first write(), so that a command that fails before
  /// leaves none; but one that exists is refused here already.
  explicit Output(std::string path);
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;
  ~Output();

  bool is_terminal() const;
  void write(std::string_view bytes);
  /// Makes sure that all has been written. To be called at the end.
  void close();

 private:
  [[noreturn]] void fail() const;

  std::string path_;
  int descriptor_ = -1;
};

}  // namespace corosim::tools
