#pragma once

#include <filesystem>
#include <string_view>

namespace corosim::sim {

/// Replaces the file, or leaves it as it was: whoever reads it sees the old text or the new one, whatever happens.
/// Makes the folder that it is in. Throws std::system_error, naming the path.
void write_whole_file(const std::filesystem::path& path, std::string_view text);

}  // namespace corosim::sim
