#include "pipe.hpp"

#include <cerrno>
#include <cstddef>

#include <unistd.h>

namespace corosim::sim {

bool write_all(int pipe, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(pipe, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace corosim::sim
