// The page of traces/html/, as it stands in the library.
#pragma once

#include <string_view>

namespace corosim::traces {

/// All of the page, with kTimelineData where the traces belong.
std::string_view timeline_page();
inline constexpr std::string_view kTimelineData = "/*corosim-data*/";

}  // namespace corosim::traces
