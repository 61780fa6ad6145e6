#include "whole_file.hpp"

#include <cerrno>
#include <fstream>
#include <system_error>

#include <fmt/format.h>
#include <unistd.h>

namespace corosim::sim {

void write_whole_file(const std::filesystem::path& path, std::string_view text) {
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path());
  const std::filesystem::path temporary = fmt::format("{}.{}.new", path.string(), ::getpid());
  std::ofstream file(temporary, std::ios::binary);
  file << text;
  file.close();
  if (!file) {
    const std::system_error error(errno, std::generic_category(), path.string());
    std::error_code ignored;
    std::filesystem::remove(temporary, ignored);
    throw error;
  }
  std::filesystem::rename(temporary, path);
}

}  // namespace corosim::sim
