#include "output.hpp"

#include <cerrno>
#include <filesystem>
#include <stdexcept>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "terminal.hpp"

namespace corosim::tools {

Output::Output(std::string path) : path_(std::move(path)) {
  if (path_.empty()) return;
  std::error_code ignored;
  if (std::filesystem::exists(std::filesystem::symlink_status(path_, ignored))) {
    errno = EEXIST;
    fail();
  }
}

Output::~Output() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

bool Output::is_terminal() const { return path_.empty() && ::isatty(STDOUT_FILENO) != 0; }

void Output::write(std::string_view bytes) {
  if (path_.empty()) return print(bytes);
  if (descriptor_ < 0) {
    descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor_ < 0) fail();
  }
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail();
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

void Output::close() {
  if (descriptor_ >= 0 && ::close(std::exchange(descriptor_, -1)) != 0) fail();
}

void Output::fail() const {
  if (errno == EEXIST) throw std::runtime_error(fmt::format("{}: the file exists, and is not overwritten", path_));
  throw std::runtime_error(fmt::format("{}: cannot write: {}", path_, std::generic_category().message(errno)));
}

}  // namespace corosim::tools
