#pragma once

namespace corosim {

/// The release, as "major.minor.patch". The build checks that it is CMake's.
inline constexpr const char* kVersion = "0.1.0";

}  // namespace corosim
