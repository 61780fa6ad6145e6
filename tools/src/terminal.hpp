#pragma once

#include <cstdint>
#include <string_view>

/// What the command writes, and how.

namespace corosim::tools {

enum class ColorMode : std::uint8_t { kAuto, kAlways, kNever };

/// Whether standard output gets colours. `kAuto`: it is a terminal that can show them, and NO_COLOR is not set
/// (https://no-color.org).
bool use_color(ColorMode mode);

/// Writes to standard output. Throws std::system_error where that fails, as on a full disk.
void print(std::string_view text);

/// `error: MESSAGE` on standard error, after all of standard output.
void print_error(std::string_view message);
/// `note: MESSAGE`, likewise.
void print_note(std::string_view message);

}  // namespace corosim::tools
