// JSON, written straight.
#pragma once

#include <string>
#include <string_view>

namespace corosim::traces {

/// Appends the text as a JSON string, with its quotes. Bytes that are no UTF-8 become U+FFFD; `<` is escaped, so that
/// the JSON may stand in a page's script.
void append_json(std::string& to, std::string_view text);

}  // namespace corosim::traces
